"""The fixed words: clouds' roles, verdicts, decisions. Reasons of each judge stand beside that judge."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a cluster is there for: `verify` stands in for a cloud, `target` plays or is the real one."""

    verify = "verify"
    target = "target"


class Verdict(StrEnum):
    """Answer of a proof. Only `passed` promotes; no checks at all is `inconclusive`."""

    passed = "passed"
    failed = "failed"
    inconclusive = "inconclusive"


class Decision(StrEnum):
    """Answer of the gate."""

    promote = "promote"
    hold = "hold"


class Proof(StrEnum):
    """The three proofs of a release."""

    rollout = "rollout"
    scaling = "scaling"
    failover = "failover"


class Profile(StrEnum):
    """Timing of a cluster's own flags: `fast` per release, `production` (Kubernetes defaults) nightly."""

    fast = "fast"
    production = "production"


class RollbackPolicy(StrEnum):
    """Whether a release that breaks on a target may be taken back by itself."""

    auto = "auto"
    manual = "manual"
    forbidden = "forbidden"
