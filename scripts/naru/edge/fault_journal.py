"""The fault journal: one file for each fault that is on, outside the work folder, written before the fault is injected.

A file goes only when the fault's undo was verified. Whoever finds the file of a process that is gone undoes the fault.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from naru.edge.files import sync_folder, write_durably
from naru.errors import Missing
from naru.model.failover import FaultEntry

_STAT = re.compile(r"^\d+ \(.*\) \S (?:-?\d+ ){18}(\d+) ", re.DOTALL)


class FaultJournal:
    """The journal in one folder (`StateDir.folder("faults")`)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, entry: FaultEntry) -> None:
        """Make the entry durable."""
        write_durably(self._path(entry), entry.model_dump_json(indent=2).encode(), mode=0o600)

    def remove(self, entry: FaultEntry) -> None:
        """The fault is undone and that was verified."""
        self._path(entry).unlink(missing_ok=True)
        sync_folder(self._folder)

    def entries(self) -> list[FaultEntry]:
        """Every fault that is on, oldest first; a file that cannot be read is named, never skipped (raises Missing)."""
        found = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                text = path.read_bytes()
            except FileNotFoundError:
                continue  # its owner has just undone it
            try:
                found.append(FaultEntry.from_json(text, where=str(path)))
            except Missing as error:
                raise Missing(error.message, hint="Undo what it says by hand, then delete the file.") from None
        return sorted(found, key=lambda entry: entry.began)

    def leftovers(self) -> list[FaultEntry]:
        """Faults whose process is gone."""
        return [entry for entry in self.entries() if not alive(entry.owner, entry.owner_started)]

    def _path(self, entry: FaultEntry) -> Path:
        return self._folder / f"{entry.identity}.json"


def myself() -> tuple[int, int]:
    """This process, so that it can be told from a later one of the same number."""
    return os.getpid(), started_ticks(os.getpid())


def alive(process: int, started: int) -> bool:
    """True while that very process lives."""
    return started_ticks(process) == started


def started_ticks(process: int) -> int:
    """When a process was started, in clock ticks since boot; -1 where there is none."""
    try:
        found = _STAT.match(Path(f"/proc/{process}/stat").read_text())
    except OSError:
        return -1
    return int(found.group(1)) if found else -1
