"""Evidence of one proof: subject, limits, checks, verdict; raw samples beside it, by hash.

Stored as `evidence/CLOUD.PROOF.json` (fail-over: `evidence/failover.json`) and signed in the file of the same
name with the ending `.dsse.json` (in-toto statement in a DSSE envelope, ed25519). Times, host, profile and
limits are part of what is signed.
"""

from __future__ import annotations

from typing import Any

from naru.model.record import Digest, Document, ObjectId, Record, Sha256
from naru.model.words import Profile, Proof, Verdict


class Subject(Record):
    """What was proven; the gate demands that the same is promoted, to the byte."""

    product: str
    version: str
    commit: ObjectId
    images: dict[str, Digest]
    """Image name → manifest digest."""
    rendered: dict[str, Sha256]
    """Cloud → sha256 of the rendered bytes; every cloud that took part in the proof."""
    applied: dict[str, Sha256]
    """Cloud → sha256 of the bytes applied to the stand-in."""


class Check(Record):
    """One judged statement: what was measured, against which limit."""

    name: str
    verdict: Verdict
    sentence: str
    sentence_ko: str = ""
    measured: float | None = None
    limit: float | None = None
    unit: str = ""


class RawFile(Record):
    """A file of raw samples, path relative to the release folder."""

    path: str
    sha256: Sha256
    size: int


class Cause(Record):
    """The one sentence that names what went wrong and where, with the lines that show it."""

    reason: str
    object: str
    sentence: str
    sentence_ko: str = ""
    lines: tuple[str, ...] = ()


class Evidence(Document):
    """One proof of one release on one cloud (fail-over: on all)."""

    proof: Proof
    cloud: str
    """The cloud's name; `all` for fail-over."""
    subject: Subject
    profile: Profile
    limits: dict[str, Any]
    """The limits that the judge was given, as plain values: judging again needs nothing else."""
    checks: tuple[Check, ...]
    verdict: Verdict
    cause: Cause | None = None
    summary: dict[str, Any] = {}
    """Measured figures for the report: plain values, each named with its unit (`detection_seconds`)."""
    counts: dict[str, int] = {}
    """What was seen, kept, merged or lost while collecting."""
    raw: tuple[RawFile, ...] = ()
