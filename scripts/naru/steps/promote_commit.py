"""Images into the cloud's registry, then one commit on the cloud's branch: by digest, create-only, by compare-and-swap."""

from __future__ import annotations

from dataclasses import replace

from naru.core.gate import GateAnswer, passed_evidence
from naru.core.release_record import ReleaseRecord, cloud_record, promote_message, record_files
from naru.errors import Conflict, Judged, OutsideDown
from naru.model.release import Image
from naru.steps.cloud_branch import Tip, move, read_tip
from naru.steps.gate_reading import PromotePorts, PromoteRequest, Reading
from naru.steps.promote_words import decision_of, is_on_branch

TRIES = 3
"""Bound of the pushes where the branch moved without changing what runs."""


def copy_images(ports: PromotePorts, reading: Reading) -> None:
    """Each image by digest into the cloud's registry, read back; a tag that holds another digest is never re-pointed."""
    for image in reading.facts.images.images:
        there = ports.cloud_images.digest_of(image)
        if there == image.digest:
            continue
        if there is not None:
            raise Judged(f"The tag {image.tag} of {image.repository} in the registry of {reading.facts.cloud.name} holds {there[:19]}, "
                         f"not {image.digest[:19]}.", hint="A tag is never re-pointed: release under a new version.")
        _copy(ports, reading, image)


def _copy(ports: PromotePorts, reading: Reading, image: Image) -> None:
    cloud = reading.facts.cloud.name
    ports.progress.line(f"{cloud}: copying {image.name} {image.digest[:19]}")
    ports.effects.perform("copy-image", f"{cloud} {image.repository}@{image.digest}", lambda: ports.cloud_images.copy_image(image))
    back = ports.cloud_images.digest_of(image)
    if back != image.digest:
        raise Judged(f"The registry of {cloud} answers {(back or 'nothing')[:19]} for {image.repository}, not {image.digest[:19]}.",
                     hint="Do not trust this registry; nothing was promoted.")


def commit_release(ports: PromotePorts, request: PromoteRequest, reading: Reading, answer: GateAnswer) -> Tip:
    """The branch's new tip. Where another run was first with the same release, theirs; with another one, Conflict."""
    if is_on_branch(reading):
        return reading.tip
    tip = reading.tip
    for _ in range(TRIES):
        commit = _write(ports, request, replace(reading, tip=tip), answer)
        try:
            move(ports.config, ports.effects, request.cloud.name, commit, tip.commit)
        except Conflict:
            tip = _after_conflict(ports, request, reading)
            if is_on_branch(replace(reading, tip=tip)):
                return tip
            continue
        ports.config.fetch()
        return read_tip(ports.config, request.cloud.name)
    raise OutsideDown(f"cloud/{request.cloud.name} moved {TRIES} times under the push.", hint="Try again.")


def _after_conflict(ports: PromotePorts, request: PromoteRequest, reading: Reading) -> Tip:
    """Look again: only a branch that still runs what the proof was made on top of may be tried again."""
    ports.config.fetch()
    tip, cloud = read_tip(ports.config, request.cloud.name), request.cloud.name
    now = replace(reading, tip=tip)
    if is_on_branch(now):
        ports.progress.line(f"{cloud}: another run promoted the same release first ({(tip.commit or '')[:12]}).")
        return tip
    if tip.version != reading.tip.version:
        raise Conflict(
            f"{cloud} runs {tip.version or 'nothing'} now, promoted by another run; this release was proven on top of "
            f"{reading.tip.version or 'nothing'}.", found=tip.commit, hint="Verify it again, then promote.")
    candidate = reading.facts.overlays.candidate_commit
    again = ports.renderer.render(candidate, request.clouds).get(cloud)
    if again is None or reading.rendered is None or again.rendered_sha256 != reading.rendered.rendered_sha256:
        raise Judged(f"The overlay of {cloud} renders to other bytes now; the proof does not hold any more.", hint="Verify again.")
    return tip


def _write(ports: PromotePorts, request: PromoteRequest, reading: Reading, answer: GateAnswer) -> str:
    """The commit object: the candidate's tree, cloud.json and the release record; one parent, the branch's tip."""
    assert reading.rendered is not None
    facts = reading.facts
    moment = ports.clock.now().replace(microsecond=0)
    passed = passed_evidence(facts)
    record = ReleaseRecord(
        release=facts.release, images=facts.images, overlays=facts.overlays, rendered=reading.rendered.rendered,
        promotion=decision_of(reading, answer, request, "", ""), evidence=passed,
        documents={proof: reading.evidence[proof].document or b"" for proof in passed},
        envelopes={proof: reading.evidence[proof].envelope or b"" for proof in passed},
    )
    kept = cloud_record(record, at=moment.isoformat(), by=request.by)
    parents = (reading.tip.commit,) if reading.tip.commit else ()
    return ports.config.write_commit(
        parents, dict(record_files(record, kept)), promote_message(kept, record.promotion), when=int(moment.timestamp()),
        tree_of=facts.overlays.candidate_commit,
    )
