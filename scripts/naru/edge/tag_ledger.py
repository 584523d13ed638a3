"""Which tags this machine has sent out: one JSON object a line, durable before the push.

Resting state: lines are only ever added. A tag's own push event finds its line here and starts no second run; a tag that
is gone from the remote, or holds something else than its line, was moved or deleted by someone.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from naru.edge.clock import SystemClock, iso

PUSHING, PUSHED = "pushing", "pushed"


class TagLedger:
    """The ledger file in one folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "tags.jsonl"

    def note(self, repository: str, tag: str, oid: str, what: str) -> None:
        """Add a line: `pushing` before the push, `pushed` once it was read back."""
        entry = {"at": iso(SystemClock().now()), "repository": repository, "tag": tag, "object": oid, "what": what}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            if stream.tell() and not self._path.read_bytes().endswith(b"\n"):
                stream.write(b"\n")  # the line before was torn by a crash; it is skipped when read
            stream.write(json.dumps(entry, sort_keys=True).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

    def is_ours(self, repository: str, tag: str, oid: str) -> bool:
        """True where we began to push this very object as this tag."""
        return any((e["repository"], e["tag"], e["object"]) == (repository, tag, oid) for e in self.entries())

    def pushed(self, repository: str, tag: str) -> str | None:
        """The object that we pushed and read back as this tag, or None."""
        found = [e["object"] for e in self.entries() if (e["repository"], e["tag"], e["what"]) == (repository, tag, PUSHED)]
        return found[-1] if found else None

    def entries(self) -> list[dict[str, str]]:
        """All whole lines, oldest first."""
        if not self._path.is_file():
            return []
        entries = []
        for line in self._path.read_bytes().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and {"repository", "tag", "object", "what"} <= set(entry):
                entries.append(entry)
        return entries
