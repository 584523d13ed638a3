"""One connection of the load engine and the request that it carries now; never blocks."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

from naru.edge.load_answer import Answer

if TYPE_CHECKING:
    from naru.edge.load_lane import RunningLane

_WORDS = {errno.ECONNREFUSED: "refused", errno.ECONNRESET: "reset", errno.EPIPE: "reset", errno.ETIMEDOUT: "connect-timeout"}
PIECE = 65_536


def error_word(number: int | None) -> str:
    """The fixed word of a row for an errno."""
    return _WORDS.get(number or 0, "unreachable")


class Connection:
    """States: `resolving` → `connecting` → `open`; idle in its lane's pool between two requests."""

    __slots__ = ("answer", "carried", "intended", "lane", "number", "out", "sent", "sock", "state", "token")

    def __init__(self, lane: RunningLane) -> None:
        self.lane = lane
        self.sock: socket.socket | None = None
        self.state = "resolving"
        self.carried = 0
        self.token = 0
        """Number of the request among all lanes, 0 while idle: tells a late deadline from a live one."""
        self.answer = Answer()
        self.out = b""
        self.number, self.intended, self.sent = 0, 0.0, 0.0

    def load(self, token: int, intended: float, sent: float) -> None:
        """Take the lane's next request."""
        self.token, self.intended, self.sent = token, intended, sent
        self.number = self.lane.sent
        self.out = self.lane.request()
        self.answer = Answer(self.lane.marker)
        self.carried += 1

    def connect(self, address: tuple[str, int]) -> int:
        """Begin to connect; the file descriptor. Raises OSError where the kernel refuses at once."""
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.sock = sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.state = "connecting"
        code = sock.connect_ex(address)
        if code not in {0, errno.EINPROGRESS}:
            raise OSError(code, "connect")
        return sock.fileno()

    def send(self) -> None:
        """Send what the kernel takes now; raises OSError (from a connect that failed, too)."""
        assert self.sock is not None
        if self.state == "connecting":
            code = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, "connect")
            self.state = "open"
        if self.out:
            try:
                self.out = self.out[self.sock.send(self.out):]
            except BlockingIOError:
                return

    def receive(self, drain: bool) -> bool:
        """Read what is there; True if the peer closed. Raises OSError, load_answer.Malformed. Edge-triggered epoll needs `drain` with a close."""
        assert self.sock is not None
        while True:
            try:
                data = self.sock.recv(PIECE)
            except BlockingIOError:
                return False
            if not data:
                return True
            if self.token:
                self.answer.feed(data)
            if len(data) < PIECE and not drain:
                return False

    def close(self) -> None:
        """Let go of the socket; epoll forgets it by itself."""
        if self.sock is not None:
            self.sock.close()
            self.sock = None
