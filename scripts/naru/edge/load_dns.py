"""Addresses of lanes that ask a DNS server: one query at a time a lane, by UDP, without blocking."""

from __future__ import annotations

import socket
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naru.edge.load_connection import Connection
    from naru.edge.load_lane import RunningLane

ASK_AGAIN_SECONDS = 0.25


class LaneResolver:
    """Keeps `lane.address` true to the server's answers; connections wait in `waiting` until there is one."""

    def __init__(self, lane: RunningLane) -> None:
        assert lane.plan.dns is not None
        self.lane = lane
        self.plan = lane.plan.dns
        self.waiting: deque[Connection] = deque()
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.sock.connect((self.plan.server, self.plan.port))
        self._asked = -1.0
        self._forever = False

    def needed(self, now: float) -> bool:
        """True if the lane has no address that is still good."""
        if self.lane.address is None:
            return True
        return not self._forever and now >= self.lane.address_until

    def ask(self, now: float) -> None:
        """Send a query unless one was sent a moment ago."""
        import dns.message

        if 0 <= now - self._asked < ASK_AGAIN_SECONDS and self._asked >= 0:
            return
        self._asked = now
        try:
            self.sock.send(dns.message.make_query(self.plan.name, "A").to_wire())
        except OSError:
            return  # nothing listens; the request that waits times out as `dns`

    def take(self, now: float) -> str | None:
        """Read an answer: the address, empty where the name has none, None where nothing came."""
        import dns.exception
        import dns.message
        import dns.rdatatype

        try:
            message = dns.message.from_wire(self.sock.recv(4096))
        except (OSError, dns.exception.DNSException):
            return None
        self._asked = -1.0
        found = [(item.address, rrset.ttl) for rrset in message.answer if rrset.rdtype == dns.rdatatype.A for item in rrset]
        if not found:
            return ""
        address, ttl = found[0]
        self.lane.address = (address, self.lane.port)
        self.lane.address_until = now + ttl
        self._forever = not self.plan.honour_ttl
        return str(address)
