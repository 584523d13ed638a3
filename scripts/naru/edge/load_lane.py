"""One lane of a running load: when its next request is due, what is sent, which kept connection carries it."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from naru.model.load import Lane, LoadStep

if TYPE_CHECKING:
    from naru.edge.load_connection import Connection


class RunningLane:
    """The schedule and the connections of one lane. `next_due` is None when its steps are over."""

    def __init__(self, lane: Lane, phase: float) -> None:
        parts = urlsplit(lane.url)
        self.plan = lane
        self.name = lane.name
        self.keepalive = lane.connection == "keepalive"
        self.host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
        self.port = parts.port or 80
        self.address: tuple[str, int] | None = None if lane.dns else (self.host, self.port)
        self.address_until = 0.0
        self.idle: deque[Connection] = deque()
        self.marker = lane.marker.encode()
        self.sent = 0
        self.next_due: float | None = None
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._host_header = lane.host or parts.netloc
        self._fixed = None if re.search(r"\{n\}|\{slot\}", self._target + lane.body) else self._request(0)
        self._phase = phase
        self._steps: deque[LoadStep] = deque()
        self.follow(lane.steps, 0.0)

    def follow(self, steps: tuple[LoadStep, ...], at: float) -> None:
        """Throw away what is left of the schedule; these steps begin at `at` (seconds since the origin)."""
        self._steps = deque(steps)
        self._begin_step(at)

    def advance(self) -> None:
        """The request at `next_due` was handled: on to the next one."""
        self.sent += 1
        self._index += 1
        self._set_due()

    def request(self) -> bytes:
        """The bytes of the next request."""
        return self._fixed or self._request(self.sent)

    def _begin_step(self, at: float) -> None:
        if not self._steps:
            self.next_due = None
            return
        step = self._steps.popleft()
        self._start, self._end, self._rate, self._index = at, at + step.seconds, step.rate, 0
        self._set_due()

    def _set_due(self) -> None:
        due = self._start + (self._index + self._phase) / self._rate if self._rate else self._end
        if due < self._end:
            self.next_due = due
        else:
            self._begin_step(self._end)

    def _request(self, number: int) -> bytes:
        lane = self.plan
        body = lane.body.replace("{n}", str(number)).replace("{slot}", str(number % lane.slots)).encode()
        head = [f"{lane.method} {self._target.replace('{n}', str(number))} HTTP/1.1", f"Host: {self._host_header}",
                "User-Agent: naru-load", "Accept: */*"]
        if lane.cookie:
            head.append(f"Cookie: {lane.cookie}")
        if not self.keepalive:
            head.append("Connection: close")
        if body or lane.method != "GET":
            head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body
