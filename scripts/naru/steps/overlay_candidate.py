"""The candidate of a release, worked out whole before anything outside is changed.

Truth is the config repository: the same release on the same main gives the same commit id, and a candidate that says
so already is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from naru.core.overlay_message import candidate_branch, candidate_message, candidate_subject
from naru.core.overlay_patch import NewRelease, overlay_folder
from naru.core.overlay_set import PatchedTree, RenderedCloud, clouds_of, patched_tree, release_values, rendered_cloud
from naru.core.static_checks import refuse_blocking
from naru.model.cloud import CloudConfig
from naru.model.overlays import Overlays
from naru.model.product import Product
from naru.model.record import content_hash
from naru.model.release import Images, Release
from naru.steps.effects import Effects
from naru.steps.ports import Folder, Progress


class ConfigRepo(Protocol):
    """The repository of overlays."""

    def find(self, ref: str) -> str | None: ...

    def resolve(self, ref: str) -> str: ...

    def commit_info(self, commit: str) -> Any: ...

    def ls_remote(self, *patterns: str) -> dict[str, str]: ...

    def write_commit(self, parents: tuple[str, ...], changes: dict[str, bytes | None], message: str, *, when: int) -> str: ...

    def push_compare_and_swap(self, ref: str, new: str | None, expected_old: str | None) -> bool:
        """Effect: move a branch of the config repository by lease."""


class Trees(Protocol):
    """Overlay trees out of the config repository."""

    def read(self, commit: str) -> dict[str, bytes]:
        """Every file below overlays/ at a commit."""


class Renderer(Protocol):
    """The pinned kustomize."""

    @property
    def version(self) -> str: ...

    def render_tree(self, tree: dict[str, bytes], folders: Sequence[str]) -> dict[str, bytes]:
        """Folder → rendered bytes, all at once."""


class SchemaCheck(Protocol):
    """Schemas of Kubernetes' own kinds."""

    def check(self, item: dict[str, Any], version: str) -> tuple[str, list[str]]: ...


@dataclass(frozen=True)
class Ports:
    """What the stage reaches."""

    repo: ConfigRepo
    trees: Trees
    renderer: Renderer
    schemas: SchemaCheck
    stand_in_version: str
    """Kubernetes version of the verification clusters."""
    folder: Folder
    effects: Effects
    progress: Progress


@dataclass(frozen=True)
class Start:
    """The commit that a candidate is made from, and the overlays with the release in them."""

    base: str
    clouds: tuple[CloudConfig, ...]
    patched: PatchedTree
    candidate: str | None = None
    """The commit on the remote that holds these very overlays, if there is one."""


@dataclass(frozen=True)
class Candidate:
    """Everything that is known before anything is written."""

    base: str
    commit: str
    remote: str | None
    """What the candidate branch holds on the remote now."""
    clouds: tuple[RenderedCloud, ...]
    overlays: Overlays


def plan_candidate(ports: Ports, product: Product, release: Release, images: Images) -> Candidate:
    """Patch, lint, render and judge in memory; raises Missing before anything outside is touched."""
    ref = candidate_branch(release.version)
    remote = ports.repo.ls_remote(ref).get(ref)
    values = release_values(release, images)
    start = _start(ports, product, values, remote, candidate_subject(product.name, release.version, product.clouds))
    rendered = _render(ports, start)
    for item in rendered:
        refuse_blocking(item.overlay.cloud, item.overlay.findings)
    commit = start.candidate or _new_commit(ports, product, release, start, rendered)
    overlays = Overlays(
        made_from={"release.json": content_hash(release), "images.json": content_hash(images)},
        version=release.version, candidate_branch=ref.removeprefix("refs/heads/"), candidate_commit=commit,
        base_commit=start.base, kustomize_version=ports.renderer.version, clouds=tuple(item.overlay for item in rendered),
    )
    return Candidate(start.base, commit, remote, rendered, overlays)


def _start(ports: Ports, product: Product, values: NewRelease, remote: str | None, subject: str) -> Start:
    """Where the candidate begins: at main's tip, or where the candidate that says the same began."""
    main = _patched(ports, product, values, ports.repo.resolve(product.config.branch))
    if remote is None or ports.repo.find(remote) is None or ports.trees.read(remote) != main.patched.tree:
        return main
    info = ports.repo.commit_info(remote)
    if info.subject != subject or not info.parents:  # not made here: a commit of main that said it already
        return replace(main, candidate=remote)
    return replace(_patched(ports, product, values, info.parents[0]), candidate=remote)


def _patched(ports: Ports, product: Product, values: NewRelease, base: str) -> Start:
    tree = ports.trees.read(base)
    clouds = clouds_of(tree, product.clouds)
    return Start(base, clouds, patched_tree(tree, clouds, values))


def _render(ports: Ports, start: Start) -> tuple[RenderedCloud, ...]:
    with ports.progress.task("rendering " + ", ".join(cloud.name for cloud in start.clouds)):
        out = ports.renderer.render_tree(start.patched.tree, [overlay_folder(cloud.name) for cloud in start.clouds])
    return tuple(
        rendered_cloud(cloud, start.patched, out[overlay_folder(cloud.name)], ports.schemas.check, ports.stand_in_version)
        for cloud in start.clouds
    )


def _new_commit(ports: Ports, product: Product, release: Release, start: Start, rendered: Sequence[RenderedCloud]) -> str:
    """The candidate's commit; main itself, if it holds these very overlays already."""
    if not start.patched.changed:
        return start.base
    message = candidate_message(product.name, release.version, release.tag, [item.overlay for item in rendered])
    # Not before its parent, so that the log of main reads in order.
    when = max(release.commit_time, int(ports.repo.commit_info(start.base).commit_time))
    return ports.repo.write_commit((start.base,), dict(start.patched.changed), message, when=when)
