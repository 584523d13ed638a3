"""Records of proofs that run beside releases: one line per proof of a night, or of a shadowed release."""

from __future__ import annotations

from naru.model.record import Record
from naru.model.words import Proof, Verdict


class ProofRecord(Record):
    """One proof: what it said, whether its controls were good, its figures."""

    day: str
    """`2026-11-23`, the day on which the run began (UTC)."""
    version: str
    cloud: str
    proof: Proof
    verdict: Verdict
    controls_good: bool = True
    """False where the measurement itself was not good enough to blame the release."""
    reason: str = ""
    """The cause in one sentence, for a verdict that is not passed."""
    figures: dict[str, float] = {}
    """Measured figures, named with their unit."""


class StageResult(Record):
    """How one command of a list ended."""

    words: tuple[str, ...]
    exit_code: int


class ShadowRun(Record):
    """One shadowed release."""

    day: str
    version: str
    stopped_at: str = ""
    """The stage that said no, with its exit code; empty where all ran."""
    proofs: tuple[ProofRecord, ...] = ()
