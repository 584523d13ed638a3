"""Reads everything that the gate asks for, fresh: release folder, repositories, registries, the cloud's cluster, naru/state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from naru.core.gate_facts import EvidenceFiles, GateFacts, Origin, Override, Registry, Target
from naru.core.release_record import evidence_path
from naru.errors import Missing, NaruError
from naru.model.cloud import CloudConfig
from naru.model.evidence import Evidence
from naru.model.overlays import Overlays
from naru.model.product import Product
from naru.model.promotion import Promotion
from naru.model.release import Images, Release
from naru.model.words import Proof
from naru.steps.cloud_branch import Tip, images_at, read_tip
from naru.steps.effects import Effects
from naru.steps.ports import Clock, Folder, Progress
from naru.steps.promotion_ports import (
    CloudImages,
    ConfigRepository,
    ReleaseImages,
    RenderedCloud,
    Renderer,
    Repository,
    TargetCluster,
)
from naru.steps.state_branch import state_of

MAX_AUTHORS = 1000
"""Commits of a release whose authors are looked at."""


@dataclass(frozen=True)
class PromotePorts:
    """The outside of a promotion to one cloud."""

    folder: Folder
    config: ConfigRepository
    source: Repository
    release_images: ReleaseImages
    cloud_images: CloudImages
    target: TargetCluster
    renderer: Renderer
    clock: Clock
    effects: Effects
    progress: Progress


@dataclass(frozen=True)
class PromoteRequest:
    """What is asked: this product's release in the folder, to this cloud."""

    product: Product
    cloud: CloudConfig
    clouds: tuple[CloudConfig, ...]
    """All clouds of the product: fail-over was proven on them together."""
    judges: Registry
    limits: Mapping[Proof, Mapping[str, Any]]
    trusted_keys: tuple[bytes, ...]
    people_keys: Mapping[str, bytes]
    verify_uids: frozenset[str]
    by: str
    override: Override | None = None


@dataclass(frozen=True)
class Reading:
    """The gate's facts with what promotion needs besides them."""

    facts: GateFacts
    rendered: RenderedCloud | None
    tip: Tip
    evidence: Mapping[Proof, EvidenceFiles] = field(default_factory=dict)


def read_for_gate(ports: PromotePorts, request: PromoteRequest) -> Reading:
    """Re-read everything; raises OutsideDown where a repository, registry or the cluster does not answer."""
    release = ports.folder.read(Release, "release.json")
    images = ports.folder.read(Images, "images.json")
    overlays = ports.folder.read(Overlays, "overlays.json")
    cloud = request.cloud.name
    tip = read_tip(ports.config, cloud)
    candidate = ports.config.find(overlays.candidate_branch)
    rendered = ports.renderer.render(candidate, request.clouds) if candidate else {}
    evidence = {proof: evidence_files(ports.folder, proof, cloud) for proof in Proof}
    facts = GateFacts(
        product=request.product, cloud=request.cloud, release=release, images=images, overlays=overlays,
        evidence=evidence, judges=request.judges, limits=request.limits, trusted_keys=request.trusted_keys,
        origin=_origin(ports, release, images, candidate=candidate, rendered=rendered, cloud=cloud),
        target=_target(ports, request, release, tip, rendered.get(cloud)),
        state=state_of(ports.config, request.people_keys, request.product.name), people_keys=request.people_keys,
        authors=authors_of(ports.source, release), at=ports.clock.now(), override=request.override,
    )
    return Reading(facts, rendered.get(cloud), tip, evidence)


def evidence_files(folder: Folder, proof: Proof, cloud: str) -> EvidenceFiles:
    """A proof's files as they stand in the folder; what is not there or not readable is None."""
    name = evidence_path(proof, cloud)
    document = _raw(folder, f"{name}.json")
    envelope = _raw(folder, f"{name}.dsse.json")
    raw = {path: _raw(folder, path) for path in _raw_paths(document)}
    return EvidenceFiles(document, envelope, {path: data for path, data in raw.items() if data is not None})


