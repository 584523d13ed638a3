"""How a promotion's outcome is written down, and the small questions that several of its modules ask."""

from __future__ import annotations

from dataclasses import dataclass

from naru.core.gate import GateAnswer
from naru.core.gate_facts import GateFacts
from naru.model.promotion import Promotion
from naru.model.words import Decision
from naru.steps.cloud_branch import Tip
from naru.steps.gate_reading import PromotePorts, PromoteRequest, Reading
from naru.steps.go_back import BackPorts, WentBack
from naru.steps.promotion_ports import RolloutSeen, Wanted

PROMOTED, HELD, BACK, STUCK, UNREACHABLE = "promoted", "held", "rolled back", "stuck", "unreachable"


@dataclass(frozen=True)
class Promoted:
    """What came of it, and whether anything outside changed."""

    promotion: Promotion
    changed: bool


def is_on_branch(reading: Reading) -> bool:
    """True where the branch holds this release with these very bytes."""
    record, rendered = reading.tip.record, reading.rendered
    return (
        record is not None and record.version == reading.facts.release.version
        and rendered is not None and record.rendered_sha256 == rendered.rendered_sha256
    )


def backed(facts: GateFacts, bad: Tip, back: WentBack, because: str) -> Promoted:
    """Gone back, or stuck on the way."""
    cloud = facts.cloud.name
    outcome = STUCK if back.stuck else BACK
    sentence = f"{cloud} went back from {facts.release.version} to {back.version or 'nothing'}: {because}"
    if back.stuck:
        sentence = f"{cloud} is stuck between {facts.release.version} and {back.version or 'nothing'}: {back.stuck}"
    return Promoted(base_of(facts).model_copy(update={
        "decision": Decision.promote, "commit": bad.commit, "rolled_back_to": back.commit or None, "outcome": outcome,
        "sentence": sentence}), changed=True)


def base_of(facts: GateFacts) -> Promotion:
    """What every outcome says."""
    return Promotion(cloud=facts.cloud.name, version=facts.release.version, decision=Decision.hold, reasons=(),
                     candidate_commit=facts.overlays.candidate_commit, cluster_uid=facts.target.uid or "")


def decision_of(reading: Reading, answer: GateAnswer, request: PromoteRequest, outcome: str, sentence: str) -> Promotion:
    """The gate's answer as it is kept."""
    facts, override = reading.facts, request.override
    used = override if answer.overridden else None
    return base_of(facts).model_copy(update={
        "decision": answer.decision, "reasons": answer.reasons, "allowed_by": answer.allowed_by, "overridden": answer.overridden,
        "override_by": used.by if used else "", "override_reason": used.reason if used else "",
        "rendered_sha256": reading.rendered.rendered_sha256 if reading.rendered else None,
        "commit": reading.tip.commit if is_on_branch(reading) else None, "outcome": outcome, "sentence": sentence,
    })


def held_sentence(reading: Reading, answer: GateAnswer) -> str:
    """All reasons in one sentence."""
    reasons = "; ".join(entry.sentence.rstrip(".") for entry in answer.held_by)
    return f"{reading.facts.cloud.name}: {reading.facts.release.version} is held: {reasons}."


def wanted_of(reading: Reading) -> Wanted:
    """What the cloud is to run."""
    assert reading.rendered is not None
    facts = reading.facts
    return Wanted(facts.release.version, reading.rendered.rendered, {image.name: image.digest for image in facts.images.images})


def wrong_live(facts: GateFacts, seen: RolloutSeen) -> str:
    """Live digests read back: every pod's image must be one of this release."""
    known = {image.digest for image in facts.images.images} | {image.config_digest for image in facts.images.images}
    wrong = [entry for entry in seen.live if entry.digest not in known]
    return "" if not wrong else f"{wrong[0].workload} runs {wrong[0].digest[:19]}, which is not of this release."


def back_ports(ports: PromotePorts) -> BackPorts:
    """The part of the outside that going back needs."""
    return BackPorts(ports.config, ports.target, ports.clock, ports.effects, ports.progress)
