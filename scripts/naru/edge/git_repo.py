"""One Git repository as Naru sees it: a private bare copy, and the remote that it mirrors.

Resting state: the copy's refs equal the remote's as of the last fetch; only `push_*` changes the remote, one ref at a
time, by lease. Whatever a killed process left in the copy is cleared by the next `clone_or_open`.
Maintainer rule: every network call has a deadline, every ref is spelt in full, nothing is ever forced.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from naru.edge.clock import SystemClock
from naru.edge.git_access import GitAccess, checked_address
from naru.edge.git_command import REMOTE_SECONDS, GitAnswer, GitCommand
from naru.edge.git_errors import error_of, is_broken_clone, last_words
from naru.edge.git_lock import held
from naru.edge.git_progress import Bars, TransferProgress, without_progress
from naru.edge.git_reading import OBJECT_ID, checked_ref
from naru.edge.git_writing import GitWriter
from naru.errors import Conflict, Judged, Malformed, Missing, OutsideDown

ALL_REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
PEELED = "^{}"
_STALE = ("stale info", "already exists", "fetch first", "non-fast-forward", "cannot lock ref", "failed to update ref",
          "reference already exists")


class GitRepo(GitWriter):
    """A private bare copy of the repository at `url`."""

    def __init__(self, url: str, folder: Path, *, access: GitAccess | None = None, bars: Bars | None = None) -> None:
        super().__init__(GitCommand(folder, where=url, access=access))
        self.url = checked_address(url)
        self.folder = folder
        self._bars = bars

    @classmethod
    def clone_or_open(
        cls, url: str, folder: Path, *, access: GitAccess | None = None, timeout: float = REMOTE_SECONDS, bars: Bars | None = None
    ) -> GitRepo:
        """The copy in `folder`, made if it is not there, refs as the remote has them now; a long transfer shows in `bars`.

        Raises OutsideDown where the remote does not answer, Missing where it is not there or shallow.
        """
        repo = cls(url, folder, access=access, bars=bars)
        with held(folder.parent / f".{folder.name}.lock", seconds=timeout):
            if not repo._open(timeout):
                repo.fetch(timeout=timeout)
        return repo

    @classmethod
    def create(cls, folder: Path, *, branch: str = "main") -> GitRepo:
        """A new empty bare repository at `folder` (or the one that is there), as its own remote."""
        repo = cls(str(folder), folder)
        repo.git.durable = True
        if not repo._is_there():
            repo.git("init", "--bare", "--quiet", "--template=", f"--initial-branch={branch}", str(folder), doing="Making")
            repo._ready.touch()
        return repo

    def fetch(self, *, timeout: float = REMOTE_SECONDS) -> None:
        """Make the copy's branches and tags equal to the remote's; a damaged copy is made again once."""
        words = ("--prune", "--no-tags", "--no-write-fetch-head", "--", self.url, *ALL_REFS)
        answer = self._transfer("fetch", words, timeout)
        if answer.code != 0 and is_broken_clone(answer.err):
            shutil.rmtree(self.folder)
            self._open(timeout)
            return
        self._check_fetched(answer)

    def _transfer(self, how: str, words: Sequence[str], timeout: float) -> GitAnswer:
        """`git clone` or `git fetch`, its progress shown where somebody looks."""
        if self._bars is None:
            return self.git(how, "--quiet", *words, timeout=timeout, check=False)
        with TransferProgress(f"Git {how} of {self.url}", self._bars, SystemClock().monotonic) as progress:
            answer = self.git(how, "--progress", *words, timeout=timeout, check=False, on_error=progress.line)
        return replace(answer, err=without_progress(answer.err))

    def _check_fetched(self, answer: GitAnswer) -> None:
        if "shallow" in answer.err:
            raise self._shallow()
        if answer.code != 0:
            raise error_of("Fetching", self.url, answer.err)

    def ls_remote(self, *patterns: str, timeout: float = REMOTE_SECONDS) -> dict[str, str]:
        """Ref → object id as the remote has it now; an annotated tag also as `REF^{}` with its commit."""
        for pattern in patterns:
            checked_ref(pattern.removesuffix("*") + "x" * pattern.endswith("*"))
        wanted = [word for ref in patterns for word in ([ref] if ref.endswith("*") else [ref, ref + PEELED])]
        answer = self.git("ls-remote", "--quiet", "--", self.url, *wanted, timeout=timeout, doing="Asking for the refs")
        rows = (line.split("\t", 1) for line in answer.text.splitlines())
        return {ref: oid for oid, ref in rows if not patterns or any(_fits(ref, pattern) for pattern in patterns)}

    def push_create_only(self, ref: str, oid: str, *, timeout: float = REMOTE_SECONDS) -> bool:
        """Create `ref` on the remote; False where it holds this very object, Conflict where it holds another."""
        return self._push(ref, oid, None, timeout)

    def push_compare_and_swap(self, ref: str, new: str | None, expected_old: str | None, *, timeout: float = REMOTE_SECONDS) -> bool:
        """Move `ref` from `expected_old` (None: absent) to `new` (None: deleted).

        False where it holds `new` already; Conflict where it holds neither; Judged with the server's own words where
        one of its hooks declines.
        """
        return self._push(ref, new, expected_old, timeout)

    def _push(self, ref: str, new: str | None, expected: str | None, timeout: float) -> bool:
        _full(ref, new, expected)
        words = ("push", "--porcelain", "--no-verify", "--atomic", "--recurse-submodules=no",
                 f"--force-with-lease={ref}:{expected or ''}", "--", self.url, f"{new or ''}:{ref}")
        answer = self.git(*words, timeout=timeout, check=False)
        rows = [line.split("\t") for line in answer.text.splitlines() if line.count("\t") == 2]
        if answer.code == 0 and rows and all(row[0] != "!" for row in rows):
            return rows[0][0] != "="
        if not rows:
            raise error_of("Pushing", self.url, answer.err)
        return self._refused(ref, new, expected, rows[0][2], answer.err)

    def _refused(self, ref: str, new: str | None, expected: str | None, summary: str, stderr: str) -> bool:
        """The remote said no to the ref: look at what it holds now, and say which of the cases it is."""
        found = self.ls_remote(ref).get(ref)
        if found == new:
            return False
        if found != expected:
            raise Conflict(
                f"{ref} of {self.url} is {found[:12] if found else 'absent'} and not {expected[:12] if expected else 'absent'}; "
                f"{new[:12] if new else 'its deletion'} was not pushed.", found=found,
            )
        if any(word in summary for word in _STALE):
            raise OutsideDown(f"{ref} of {self.url} was busy: {summary}.", hint="Try again.")
        raise Judged(f"{self.url} declined {ref}: {summary} {last_words(stderr)}.", hint="Ask the repository's owner.")

    @property
    def _ready(self) -> Path:
        return self.folder / "naru-ready"

    def _is_there(self) -> bool:
        """True where a whole copy is there; what a killed process left of one is cleared away."""
        if self.folder.exists() and not self._ready.exists():
            shutil.rmtree(self.folder)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        for lock in (*self.folder.glob("*.lock"), *self.folder.glob("refs/**/*.lock")):
            lock.unlink(missing_ok=True)  # only a killed process leaves one: the caller holds the folder's lock
        return self.folder.exists()

    def _open(self, timeout: float) -> bool:
        """True where the copy had to be cloned: a clone writes thousands of refs at once, a fetch one by one."""
        if self._is_there():
            return False
        words = ("--bare", "--no-local", "--template=", "--", self.url, str(self.folder))
        self._check_fetched(self._transfer("clone", words, timeout))
        if (self.folder / "shallow").exists():
            raise self._shallow()
        self._ready.touch()
        return True

    def _shallow(self) -> Missing:
        return Missing(f"{self.url} is a shallow repository, whose history is not whole.", hint="Use the full repository.")


def _fits(ref: str, pattern: str) -> bool:
    """ls-remote matches the tail of a name; only the whole name is meant here."""
    if pattern.endswith("*"):
        return ref.startswith(pattern[:-1])
    return ref in {pattern, pattern + PEELED}


def _full(ref: str, *oids: str | None) -> None:
    if not checked_ref(ref).startswith(("refs/heads/", "refs/tags/")):
        raise Malformed(f"'{ref}' is not a full branch or tag name.")
    for oid in oids:
        if oid is not None and OBJECT_ID.fullmatch(oid) is None:
            raise Malformed(f"'{oid[:80]}' is not a full object id.")
