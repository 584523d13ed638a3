"""Makes the sandbox's bare repositories from samples/ and overlays/, or brings them up to the clone's files.

The branch `sandbox/seed` keeps what was last put in, so that commits which were made since (promotions, hotfixes) stay:
new files come in as a merge. The same files give the same commit ids on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from naru.core.sandbox_seed import EPOCH, SeedCommit, SeedFile, seed_tree
from naru.errors import Judged
from naru.steps.effects import Effects
from naru.steps.outcome import Outcome

SEED = "refs/heads/sandbox/seed"


class Entry(Protocol):
    """One file of a tree."""

    @property
    def path(self) -> str: ...

    @property
    def mode(self) -> str: ...

    @property
    def oid(self) -> str: ...


class SeedRepo(Protocol):
    """A bare repository of the sandbox."""

    @property
    def where(self) -> str: ...

    def is_ancestor(self, old: str, new: str) -> bool: ...

    def object_of(self, ref: str) -> str | None: ...

    def entries(self, rev: str, folder: str = "") -> tuple[Any, ...]: ...

    def write_commit(
        self, parents: tuple[str, ...], changes: Mapping[str, bytes | None], message: str, *, when: int,
        executable: Collection[str] = (),
    ) -> str: ...

    def merged_tree(self, ours: str, theirs: str) -> str | None: ...

    def commit_tree(self, tree: str, parents: tuple[str, ...], message: str, *, when: int) -> str: ...

    def push_create_only(self, ref: str, oid: str) -> bool:
        """Effect: create the ref."""

    def push_compare_and_swap(self, ref: str, new: str | None, expected_old: str | None) -> bool:
        """Effect: move the ref."""


class Protection(Protocol):
    """The update hook of the sandbox's repositories."""

    def has_hook(self, name: str) -> bool: ...

    def install_hook(self, name: str) -> None:
        """Effect: put the shipped hook into the repository."""


@dataclass(frozen=True)
class Seed:
    """One repository to be: where, which branch, which commits bring which files."""

    name: str
    branch: str
    commits: tuple[SeedCommit, ...]
    files: Mapping[str, SeedFile]


def ensure_sandbox(
    seeds: Mapping[str, Seed], open_repo: Callable[[str], SeedRepo], protection: Protection, effects: Effects
) -> Outcome:
    """Every repository of `seeds` as described, with the update hook."""
    done = [name for name, seed in seeds.items() if ensure_repository(seed, open_repo(name), effects)]
    bare = [name for name in seeds if not protection.has_hook(name)]
    for name in bare:
        _protect(name, protection, effects)
    if not done and not bare:
        return Outcome(False, "The sandbox's repositories are as the clone's files say.")
    return Outcome(True, f"Made or renewed in the sandbox: {', '.join(dict.fromkeys(done + bare))}.")


def _protect(name: str, protection: Protection, effects: Effects) -> None:
    effects.perform("install-hook", name, lambda: protection.install_hook(name))


def ensure_repository(seed: Seed, repo: SeedRepo, effects: Effects) -> bool:
    """True if something had to be done."""
    old = repo.object_of(SEED)
    branch = f"refs/heads/{seed.branch}"
    if old is None:
        return _begin(seed, repo, effects, branch)
    there = {entry.path: (entry.mode, entry.oid) for entry in repo.entries(old)}
    if there == seed_tree(seed.files):
        return False
    new = _renewed(seed, repo, old, frozenset(there))
    tip = repo.object_of(branch)
    joined = _joined(repo, tip, old, new)
    effects.perform("move-ref", branch, lambda: repo.push_compare_and_swap(branch, joined, tip))
    effects.perform("move-ref", SEED, lambda: repo.push_compare_and_swap(SEED, new, old))
    return True


def _begin(seed: Seed, repo: SeedRepo, effects: Effects, branch: str) -> bool:
    parents: tuple[str, ...] = ()
    for commit in seed.commits:
        parents = (_commit(repo, commit, parents),)
        for tag in commit.tags:
            _create(f"refs/tags/{tag}", parents[0], repo, effects)
    if repo.object_of(branch) is None:
        _create(branch, parents[0], repo, effects)
    _create(SEED, parents[0], repo, effects)
    return True


def _create(ref: str, oid: str, repo: SeedRepo, effects: Effects) -> None:
    effects.perform("create-ref", ref, lambda: repo.push_create_only(ref, oid))


def _commit(repo: SeedRepo, commit: SeedCommit, parents: tuple[str, ...]) -> str:
    executable = {path for path, file in commit.files.items() if file.executable}
    changes = {path: file.data for path, file in commit.files.items()}
    return repo.write_commit(parents, changes, commit.subject, when=commit.when, executable=executable)


def _renewed(seed: Seed, repo: SeedRepo, old: str, there: frozenset[str]) -> str:
    changes: dict[str, bytes | None] = {path: file.data for path, file in seed.files.items()}
    gone: dict[str, bytes | None] = dict.fromkeys(there - set(changes), None)
    executable = {path for path, file in seed.files.items() if file.executable}
    return repo.write_commit(
        (old,), changes | gone, f"{seed.name} as in the clone", when=EPOCH + 360_000, executable=executable
    )


def _joined(repo: SeedRepo, tip: str | None, old: str, new: str) -> str:
    """The branch's next commit: the seed itself where nothing else was committed, else a merge."""
    if tip is None or tip == old:
        return new
    if repo.is_ancestor(new, tip):
        return tip
    tree = repo.merged_tree(tip, new)
    if tree is None:
        raise Judged(
            f"The clone's files conflict with what was committed to {repo.where} since.",
            hint="Commit your change there, or begin anew with another NARU_SANDBOX.",
        )
    return repo.commit_tree(tree, (tip, new), "Files of the clone", when=EPOCH + 360_000)