def authors_of(source: Repository, release: Release) -> frozenset[str]:
    """E-mail addresses of everyone who wrote a commit of this release; no approval counts from them."""
    if source.find(release.commit) is None:
        return frozenset()
    since = release.previous.commit if release.previous else None
    if since is not None and source.find(since) is None:
        since = None
    commits = [source.commit_info(release.commit), *source.log_between(since, release.commit, limit=MAX_AUTHORS)]
    return frozenset(_mail(commit.author) for commit in commits)


def _origin(
    ports: PromotePorts, release: Release, images: Images, *, candidate: str | None, rendered: Mapping[str, RenderedCloud], cloud: str
) -> Origin:
    ref = f"refs/tags/{release.tag}"
    found = ports.source.ls_remote(ref)
    tag_object = found.get(ref)
    return Origin(
        tag_object=tag_object, tag_commit=found.get(f"{ref}^{{}}", tag_object),
        images={image.name: ports.release_images.digest_of(image) for image in images.images},
        candidate_commit=candidate,
        rendered={name: entry.rendered_sha256 for name, entry in rendered.items()},
        applied={name: entry.applied_sha256 for name, entry in rendered.items()},
        scope=rendered[cloud].scope if cloud in rendered else (),
    )


def _target(ports: PromotePorts, request: PromoteRequest, release: Release, tip: Tip, rendered: RenderedCloud | None) -> Target:
    uid, expected = ports.target.uid(), ports.target.expected_uid()
    ours = uid == expected and uid not in request.verify_uids
    return Target(
        uid=uid, expected_uid=expected, verify_uids=request.verify_uids,
        missing_ancestor=_missing_ancestor(ports, request.cloud.name, tip),
        newer_live=_newer(ports.source, release, tip),
        refused=ports.target.dry_run(rendered.rendered) if rendered and ours else (),
        unpullable=_unpullable(ports, tip),
    )


def _newer(source: Repository, release: Release, tip: Tip) -> str | None:
    """The version that runs, where it is of this line and already contains this release's commit."""
    live = tip.record
    if live is None or live.release_commit is None or live.version == release.version or live.line != release.line:
        return None
    if live.release_commit == release.commit or source.find(live.release_commit) is None:
        return None
    return live.version if source.is_ancestor(release.commit, live.release_commit) else None


def _missing_ancestor(ports: PromotePorts, cloud: str, tip: Tip) -> str | None:
    """What this folder's own run promoted before must still be in the branch's history."""
    before = ports.folder.find(Promotion, f"promotion/{cloud}.json")
    if before is None or before.commit is None:
        return None
    if tip.commit is None or ports.config.find(before.commit) is None:
        return before.commit
    return None if ports.config.is_ancestor(before.commit, tip.commit) else before.commit


def _unpullable(ports: PromotePorts, tip: Tip) -> tuple[str, ...]:
    """Images of what runs now that could not be pulled again if the new release had to go back."""
    images = images_at(ports.config, tip.commit, tip.record) if tip.commit and tip.record else None
    if images is None:
        return ()
    return tuple(
        image.name for image in images.images
        if not ports.cloud_images.has(image) and ports.release_images.digest_of(image) != image.digest
    )


def _raw(folder: Folder, name: str) -> bytes | None:
    try:
        return folder.read_raw(name)
    except Missing:
        return None


def _raw_paths(document: bytes | None) -> tuple[str, ...]:
    """Paths that the (as yet untrusted) document names; the folder refuses any that lead out of it."""
    try:
        evidence = Evidence.from_json(document or b"", where="evidence")
    except NaruError:
        return ()
    return tuple(entry.path for entry in evidence.raw if entry.path.startswith("evidence/"))


def _mail(author: str) -> str:
    return author.rpartition("<")[2].rstrip(">").strip()
