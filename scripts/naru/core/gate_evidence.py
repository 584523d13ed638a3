"""The gate's questions to one proof: is it signed, whole, of this very release and cloud, fresh, and does it judge the same again?

What is not signed by a trusted key is not looked at any further: its raw samples may be anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from naru.core.attestation import verify_evidence
from naru.core.gate_facts import SKEW, EvidenceFiles, GateFacts
from naru.core.gate_words import Code, reason
from naru.core.windows import moment
from naru.errors import Judged, NaruError
from naru.model.evidence import Evidence
from naru.model.promotion import Reason
from naru.model.record import Document
from naru.model.words import Proof, Verdict


def signed_evidence(facts: GateFacts, proof: Proof) -> tuple[Evidence | None, list[Reason]]:
    """(what a trusted key signed, reasons against); None where there is nothing to trust."""
    files = facts.evidence.get(proof, EvidenceFiles(None, None))
    if files.document is None and files.envelope is None:
        return None, [reason(Code.evidence_missing, proof=proof)]
    if files.document is None or not files.document.strip():
        return None, [reason(Code.evidence_empty, proof=proof)]
    if files.envelope is None:
        return None, [reason(Code.evidence_unsigned, proof=proof)]
    try:
        signed = verify_evidence(files.envelope, facts.trusted_keys, where=f"the {proof} evidence")
    except Judged as error:
        return None, [reason(Code.signature_wrong, proof=proof, detail=error.message)]
    except NaruError as error:
        return None, [reason(Code.evidence_unreadable, proof=proof, detail=error.message)]
    return _same_as_signed(signed, files.document, proof)


def _same_as_signed(signed: Evidence, document: bytes, proof: Proof) -> tuple[Evidence | None, list[Reason]]:
    try:
        shown = Evidence.from_json(document, where=f"the {proof} evidence")
    except NaruError as error:
        return None, [reason(Code.evidence_unreadable, proof=proof, detail=error.message)]
    if shown.plain() != signed.plain():
        return None, [reason(Code.evidence_edited, proof=proof)]
    return signed, []


def against_evidence(facts: GateFacts, proof: Proof, evidence: Evidence) -> Iterator[Reason]:
    """Every reason why this signed evidence does not allow this release on this cloud."""
    yield from _identity(facts, proof, evidence)
    yield from _subject(facts, proof, evidence)
    yield from _limits(facts, proof, evidence)
    yield from _age(facts, proof, evidence)
    raw_faults = list(_raw(facts, proof, evidence))
    yield from raw_faults
    yield from _verdict(facts, proof, evidence, judge_again=not raw_faults)


def _identity(facts: GateFacts, proof: Proof, evidence: Evidence) -> Iterator[Reason]:
    expected = "all" if proof is Proof.failover else facts.cloud.name
    if evidence.proof is not proof:
        yield reason(Code.evidence_other_proof, proof=proof, other=evidence.proof)
    if evidence.cloud != expected:
        yield reason(Code.evidence_other_cloud, proof=proof, other=evidence.cloud, cloud=expected)


def _subject(facts: GateFacts, proof: Proof, evidence: Evidence) -> Iterator[Reason]:
    subject = evidence.subject
    if subject.product != facts.release.product:
        yield reason(Code.evidence_other_product, proof=proof, other=subject.product)
    if subject.version != facts.release.version:
        yield reason(Code.evidence_other_version, proof=proof, other=subject.version, version=facts.release.version)
    if subject.commit != facts.release.commit:
        yield reason(Code.evidence_other_commit, proof=proof, other=subject.commit[:12])
    digests = {image.name: image.digest for image in facts.images.images}
    if dict(subject.images) != digests:
        yield reason(Code.evidence_other_images, proof=proof, detail=_difference(subject.images, digests))
    yield from _bytes(facts, proof, evidence)


def _bytes(facts: GateFacts, proof: Proof, evidence: Evidence) -> Iterator[Reason]:
    """Fail-over is proven on all clouds together: a changed overlay of any of them undoes it."""
    clouds = facts.product.clouds if proof is Proof.failover else (facts.cloud.name,)
    for cloud in clouds:
        rendered, applied = evidence.subject.rendered.get(cloud), evidence.subject.applied.get(cloud)
        if rendered is None or rendered != facts.origin.rendered.get(cloud):
            yield reason(Code.evidence_other_render, proof=proof, other=f"{cloud} {(rendered or 'none')[:12]}")
        if applied is None or applied != facts.origin.applied.get(cloud):
            yield reason(Code.evidence_other_applied, proof=proof, other=f"{cloud} {(applied or 'none')[:12]}")


def _limits(facts: GateFacts, proof: Proof, evidence: Evidence) -> Iterator[Reason]:
    wrong = list(lacking(facts.limits.get(proof, {}), evidence.limits))
    if wrong:
        yield reason(Code.evidence_other_limits, proof=proof, detail="; ".join(wrong))


def lacking(expected: Mapping[str, Any], found: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Each expected limit that `found` does not hold equally; what `found` holds besides is the judge's own."""
    for name, value in expected.items():
        there = found.get(name)
        if isinstance(value, Mapping) and isinstance(there, Mapping):
            yield from lacking(value, there, f"{path}{name}.")
        elif there != value or isinstance(there, bool) != isinstance(value, bool):
            yield f"{path}{name} is {there}, cloud.yaml says {value}"


