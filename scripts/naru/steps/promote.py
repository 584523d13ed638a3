"""Promotes one release to one cloud: read → gate → copy images → commit by compare-and-swap → roll out → read back, or go back.

Everything is read anew from Git, registries and the cluster, so a run that died is gone on with by the same command,
in the same release folder or an empty one. The branch is never rebased: what was not proven on top of what runs now
is not promoted.
"""

from __future__ import annotations

from dataclasses import replace

from naru.core.gate import GateAnswer, judge_gate
from naru.errors import Conflict, Judged, Missing, OutsideDown
from naru.model.words import Decision, RollbackPolicy, Verdict
from naru.steps.cloud_branch import read_tip
from naru.steps.gate_reading import PromotePorts, PromoteRequest, Reading, read_for_gate
from naru.steps.go_back import WentBack, follow, go_back, hold_bad, roll_out
from naru.steps.promote_commit import commit_release, copy_images
from naru.steps.promote_resume import runs_already, went_back_before
from naru.steps.promote_words import (
    HELD,
    PROMOTED,
    STUCK,
    UNREACHABLE,
    Promoted,
    back_ports,
    backed,
    base_of,
    decision_of,
    held_sentence,
    is_on_branch,
    wanted_of,
    wrong_live,
)
from naru.steps.promotion_ports import RolloutSeen


def promote_cloud(ports: PromotePorts, request: PromoteRequest) -> Promoted:
    """One cloud; the outcome also stands in promotion/CLOUD.json. Raises OutsideDown where nothing could be decided."""
    ports.config.fetch()
    ports.source.fetch()
    reading = read_for_gate(ports, request)
    done = went_back_before(ports, reading) or runs_already(ports, reading)
    if done is None:
        done = _promote(ports, request, reading)
    ports.folder.write(done.promotion, f"promotion/{request.cloud.name}.json")
    return done


def plan_cloud(ports: PromotePorts, request: PromoteRequest) -> dict[str, object]:
    """What promote_cloud would do, as plain values; touches nothing but the private copies."""
    ports.config.fetch()
    ports.source.fetch()
    reading = read_for_gate(ports, request)
    answer = judge_gate(reading.facts)
    held = answer.decision is Decision.hold
    there = is_on_branch(reading)
    return {
        "cloud": request.cloud.name, "version": reading.facts.release.version, "decision": answer.decision.value,
        "reasons": [entry.plain() for entry in answer.reasons], "overridden": [entry.plain() for entry in answer.overridden],
        "copies": [] if held else [image.name for image in reading.facts.images.images if not ports.cloud_images.has(image)],
        "branch": f"cloud/{request.cloud.name}", "from": reading.tip.version, "commits": 0 if held or there else 1,
        "rendered_sha256": reading.rendered.rendered_sha256 if reading.rendered else None,
    }


def _promote(ports: PromotePorts, request: PromoteRequest, reading: Reading) -> Promoted:
    answer = judge_gate(reading.facts)
    if answer.decision is Decision.hold:
        return Promoted(decision_of(reading, answer, request, HELD, held_sentence(reading, answer)), changed=False)
    copy_images(ports, reading)
    tip = commit_release(ports, request, reading, answer)
    return _run(ports, request, replace(reading, tip=tip), answer)


def _run(ports: PromotePorts, request: PromoteRequest, reading: Reading, answer: GateAnswer) -> Promoted:
    """Roll out and read back; whatever is not a pass goes back."""
    cloud, facts = request.cloud.name, reading.facts
    refuse_superseded(ports, reading)
    try:
        seen = roll_out(back_ports(ports), cloud, wanted_of(reading))
    except (OutsideDown, Missing) as error:
        # Nothing was learned about the release: it is neither believed nor taken back.
        sentence = f"{cloud}: {error.message} The commit stands; the same command goes on."
        return Promoted(decision_of(reading, answer, request, UNREACHABLE, sentence), changed=True)
    except Judged as error:
        seen = RolloutSeen(Verdict.failed, error.message)
    refuse_superseded(ports, reading)
    wrong = wrong_live(facts, seen)
    if seen.verdict is Verdict.passed and not wrong:
        sentence = f"{cloud} runs {facts.release.version} ({(reading.tip.commit or '')[:12]})."
        done = decision_of(reading, answer, request, PROMOTED, sentence)
        return Promoted(done.model_copy(update={"live": seen.live}), changed=True)
    return broken(ports, reading, wrong or seen.sentence)


def refuse_superseded(ports: PromotePorts, reading: Reading) -> None:
    """Raise Conflict where another run moved the branch meanwhile, after making the cluster run what the branch says.

    Each run looks again after it applied, so that whoever applies last leaves the cluster as the newest commit says.
    """
    ports.config.fetch()
    now, cloud = read_tip(ports.config, reading.facts.cloud.name), reading.facts.cloud.name
    if now.commit == reading.tip.commit or now.record is None:
        return
    follow(back_ports(ports), now)
    raise Conflict(f"{cloud} runs {now.version or 'nothing'} now, committed by another run while {reading.facts.release.version} "
                   "rolled out.", found=now.commit, hint="./naru status shows what runs.")


def broken(ports: PromotePorts, reading: Reading, because: str) -> Promoted:
    """Go back, if the release may go back by itself; hold it in any case."""
    facts, cloud, policy = reading.facts, reading.facts.cloud.name, reading.facts.release.rollback
    ports.progress.line(f"{cloud}: {because}")
    if policy is RollbackPolicy.auto:
        try:
            back = go_back(back_ports(ports), reading.tip, facts.state, because=because, by="naru")
        except Judged as error:
            back = WentBack(reading.tip.commit or "", facts.release.version, stuck=error.message)
        return backed(facts, reading.tip, back, because)
    hold_bad(back_ports(ports), reading.tip, because)
    hint = f"./naru rollback {cloud}" if policy is RollbackPolicy.manual else "mend it forward with a new release"
    sentence = f"{cloud} is stuck on {facts.release.version}: {because} Its rollback is {policy}: {hint}."
    return Promoted(base_of(facts).model_copy(update={
        "decision": Decision.promote, "commit": reading.tip.commit, "outcome": STUCK, "sentence": sentence}), changed=True)
