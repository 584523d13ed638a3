"""The DNS director: checks each cloud by the site's rules and sets PowerDNS's records to the clouds that are healthy.

PowerDNS 4.7 has no failure threshold of its own; interval, timeout, fall and rise are counted here. A change is stamped
when the server has acknowledged the new records, since only then can a client notice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from naru.edge.clock import SystemClock
from naru.edge.dns_server import DnsServer
from naru.edge.page_check import PageCheck
from naru.errors import OutsideDown
from naru.model.cloud import GslbRules
from naru.model.failover import DirectorEvent


@dataclass(frozen=True)
class DnsMember:
    """One cloud: its public address as DNS gives it, what is asked, and by which rules."""

    cloud: str
    address: str
    check: PageCheck
    rules: GslbRules


class DnsDirector:
    """Checks run in one thread for each cloud from `start` to `stop`; all clouds count as healthy at first."""

    def __init__(
        self, server: DnsServer, name: str, members: Sequence[DnsMember], on_event: Callable[[DirectorEvent], None] | None = None
    ) -> None:
        self._server = server
        self._name = name
        self._members = tuple(members)
        self._on_event = on_event
        self._clock = SystemClock()
        self._guard = threading.Lock()
        self._up = {member.cloud: True for member in members}
        self._events: list[DirectorEvent] = []
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Publish all addresses, begin to check; the clouds' checks are spread over the interval."""
        self._publish()
        for number, member in enumerate(self._members):
            phase = member.rules.interval_seconds * number / len(self._members)
            thread = threading.Thread(target=self._watch, args=(member, phase), daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End the checks; the records stay as they are."""
        self._ended.set()
        for thread in self._threads:
            thread.join(10)

    def events(self) -> list[DirectorEvent]:
        """State changes so far, in order."""
        with self._guard:
            return list(self._events)

    def states(self) -> dict[str, bool]:
        """Cloud → its address is being given out as healthy."""
        with self._guard:
            return dict(self._up)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _watch(self, member: DnsMember, phase: float) -> None:
        """A check at each tick of the interval; one that runs over a tick is followed by the next tick after its end."""
        interval = member.rules.interval_seconds
        tick = self._clock.monotonic() + phase
        against = 0
        while not self._clock.wait(self._ended, max(0.0, tick - self._clock.monotonic())):
            fault = member.check.fault(member.rules.timeout_seconds) if member.rules.check != "none" else ""
            against = self._count(member, fault, against)
            now = self._clock.monotonic()
            tick += interval * max(1, int((now - tick) / interval) + 1)

    def _count(self, member: DnsMember, fault: str, against: int) -> int:
        """Number of checks in a row that speak against the present state, after this one; the state turns at the threshold."""
        up = self._up[member.cloud]
        if (not fault) == up:
            return 0
        if against + 1 < (member.rules.fall if up else member.rules.rise):
            return against + 1
        return 0 if self._turn(member, not up, fault) else against

    def _turn(self, member: DnsMember, up: bool, reason: str) -> bool:
        """Change the records; False where the server did not take them (the next check tries again)."""
        with self._guard:
            self._up[member.cloud] = up
            try:
                self._publish()
            except OutsideDown:
                self._up[member.cloud] = not up
                return False
            event = DirectorEvent(self._clock.monotonic(), "dns", member.cloud, up, reason or "check passed")
            self._events.append(event)
        if self._on_event is not None:
            self._on_event(event)
        return True

    def _publish(self) -> None:
        healthy = [member.address for member in self._members if self._up[member.cloud]]
        if not healthy and any(member.rules.when_all_down == "open" for member in self._members):
            healthy = [member.address for member in self._members]
        ttl = round(min(member.rules.dns_ttl_seconds for member in self._members))
        self._server.set_addresses(self._name, healthy, max(1, ttl))
