"""`diff`: what a revision of the config repository changes on a cloud, and how the clouds differ. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from naru.core.cloud_differences import Difference, differences, unused_declarations
from naru.core.kustomization_lint import lint_overlay
from naru.core.manifest_diff import ObjectDiff, diff_objects
from naru.core.manifests import objects_of
from naru.core.overlay_patch import overlay_folder
from naru.core.overlay_set import clouds_of
from naru.core.release_notes import natural_key
from naru.errors import Missing

CANDIDATES = "candidate/"


class Revisions(Protocol):
    """The config repository, read only."""

    def find(self, ref: str) -> str | None: ...

    def branches(self) -> dict[str, str]: ...

    def commit_info(self, commit: str) -> Any: ...


class Trees(Protocol):
    """Overlay trees by commit."""

    def read(self, commit: str) -> dict[str, bytes]: ...


class Renderer(Protocol):
    """The pinned kustomize."""

    def render_tree(self, tree: dict[str, bytes], folders: Sequence[str]) -> dict[str, bytes]: ...


@dataclass(frozen=True)
class Ports:
    """What `diff` reaches."""

    repo: Revisions
    trees: Trees
    renderer: Renderer


@dataclass(frozen=True)
class Revision:
    """A revision by the name that it was asked for; `commit` None means that there is nothing yet."""

    name: str
    commit: str | None


@dataclass(frozen=True)
class CloudDiff:
    """What changes on one cloud."""

    cloud: str
    old: Revision
    new: Revision
    objects: tuple[ObjectDiff, ...]

    def plain(self) -> dict[str, Any]:
        """Plain values for `--json`."""
        return {
            "cloud": self.cloud, "from": {"revision": self.old.name, "commit": self.old.commit},
            "to": {"revision": self.new.name, "commit": self.new.commit}, "objects": [item.plain() for item in self.objects],
        }


@dataclass(frozen=True)
class Across:
    """How the clouds differ at one revision."""

    revision: Revision
    differences: tuple[Difference, ...]
    unused: tuple[tuple[str, str], ...]

    def plain(self) -> dict[str, Any]:
        """Plain values for `--json`."""
        return {
            "revision": self.revision.name, "commit": self.revision.commit,
            "differences": [item.plain() for item in self.differences],
            "unused_declarations": [{"cloud": cloud, "pattern": pattern} for cloud, pattern in self.unused],
        }


def diff_cloud(ports: Ports, cloud: str, old: str = "", new: str = "") -> CloudDiff:
    """Rendered before and after; by default from what the cloud runs to the newest candidate."""
    before = _revision(ports, old) if old else Revision(f"cloud/{cloud}", ports.repo.find(f"cloud/{cloud}"))
    after = _revision(ports, new) if new else newest(ports)
    objects = [_objects(ports, revision, [cloud])[cloud] if revision.commit else [] for revision in (before, after)]
    return CloudDiff(cloud, before, after, diff_objects(objects[0], objects[1]))


def diff_across(ports: Ports, clouds: Sequence[str], revision: str = "") -> Across:
    """How the clouds' rendered overlays differ at a revision (by default the newest candidate)."""
    at = _revision(ports, revision) if revision else newest(ports)
    if at.commit is None:
        raise Missing(f"The config repository has no {at.name}.")
    configs = clouds_of(ports.trees.read(at.commit), clouds)
    found = differences(_objects(ports, at, clouds), configs)
    return Across(at, found, tuple(unused_declarations(found, configs)))


def newest(ports: Ports) -> Revision:
    """The newest candidate, or main where there is none.

    A candidate bears the time of its release's source commit; of several of one commit the highest version is the newest.
    """
    branches = ports.repo.branches()
    candidates = [name for name in branches if name.startswith(CANDIDATES)]

    def age(name: str) -> tuple[int, list[tuple[int, int, str]]]:
        return int(ports.repo.commit_info(branches[name]).commit_time), natural_key(name)

    name = max(candidates, key=age) if candidates else "main"
    return Revision(name, branches.get(name))


def _revision(ports: Ports, name: str) -> Revision:
    commit = ports.repo.find(name)
    if commit is None:
        raise Missing(f"The config repository has no revision '{name[:80]}'.", hint="Give a branch (cloud/naver, candidate/VERSION) or a commit id.")
    return Revision(name, commit)


def _objects(ports: Ports, revision: Revision, clouds: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    assert revision.commit is not None
    tree = ports.trees.read(revision.commit)
    folders = {cloud: overlay_folder(cloud) for cloud in clouds}
    for folder in folders.values():
        lint_overlay(tree, folder)
    rendered = ports.renderer.render_tree(tree, list(folders.values()))
    return {cloud: objects_of(rendered[folder], f"{folder} at {revision.name}") for cloud, folder in folders.items()}
