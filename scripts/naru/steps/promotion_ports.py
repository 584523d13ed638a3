"""What promotion needs of the outside: two Git repositories, two registries, a renderer, the cloud's real cluster."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from naru.model.cloud import CloudConfig
from naru.model.overlays import ScopeEntry
from naru.model.promotion import LiveImage
from naru.model.release import Image
from naru.model.words import Verdict


class Commit(Protocol):
    """One commit."""

    @property
    def commit(self) -> str: ...
    @property
    def parents(self) -> tuple[str, ...]: ...
    @property
    def author(self) -> str: ...
    @property
    def commit_time(self) -> int: ...
    @property
    def subject(self) -> str: ...


class Repository(Protocol):
    """A private copy of a Git repository, as of the last fetch."""

    def fetch(self) -> None: ...

    def find(self, ref: str) -> str | None:
        """The commit of a branch, or None."""

    def ls_remote(self, *patterns: str) -> dict[str, str]: ...

    def branches(self) -> dict[str, str]: ...

    def find_file(self, rev: str, path: str) -> bytes | None: ...

    def find_files(self, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """(revision, path) → bytes of each file that is there, at once."""

    def list_files(self, rev: str, folder: str = "") -> tuple[str, ...]: ...

    def is_ancestor(self, old: str, new: str) -> bool: ...

    def commit_info(self, commit: str) -> Commit: ...

    def log_between(self, old: str | None, new: str, *, limit: int = 1000) -> Sequence[Commit]: ...


class ConfigRepository(Repository, Protocol):
    """The repository of overlays, candidates, cloud branches and naru/state."""

    def write_commit(
        self, parents: tuple[str, ...], changes: Mapping[str, bytes | None], message: str, *, when: int,
        executable: Collection[str] = (), tree_of: str | None = None,
    ) -> str:
        """A commit object in the private copy; nothing outside changes."""

    def merged_tree(self, ours: str, theirs: str) -> str | None: ...

    def commit_tree(self, tree: str, parents: tuple[str, ...], message: str, *, when: int) -> str: ...

    def push_compare_and_swap(self, ref: str, new: str | None, expected_old: str | None) -> bool:
        """Effect: move a remote ref from what was expected; raises Conflict where it holds something else."""


class ReleaseImages(Protocol):
    """The release registry."""

    def digest_of(self, image: Image) -> str | None:
        """Digest of the manifest that the image's tag leads to there, hashed by us, or None."""


class CloudImages(Protocol):
    """One cloud's own registry."""

    def digest_of(self, image: Image) -> str | None:
        """Digest that the image's tag leads to there, or None."""

    def has(self, image: Image) -> bool:
        """True if the manifest of the image's digest can be pulled."""

    def copy_image(self, image: Image) -> str:
        """Effect: copy by digest from the release registry, tag included; the digest that came out."""


@dataclass(frozen=True)
class RenderedCloud:
    """One cloud's overlay at one commit, rendered by us now."""

    rendered: bytes
    rendered_sha256: str
    applied_sha256: str
    scope: tuple[ScopeEntry, ...]


class Renderer(Protocol):
    """The pinned kustomize on a commit of the config repository."""

    def render(self, commit: str, clouds: Sequence[CloudConfig]) -> dict[str, RenderedCloud]: ...


@dataclass(frozen=True)
class RolloutSeen:
    """What the watch of a real cluster saw, by the rollout proof's own rules."""

    verdict: Verdict
    sentence: str
    live: tuple[LiveImage, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What a cloud is to run."""

    version: str
    rendered: bytes
    images: Mapping[str, str] = field(default_factory=dict)
    """Image name → manifest digest."""


class TargetCluster(Protocol):
    """The real cluster of one cloud."""

    def uid(self) -> str: ...

    def expected_uid(self) -> str | None:
        """The pinned uid."""

    def dry_run(self, rendered: bytes) -> tuple[str, ...]:
        """What the API server says against these bytes (`dryRun=All`); empty where it takes them."""

    def runs(self, wanted: Wanted) -> tuple[bool, tuple[LiveImage, ...]]:
        """(does it run exactly this now, images as its own pods report them)."""

    def roll_out(self, wanted: Wanted) -> RolloutSeen:
        """Effect: apply, prune, and watch to a verdict."""

    def clear_cloud(self, rendered: bytes) -> None:
        """Effect: take away every object of these bytes (going back to nothing)."""
