"""A console log put together from pieces: each line once, whole, whatever happens to the connection between.

Offsets are the server's (bytes of its file); only whole lines are decoded, so a character cut in two by a piece is
whole again. A log that shrinks (the server lost its unwritten end in a crash) is sent again from the start; lines
that were shown already are passed over as long as they are equal.
"""

from __future__ import annotations

import hashlib

from naru.model.waiting import LogPart

HIDDEN = "********"
MAX_LINE = 64 * 1024


class ConsoleLog:
    """Takes pieces, gives whole lines; `offset` is where the next piece begins."""

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        self.offset = 0
        self._secrets = tuple(sorted((secret for secret in secrets if len(secret) >= 4), key=len, reverse=True))
        self._shown: list[bytes] = []
        self._again = 0
        self._rest = b""

    def take(self, part: LogPart) -> list[str]:
        """The lines that this piece completes."""
        if part.size < self.offset:
            self._restart()
        self.offset = part.size
        *lines, self._rest = (self._rest + part.data).split(b"\n")
        if len(self._rest) > MAX_LINE:
            lines, self._rest = [*lines, self._rest], b""
        return [shown for line in lines for shown in self._once(line)]

    def end(self) -> list[str]:
        """What is left when the log ends without a newline."""
        rest, self._rest = self._rest, b""
        return self._once(rest) if rest else []

    def _restart(self) -> None:
        self._rest = b""
        self._again = len(self._shown)

    def _once(self, line: bytes) -> list[str]:
        clean = line.rstrip(b"\r")
        mark = hashlib.sha256(clean).digest()[:8]
        place = len(self._shown) - self._again
        if self._again and self._shown[place] == mark:
            self._again -= 1
            return []
        self._again = 0
        self._shown.append(mark)
        return [self._hidden(clean.decode("utf-8", "replace"))]

    def _hidden(self, line: str) -> str:
        for secret in self._secrets:
            line = line.replace(secret, HIDDEN)
        return line
