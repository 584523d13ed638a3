"""All that the gate is given: records and evidence of the release, and the world as it was re-read just now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from naru.core.change_state import ChangeState
from naru.model.cloud import CloudConfig
from naru.model.evidence import Evidence
from naru.model.overlays import CloudOverlay, Overlays, ScopeEntry
from naru.model.product import Line, Product
from naru.model.release import Images, Release
from naru.model.words import Proof, Verdict

Rejudge = Callable[[Evidence, Mapping[str, bytes]], Verdict]
"""A proof's own judge, given the signed evidence and the raw bytes by path; pure, the same answer each time."""

Registry = Mapping[Proof, Rejudge]
"""Proof → judge; wiring fills it."""

SKEW = timedelta(minutes=5)
"""How far the clocks of two agents may differ."""


@dataclass(frozen=True)
class EvidenceFiles:
    """What stands in the release folder for one proof."""

    document: bytes | None
    envelope: bytes | None
    raw: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Origin:
    """What the repositories and the registry say now; None is "not there"."""

    tag_object: str | None
    tag_commit: str | None
    images: Mapping[str, str | None]
    """Image name → digest that the release's image tag has in the release registry."""
    candidate_commit: str | None
    rendered: Mapping[str, str]
    """Cloud → sha256 of what the candidate renders to now."""
    applied: Mapping[str, str]
    """Cloud → sha256 after the substitutions that cloud.yaml declares now."""
    scope: tuple[ScopeEntry, ...]
    """Scope of proof of this cloud, worked out again from the bytes rendered now."""


@dataclass(frozen=True)
class Target:
    """Which cluster answers as this cloud, and what stands on the cloud's branch."""

    uid: str | None
    """uid of the kube-system namespace that answers; None where it did not say."""
    expected_uid: str | None
    """The pinned uid."""
    verify_uids: frozenset[str]
    """uids of the verification clusters: none of these is ever promoted to."""
    missing_ancestor: str | None = None
    """A commit that was promoted before and is not in the branch's history any more."""
    newer_live: str | None = None
    """Version that the cloud runs, where the release is an ancestor of it."""
    refused: tuple[str, ...] = ()
    """What the cluster said against the exact bytes in a server-side dry run."""
    unpullable: tuple[str, ...] = ()
    """Images of the release that runs now which no registry has any more, so that going back would fail."""


@dataclass(frozen=True)
class Override:
    """A named person's reason to go on despite what may be overridden."""

    by: str
    reason: str


@dataclass(frozen=True)
class GateFacts:
    """One question: may this release go to this cloud now?"""

    product: Product
    cloud: CloudConfig
    release: Release
    images: Images
    overlays: Overlays
    evidence: Mapping[Proof, EvidenceFiles]
    judges: Registry
    limits: Mapping[Proof, Mapping[str, Any]]
    """Proof → the limits that the installed cloud.yaml sets for it."""
    trusted_keys: tuple[bytes, ...]
    origin: Origin
    target: Target
    state: ChangeState
    people_keys: Mapping[str, bytes]
    """Person → public key as installed."""
    authors: frozenset[str]
    """E-mail addresses of everyone who wrote a commit of this release."""
    at: datetime
    override: Override | None = None

    @property
    def overlay(self) -> CloudOverlay | None:
        """What the candidate means for this cloud, as overlays.json says."""
        return self.overlays.of(self.cloud.name)

    @property
    def line(self) -> Line | None:
        """The release line as the installed product file has it."""
        return next((line for line in self.product.lines if line.name == self.release.line), None)
