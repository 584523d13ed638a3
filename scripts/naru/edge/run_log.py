"""run.log of a release folder: one JSON object a line, each appended durably before its effect goes on.

Resting state: a file that ends with a newline; a torn last line (power loss) is cut off before appending. Several
processes may append (Jenkins verifies three clouds side by side in one release folder): each takes the file's lock and
goes on from the line that stands last.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

Chain = Callable[[str, int, dict[str, Any]], tuple[str, str]]


class RunLogFile:
    """Appends entries to the chain; `chain` and `start` come from core, since edges know no rules."""

    def __init__(self, path: Path, chain: Chain, start: str) -> None:
        self._path = path
        self._chain = chain
        self._last, self._count, self._size = start, 0, 0
        self._resume()

    def append(self, entry: dict[str, Any]) -> None:
        """Write one entry and fsync it."""
        with self._path.open("ab") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            if os.fstat(stream.fileno()).st_size != self._size:
                self._resume()
            line, self._last = self._chain(self._last, self._count + 1, entry)
            self._count += 1
            stream.write(line.encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
            self._size = os.fstat(stream.fileno()).st_size

    def _resume(self) -> None:
        import json

        self._path.parent.mkdir(parents=True, exist_ok=True)
        if not self._path.exists():
            return
        whole, _, torn = self._path.read_bytes().rpartition(b"\n")
        if torn:
            with self._path.open("r+b") as stream:
                stream.truncate(len(whole) + 1 if whole else 0)
        self._size = len(whole) + 1 if whole else 0
        lines = whole.decode("utf-8", "replace").splitlines()
        self._count = len(lines)
        if lines:
            try:
                self._last = str(json.loads(lines[-1])["hash"])
            except (ValueError, KeyError, TypeError):
                self._last = "broken"  # the chain shows the break at this line; what follows is still kept
