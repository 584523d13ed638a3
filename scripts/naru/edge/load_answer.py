"""Reads one HTTP/1.1 answer from bytes as they come: status, the three headers of the product, and where it ends."""

from __future__ import annotations

import re

MAX_HEAD = 64 * 1024
_FIELDS = re.compile(
    rb"\r\n(content-length|transfer-encoding|connection|x-naru-cloud|x-naru-pod|x-naru-version):[ \t]*([^\r\n]*)",
    re.IGNORECASE,
)
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])[ \r]")


class Malformed(Exception):
    """What came is not an HTTP answer; never leaves the engine, where it becomes the word `malformed` of a row."""


class Answer:
    """Feed bytes until `complete`; `end` tells that the peer closed. The body is dropped unless a marker is sought."""

    __slots__ = ("_body", "_buffer", "_chunked", "_left", "_marker", "_until_end", "close", "cloud", "complete", "marked",
                 "pod",
                 "started", "status", "version")

    def __init__(self, marker: bytes = b"") -> None:
        self._buffer = b""
        self._marker = marker
        self._body = b""
        self._left = 0
        self._chunked = False
        self._until_end = False
        self.status = 0
        self.cloud = self.pod = self.version = ""
        self.close = False
        self.started = False
        self.complete = False
        self.marked = not marker

    def feed(self, data: bytes) -> None:
        """Take more bytes; raises Malformed."""
        self.started = True
        if self.status:
            self._take(data)
            return
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            if len(self._buffer) > MAX_HEAD:
                raise Malformed
            return
        self._buffer = b""
        self._read_head(head, rest)

    def end(self) -> bool:
        """The peer closed: True if the answer is whole."""
        if self.status and self._until_end:
            self.complete = True
        return self.complete

    def _read_head(self, head: bytes, rest: bytes) -> None:
        first = _STATUS.match(head + b"\r")
        if first is None:
            raise Malformed
        status = int(first.group(1))
        if status < 200:  # 100 Continue and the like: the real answer follows
            self.feed(rest)
            return
        self.status = status
        fields = {name.lower(): value.strip() for name, value in _FIELDS.findall(head)}
        self.cloud = fields.get(b"x-naru-cloud", b"").decode("latin-1")
        self.pod = fields.get(b"x-naru-pod", b"").decode("latin-1")
        self.version = fields.get(b"x-naru-version", b"").decode("latin-1")
        self.close = fields.get(b"connection", b"").lower() == b"close" or head.startswith(b"HTTP/1.0")
        self._set_length(fields)
        self._take(rest)

    def _set_length(self, fields: dict[bytes, bytes]) -> None:
        if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
            self._chunked = True
        elif b"content-length" in fields:
            try:
                self._left = int(fields[b"content-length"])
            except ValueError:
                raise Malformed from None
        elif self.status in {204, 304}:
            self._left = 0
        else:
            self._until_end = self.close = True

    def _take(self, data: bytes) -> None:
        if self._chunked:
            self._take_chunks(data)
            return
        if not self._until_end:
            data = data[: self._left]
            self._left -= len(data)
            self.complete = self._left == 0
        self._seek(data)

    def _take_chunks(self, data: bytes) -> None:
        """`_left` counts what is still to come of the present chunk, its own line end included."""
        self._buffer += data
        while True:
            if self._left:
                part = self._buffer[: self._left]
                self._buffer = self._buffer[len(part):]
                self._seek(part[: max(0, self._left - 2)])
                self._left -= len(part)
                if self._left:
                    return
            line, found, rest = self._buffer.partition(b"\r\n")
            if not found:
                if len(self._buffer) > MAX_HEAD:
                    raise Malformed
                return
            try:
                size = int(line.split(b";")[0], 16)
            except ValueError:
                raise Malformed from None
            if size == 0:
                self.complete = self._buffer.endswith(b"\r\n\r\n") or rest == b"\r\n"
                return
            self._buffer, self._left = rest, size + 2

    def _seek(self, data: bytes) -> None:
        if self.marked:
            return
        self._body = (self._body + data)[-(len(data) + len(self._marker)):]
        self.marked = self._marker in self._body
