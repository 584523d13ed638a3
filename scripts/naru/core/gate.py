"""The gate: one pure function decides for every way in (command line, Jenkins, nightly) whether a release may be promoted.

It gives every reason, never only the first. What is unknown, unreadable or unproven holds. A named person may
override what stands in `OVERRIDABLE`, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

from naru.core.gate_evidence import against_evidence, signed_evidence
from naru.core.gate_facts import GateFacts
from naru.core.gate_people import against_people, approvals
from naru.core.gate_release import against_origin, against_records, against_target, scope
from naru.core.gate_words import OVERRIDABLE, Code, reason
from naru.core.scope import scaling_unproven
from naru.model.evidence import Evidence
from naru.model.promotion import Reason
from naru.model.words import Decision, Proof


@dataclass(frozen=True)
class GateAnswer:
    """The decision with all that speaks for it, against it, and what a person overrode."""

    decision: Decision
    held_by: tuple[Reason, ...]
    allowed_by: tuple[Reason, ...]
    overridden: tuple[Reason, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What stopped it, or what it was allowed by."""
        return self.held_by or self.allowed_by

    def codes(self) -> set[str]:
        """The words of what stopped it."""
        return {entry.code for entry in self.held_by}


def judge_gate(facts: GateFacts) -> GateAnswer:
    """May this release be promoted to this cloud now?"""
    against = [*against_records(facts), *against_origin(facts), *against_target(facts), *against_people(facts)]
    for_it: list[Reason] = []
    for proof in Proof:
        evidence, faults = signed_evidence(facts, proof)
        if evidence is None and proof is Proof.scaling and scaling_unproven(facts.origin.scope):
            faults = []  # its place in the scope, which only a waiver covers, stops it instead
        if evidence is not None:
            faults = list(against_evidence(facts, proof, evidence))
            if not faults:
                for_it.append(reason(Code.proof_passed, proof=proof, detail=f"{len(evidence.checks)} checks, {evidence.profile}"))
        against += faults
    for entry, covered in scope(facts):
        (for_it if covered else against).append(entry)
    return _answer(facts, against, for_it)


def _answer(facts: GateFacts, against: list[Reason], for_it: list[Reason]) -> GateAnswer:
    against = _once(against)
    named = facts.override is not None and bool(facts.override.by.strip()) and bool(facts.override.reason.strip())
    overridden = [entry for entry in against if named and Code(entry.code) in OVERRIDABLE]
    held_by = [entry for entry in against if entry not in overridden]
    decision = Decision.hold if held_by else Decision.promote
    allowed_by = [*for_it, *_standing(facts)] if decision is Decision.promote else for_it
    return GateAnswer(decision, tuple(held_by), tuple(_once(allowed_by)), tuple(overridden))


def _standing(facts: GateFacts) -> list[Reason]:
    """What else a promotion is allowed by."""
    cloud = facts.cloud.name
    found = [
        reason(Code.subject_equal, rendered=facts.origin.rendered[cloud][:12], cloud=cloud),
        reason(Code.origin_unchanged, tag=facts.release.tag, count=len(facts.images.images)),
    ]
    by = approvals(facts).by
    return [*found, *([reason(Code.approved, by=", ".join(by))] if by else []), *_time(facts)]


def _time(facts: GateFacts) -> list[Reason]:
    stopped = any(entry.code in {Code.frozen, Code.outside_window} for entry in against_people(facts))
    return [] if stopped else [reason(Code.time_allowed, cloud=facts.cloud.name)]


def _once(reasons: list[Reason]) -> list[Reason]:
    return list(dict.fromkeys(reasons))


def passed_evidence(facts: GateFacts) -> dict[Proof, Evidence]:
    """The evidence that a trusted key signed, by proof: what the release record keeps."""
    found = {proof: signed_evidence(facts, proof)[0] for proof in Proof}
    return {proof: evidence for proof, evidence in found.items() if evidence is not None}
