"""The evidence recorder of one namespace: opened before the change, closed after the verdict.

What vanished stays readable: every observed form of each object, every Event as it came, the log of every container
incarnation from its first second. Saved as gzipped JSON lines with checksums, and counted: seen, kept, lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from naru.core.evidence_counts import count_all
from naru.core.rollout_rules import WATCHED
from naru.model.evidence import RawFile
from naru.model.logs import ContainerLog
from naru.model.samples import Sample
from naru.steps.evidence_writing import json_lines, write_raw_file
from naru.steps.ports import Folder


class WatchPort(Protocol):
    """List-and-watch of several kinds."""

    samples: list[Sample]

    def begin(self, kinds: Sequence[tuple[str, str]], namespace: str) -> None: ...

    def stop(self) -> None: ...

    def wait_beyond(self, count: int, seconds: float) -> bool: ...

    def beyond(self, count: int) -> list[Sample]: ...

    def confirm(self) -> bool:
        """True if a fresh list shows nothing that the watch has not told."""


class FollowPort(Protocol):
    """Logs of every container incarnation."""

    def logs(self) -> list[ContainerLog]: ...

    def stop(self, grace_seconds: float = 2.0) -> None: ...


class Recorder:
    """Records one namespace of one cluster."""

    def __init__(self, watch: WatchPort, follow: FollowPort) -> None:
        self._watch, self._follow = watch, follow

    def begin(self, namespace: str, kinds: Sequence[tuple[str, str]] = WATCHED) -> None:
        """Open; nothing that happens after this call is missed."""
        self._watch.begin(kinds, namespace)

    @property
    def samples(self) -> list[Sample]:
        """Everything seen so far, in order of receipt; only grows."""
        return self._watch.samples

    def wait_beyond(self, count: int, seconds: float) -> bool:
        """Wait for more than `count` samples, at most that long."""
        return self._watch.wait_beyond(count, seconds)

    def beyond(self, count: int) -> list[Sample]:
        """The samples after the first `count`; nothing stamped before this call is left out."""
        return self._watch.beyond(count)

    def confirm(self) -> bool:
        """True if a fresh list shows nothing that was not recorded."""
        return self._watch.confirm()

    def logs(self) -> list[ContainerLog]:
        """Logs so far."""
        return self._follow.logs()

    def stop(self) -> None:
        """Close; streams of ended containers are read to their end first."""
        self._watch.stop()
        self._follow.stop()

    def save(self, folder: Folder, prefix: str) -> tuple[tuple[RawFile, ...], dict[str, int]]:
        """Write `PREFIX/samples.jsonl.gz` and `PREFIX/logs.jsonl.gz`; returns the files and the counts."""
        logs = self.logs()
        rows: list[dict[str, Any]] = [sample.plain() for sample in self.samples]
        files = (
            write_raw_file(folder, f"{prefix}/samples.jsonl.gz", json_lines(rows)),
            write_raw_file(folder, f"{prefix}/logs.jsonl.gz", json_lines(log.plain() for log in logs)),
        )
        return files, count_all(self.samples, logs)
