"""promotion/CLOUD.json: the gate's decision with every reason, and what came of it."""

from __future__ import annotations

from typing import Literal

from naru.model.record import Digest, Document, ObjectId, Record, Sha256
from naru.model.words import Decision


class Reason(Record):
    """One reason of the gate, by a fixed word; a promotion lists what it was allowed by, a hold what stopped it."""

    code: str
    sentence: str
    sentence_ko: str = ""


class LiveImage(Record):
    """An image as the cluster's own pods report it."""

    workload: str
    container: str
    digest: Digest


class Promotion(Document):
    """promotion/CLOUD.json."""

    cloud: str
    version: str
    decision: Decision
    reasons: tuple[Reason, ...]
    rendered_sha256: Sha256 | None = None
    candidate_commit: ObjectId | None = None
    commit: ObjectId | None = None
    """Commit on `cloud/CLOUD`; absent while nothing was promoted."""
    previous_commit: ObjectId | None = None
    live: tuple[LiveImage, ...] = ()
    rolled_back_to: ObjectId | None = None
    outcome: str = ""
    """`promoted`, `held`, `rolled back`, `unreachable` or `stuck`."""
    sentence: str = ""
    """What came of it, in one sentence."""
    allowed_by: tuple[Reason, ...] = ()
    overridden: tuple[Reason, ...] = ()
    """Reasons that a named person overrode."""
    override_by: str = ""
    override_reason: str = ""
    cluster_uid: str = ""
    """uid of the kube-system namespace of the cluster that it went to."""


class KeptProof(Record):
    """One proof as the release record keeps it."""

    proof: str
    verdict: str
    evidence: str
    """Path of the signed envelope in the same tree."""
    sha256: Sha256
    profile: str
    finished: str


class CloudRecord(Document):
    """cloud.json at the root of the branch `cloud/NAME`: what that cloud runs, and why."""

    product: str
    cloud: str
    action: Literal["promote", "rollback"]
    version: str = ""
    """Empty: the cloud runs nothing of this product."""
    line: str = ""
    tag: str = ""
    release_commit: ObjectId | None = None
    candidate_commit: ObjectId | None = None
    rendered_sha256: Sha256 | None = None
    images: dict[str, Digest] = {}
    proofs: tuple[KeptProof, ...] = ()
    at: str = ""
    by: str = ""
    """Who or what asked for it, as the run said."""
    back_from: str = ""
    """For a rollback: the version that it went back from."""
    back_because: str = ""
    back_to_commit: ObjectId | None = None
    """For a rollback: the commit of this branch whose release runs again."""