def _age(facts: GateFacts, proof: Proof, evidence: Evidence) -> Iterator[Reason]:
    try:
        finished = _finished(evidence, proof)
    except NaruError as error:
        yield reason(Code.evidence_unreadable, proof=proof, detail=error.message)
        return
    if finished > facts.at + SKEW:
        yield reason(Code.evidence_from_future, proof=proof, at=finished.isoformat(timespec="seconds"))
    hours = (facts.at - finished).total_seconds() / 3600
    if hours > facts.product.evidence_age_hours:
        yield reason(Code.evidence_expired, proof=proof, age=f"{hours:.1f} h", limit=f"{facts.product.evidence_age_hours:g} h")


def _finished(evidence: Document, proof: Proof) -> datetime:
    return moment(evidence.run.finished if evidence.run else "never", where=f"the {proof} evidence")


def _raw(facts: GateFacts, proof: Proof, evidence: Evidence) -> Iterator[Reason]:
    if not evidence.checks or not evidence.raw:
        yield reason(Code.evidence_empty, proof=proof)
    found = facts.evidence[proof].raw
    for entry in evidence.raw:
        data = found.get(entry.path)
        if data is None:
            yield reason(Code.raw_missing, proof=proof, path=entry.path)
        elif len(data) != entry.size or hashlib.sha256(data).hexdigest() != entry.sha256:
            yield reason(Code.raw_edited, proof=proof, path=entry.path)


def _verdict(facts: GateFacts, proof: Proof, evidence: Evidence, *, judge_again: bool) -> Iterator[Reason]:
    detail = evidence.cause.sentence if evidence.cause else _failed_checks(evidence)
    if evidence.verdict is Verdict.failed:
        yield reason(Code.proof_failed, proof=proof, detail=detail)
    elif evidence.verdict is Verdict.inconclusive:
        yield reason(Code.proof_inconclusive, proof=proof, detail=detail)
    elif not_passed := [check for check in evidence.checks if check.verdict is not Verdict.passed]:
        yield reason(Code.proof_failed, proof=proof, detail=not_passed[0].sentence)
    if judge_again:
        yield from _again(facts, proof, evidence)


def _again(facts: GateFacts, proof: Proof, evidence: Evidence) -> Iterator[Reason]:
    judge = facts.judges.get(proof)
    if judge is None:
        yield reason(Code.rejudged_differently, proof=proof, said=evidence.verdict, found="nothing, for there is no judge")
        return
    raw = {entry.path: facts.evidence[proof].raw[entry.path] for entry in evidence.raw}
    try:
        found = str(judge(evidence, raw))
    except (NaruError, ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, EOFError) as error:
        found = f"nothing ({type(error).__name__})"
    if found != evidence.verdict:
        yield reason(Code.rejudged_differently, proof=proof, said=evidence.verdict, found=found)


def _failed_checks(evidence: Evidence) -> str:
    sentences = [check.sentence for check in evidence.checks if check.verdict is not Verdict.passed]
    return "; ".join(sentences[:3]) or "no check says why."


def _difference(found: Mapping[str, str], expected: Mapping[str, str]) -> str:
    names = sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))
    return ", ".join(names)
