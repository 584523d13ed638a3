"""The open loop itself, on bare epoll: sends at the intended times, counts what comes back, never slows down.

A slow server makes requests pile up (to `max_in_flight`, then they count as dropped); a slow engine shows in the
lateness of each row. Nothing of it blocks but the wait for the next event.
"""

from __future__ import annotations

import heapq
import select
from collections.abc import Callable
from math import nan
from typing import Any

from naru.edge.load_answer import Malformed
from naru.edge.load_connection import Connection, error_word
from naru.edge.load_dns import LaneResolver
from naru.edge.load_guard import permitted
from naru.edge.load_lane import RunningLane
from naru.edge.load_rows import Rows
from naru.edge.load_ticks import TickCounter
from naru.model.load import LoadPlan, LoadStep, Row, Tick

_EVENTS = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
_READ = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR
_CLOSED = select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR


class Engine:
    """One run of one plan. `clock` gives monotonic seconds; `origin` is the clock's value at second 0."""

    def __init__(self, plan: LoadPlan, *, clock: Callable[[], float], origin: float, on_tick: Callable[[Tick], None]) -> None:
        count = len(plan.lanes)
        self.plan = plan
        self.lanes = [RunningLane(lane, (number + 0.5) / count) for number, lane in enumerate(plan.lanes)]
        self.rows = Rows()
        self.stopped = "end"
        self.connections = 0
        self._clock = clock
        self._origin = origin
        self._ticks = TickCounter(on_tick)
        self._epoll = select.epoll()
        self._open: dict[int, Connection] = {}
        self._resolvers = {lane.name: LaneResolver(lane) for lane in self.lanes if lane.plan.dns}
        self._sockets = {resolver.sock.fileno(): resolver for resolver in self._resolvers.values()}
        self._deadlines: list[tuple[float, int, bool, Connection]] = []
        self._in_flight = 0
        self._token = 0
        self._stopping = False
        self._control: tuple[Any, Callable[[Engine], None]] | None = None

    def listen(self, sock: Any, on_message: Callable[[Engine], None]) -> None:
        """Call `on_message` whenever `sock` has something: how the parent changes the steps of a running load."""
        self._control = (sock, on_message)
        self._epoll.register(sock.fileno(), select.EPOLLIN)

    def deafen(self) -> None:
        """The parent is gone: listen to it no more."""
        if self._control is not None:
            self._epoll.unregister(self._control[0].fileno())
            self._control = None

    def follow(self, lane: str, steps: tuple[LoadStep, ...]) -> None:
        """From now on the lane follows these steps."""
        for running in self.lanes:
            if running.name == lane:
                running.follow(steps, self._now())

    def stop(self, why: str) -> None:
        """Send nothing more; what is under way is waited for."""
        if not self._stopping:
            self.stopped = why
        self._stopping = True

    def run(self) -> None:
        """Until all steps are over (or stop) and nothing is under way."""
        for number in self._sockets:
            self._epoll.register(number, select.EPOLLIN)
        while True:
            now = self._now()
            self._send_due(now)
            self._expire(now)
            self._ticks.turn(now, self._in_flight)
            due = self._next_due()
            if due is None and not self._in_flight:
                break
            self._wait(due)
        self._ticks.turn(self._ticks.second + 1, 0)
        for connection in self._open.values():
            connection.close()
        self._epoll.close()

    def _now(self) -> float:
        return self._clock() - self._origin

    def _next_due(self) -> float | None:
        if self._stopping:
            return None
        return min((lane.next_due for lane in self.lanes if lane.next_due is not None), default=None)

    def _wait(self, due: float | None) -> None:
        until = min(self._ticks.second + 1, self._deadlines[0][0] if self._deadlines else due or 1e9, due or 1e9)
        for number, events in self._epoll.poll(max(0.0, until - self._now())):
            connection = self._open.get(number)
            if connection is not None:
                self._on_event(connection, events)
            elif number in self._sockets:
                self._on_dns(self._sockets[number])
            elif self._control is not None and number == self._control[0].fileno():
                self._control[1](self)

    def _send_due(self, now: float) -> None:
        """Everything due, in the order of its time; looks at answers again after a moment even when far behind."""
        budget = 64
        while budget and not self._stopping:
            lane = min((item for item in self.lanes if item.next_due is not None), key=lambda item: item.next_due or 0,
                       default=None)
            if lane is None or lane.next_due is None or lane.next_due > now:
                return
            self._ticks.offered += 1
            self._launch(lane, lane.next_due)
            lane.advance()
            budget -= 1

    def _launch(self, lane: RunningLane, intended: float) -> None:
        now = self._now()
        if self._in_flight >= self.plan.max_in_flight:
            self._note(Row(lane.name, lane.sent, intended, nan, now, 0, "dropped", "", "", "", False))
            return
        self._token += 1
        if self._token >= self.plan.max_requests:
            self.stop("max_requests")
        self._in_flight += 1
        self._ticks.lateness.append(now - intended)
        connection = lane.idle.popleft() if lane.idle else Connection(lane)
        connection.load(self._token, intended, now)
        heapq.heappush(self._deadlines, (now + lane.plan.timeout_seconds, self._token, False, connection))
        if connection.sock is not None:
            self._send(connection)
            return
        heapq.heappush(self._deadlines, (now + lane.plan.connect_timeout_seconds, self._token, True, connection))
        resolver = self._resolvers.get(lane.name)
        if resolver is not None and resolver.needed(now):
            resolver.waiting.append(connection)
            resolver.ask(now)
        else:
            self._connect(connection)

    def _connect(self, connection: Connection) -> None:
        address = connection.lane.address
        assert address is not None
        if not permitted(address[0], self.plan.allowed_hosts):
            self._finish(connection, "dns")
            return
        try:
            number = connection.connect(address)
        except OSError as error:
            self._finish(connection, error_word(error.errno))
            return
        self.connections += 1
        self._open[number] = connection
        self._epoll.register(number, _EVENTS)

    def _on_dns(self, resolver: LaneResolver) -> None:
        address = resolver.take(self._now())
        if address is None:
            return
        while resolver.waiting:
            connection = resolver.waiting.popleft()
            if connection.token and connection.state == "resolving":
                if address:
                    self._connect(connection)
                else:
                    self._finish(connection, "dns")

    def _send(self, connection: Connection) -> None:
        try:
            connection.send()
        except OSError as error:
            self._finish(connection, error_word(error.errno))

    def _on_event(self, connection: Connection, events: int) -> None:
        try:
            if connection.state == "connecting" or (connection.out and events & select.EPOLLOUT):
                connection.send()
            if events & _READ:
                self._read(connection, bool(events & _CLOSED))
        except OSError as error:
            self._finish(connection, error_word(error.errno))
        except Malformed:
            self._finish(connection, "malformed")

    def _read(self, connection: Connection, drain: bool) -> None:
        closed = connection.receive(drain)
        if closed and not connection.token:
            self._forget(connection)
            return
        answer = connection.answer
        if closed and not answer.complete and not answer.end():
            self._finish(connection, "closed")
        elif answer.complete:
            self._finish(connection, "" if answer.marked or answer.status >= 300 else "marker", closed)

    def _finish(self, connection: Connection, error: str, closed: bool = False) -> None:
        """The request is over: its row, and the connection back to the pool or away."""
        if not connection.token:
            self._forget(connection)
            return
        now, lane, answer = self._now(), connection.lane, connection.answer
        self._note(Row(lane.name, connection.number, connection.intended, connection.sent, now, answer.status, error,
                       answer.cloud, answer.pod, answer.version, connection.carried > 1))
        self._in_flight -= 1
        connection.token = 0
        limit = lane.plan.requests_per_connection
        if lane.keepalive and not (error or closed or answer.close) and (not limit or connection.carried < limit):
            lane.idle.append(connection)
        else:
            self._forget(connection)

    def _note(self, row: Row) -> None:
        self.rows.append(row)
        self._ticks.count(row)

    def _forget(self, connection: Connection) -> None:
        if connection in connection.lane.idle:
            connection.lane.idle.remove(connection)
        if connection.sock is not None:
            self._open.pop(connection.sock.fileno(), None)
        connection.close()

    def _expire(self, now: float) -> None:
        while self._deadlines and self._deadlines[0][0] <= now:
            _, token, connecting, connection = heapq.heappop(self._deadlines)
            if connection.token != token:
                continue
            if not connecting:
                self._finish(connection, "timeout")
            elif connection.state != "open":
                self._finish(connection, "dns" if connection.state == "resolving" else "connect-timeout")
