"""What the sandbox's repositories begin with: files grouped into commits, the same on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from naru.model.sandbox_history import SampleHistory

EPOCH = 1_701_302_400
"""Date of the first commit, 2023-11-30T00:00:00Z; each further one is an hour later."""


@dataclass(frozen=True)
class SeedFile:
    """One file of samples/ or overlays/."""

    data: bytes
    executable: bool

    @property
    def entry(self) -> tuple[str, str]:
        """(mode, object id) as Git has it."""
        oid = hashlib.sha1(b"blob %d\0" % len(self.data) + self.data, usedforsecurity=False).hexdigest()
        return ("100755" if self.executable else "100644"), oid


@dataclass(frozen=True)
class SeedCommit:
    """One commit to make: what it adds to the one before."""

    subject: str
    files: Mapping[str, SeedFile]
    tags: tuple[str, ...]
    when: int


def seed_commits(history: SampleHistory, files: Mapping[str, SeedFile]) -> tuple[SeedCommit, ...]:
    """The commits of the history; files that none names come with the last one."""
    left = dict(files)
    commits = []
    for number, planned in enumerate(history.commits):
        last = number == len(history.commits) - 1
        mine = {path: file for path, file in left.items() if last or _below(path, planned.paths)}
        left = {path: file for path, file in left.items() if path not in mine}
        commits.append(SeedCommit(planned.subject, mine, planned.tags, EPOCH + 3600 * number))
    return tuple(commits)


def single_commit(subject: str, files: Mapping[str, SeedFile]) -> tuple[SeedCommit, ...]:
    """One commit that brings everything."""
    return (SeedCommit(subject, files, (), EPOCH),)


def seed_tree(files: Mapping[str, SeedFile]) -> dict[str, tuple[str, str]]:
    """Path → (mode, object id) of all files, to compare with a commit's tree."""
    return {path: file.entry for path, file in files.items()}


def _below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(folder + "/") for folder in folders)
