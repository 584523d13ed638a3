"""Asks one page once, with a deadline over the whole question: what a load balancer's health check does."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from naru.edge.clock import SystemClock
from naru.edge.load_answer import Answer, Malformed

PIECE = 65_536


@dataclass(frozen=True)
class PageCheck:
    """Where to ask, and what is right: status 200 and, if given, a text on the page."""

    host: str
    port: int
    path: str
    marker: str = ""
    host_header: str = "egov"
    tcp_only: bool = False

    def fault(self, timeout: float) -> str:
        """Empty where the answer was right within `timeout` seconds, else what was wrong in one word or two."""
        clock = SystemClock()
        deadline = clock.monotonic() + timeout
        try:
            with socket.create_connection((self.host, self.port), timeout=timeout) as door:
                return "" if self.tcp_only else self._ask(door, deadline, clock)
        except ConnectionRefusedError:
            return "refused"
        except TimeoutError:
            return "timeout"
        except OSError:
            return "unreachable"
        except Malformed:
            return "malformed"

    def _ask(self, door: socket.socket, deadline: float, clock: SystemClock) -> str:
        answer = Answer(self.marker.encode())
        door.sendall(f"GET {self.path} HTTP/1.1\r\nHost: {self.host_header}\r\nConnection: close\r\n\r\n".encode())
        while not answer.complete:
            left = deadline - clock.monotonic()
            if left <= 0:
                return "timeout"
            door.settimeout(left)
            data = door.recv(PIECE)
            if not data:
                if not answer.end():
                    return "empty"
                break
            answer.feed(data)
        if answer.status != 200:
            return f"http-{answer.status}"
        return "" if answer.marked else "marker"
