"""promotion/CLOUD.json: the gate's decision with every reason, and what came of it."""

from __future__ import annotations

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
    """`promoted`, `held`, `rolled back` or `stuck`."""
