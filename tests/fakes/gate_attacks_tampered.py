"""Evidence that was edited, cut, emptied, removed, or signed by somebody else."""

import dataclasses
import json

from fakes.gate_attacks import Attacks, envelope_with, part, swap
from fakes.proven import evidence, files, key, raw_bytes
from naru.core.attestation import sign_payload
from naru.core.gate_facts import EvidenceFiles
from naru.model.words import Proof, Verdict

ROLLOUT, SCALING, FAILOVER = Proof.rollout, Proof.scaling, Proof.failover
attack = ATTACKS = Attacks()


@attack("evidence-edited")
def document_edited_beside_its_signature(good):
    text = good.evidence[ROLLOUT].document.replace(b"It was so.", b"It was better.")
    return part(good, ROLLOUT, document=text)


@attack("evidence-edited")
def failed_document_whose_verdict_was_edited(good):
    item = evidence(verdict=Verdict.failed)
    tampered = files(item).document.replace(b'"failed"', b'"passed"')
    return dataclasses.replace(good, evidence={**good.evidence, ROLLOUT: EvidenceFiles(tampered, files(item).envelope, files(item).raw)})


@attack("signature-wrong")
def signed_text_edited(good):
    return envelope_with(good, ROLLOUT, lambda statement: statement["predicate"]["summary"].update({"rto_seconds": 0.1}))


@attack("signature-wrong")
def signed_again_with_another_key(good):
    return swap(good, ROLLOUT, evidence(), signer="thief")


@attack("signature-wrong")
def signature_of_another_file_put_on(good):
    plain = json.loads(good.evidence[ROLLOUT].envelope)
    plain["signatures"] = json.loads(good.evidence[SCALING].envelope)["signatures"]
    return part(good, ROLLOUT, envelope=json.dumps(plain).encode())


@attack("signature-wrong")
def signatures_taken_off(good):
    plain = json.loads(good.evidence[ROLLOUT].envelope)
    return part(good, ROLLOUT, envelope=json.dumps({**plain, "signatures": []}).encode())


@attack("signature-wrong")
def key_of_the_candidate_instead_of_the_installed_one(good):
    return swap(good, ROLLOUT, evidence(), signer="candidate")


@attack("evidence-unreadable")
def approval_in_place_of_evidence(good):
    """A trusted key signed it, but as something else."""
    return part(good, ROLLOUT, envelope=sign_payload("application/vnd.naru.state+json", b"{}", key("robot")))


@attack("evidence-unsigned")
def envelope_removed(good):
    return part(good, ROLLOUT, envelope=None)


@attack("evidence-unreadable")
def envelope_emptied(good):
    return part(good, ROLLOUT, envelope=b"")


@attack("evidence-empty")
def document_emptied(good):
    return part(good, ROLLOUT, document=b"")


@attack("evidence-unreadable")
def document_cut_in_the_middle(good):
    return part(good, ROLLOUT, document=good.evidence[ROLLOUT].document[:200])


@attack("evidence-missing")
def evidence_removed(good):
    return dataclasses.replace(good, evidence={**good.evidence, FAILOVER: EvidenceFiles(None, None)})


@attack("evidence-empty")
def evidence_without_checks(good):
    return swap(good, ROLLOUT, evidence().model_copy(update={"checks": ()}))


@attack("evidence-empty")
def evidence_without_raw_samples(good):
    return swap(good, ROLLOUT, evidence().model_copy(update={"raw": ()}))


@attack("raw-missing")
def raw_samples_removed(good):
    return part(good, ROLLOUT, raw={})


@attack("raw-edited")
def raw_samples_edited(good):
    return part(good, ROLLOUT, raw={path: data[:-1] + b"x" for path, data in good.evidence[ROLLOUT].raw.items()})


@attack("raw-edited")
def raw_samples_cut(good):
    return part(good, ROLLOUT, raw={path: data[:-1] for path, data in good.evidence[ROLLOUT].raw.items()})


@attack("rejudged-differently")
def signed_verdict_that_its_own_samples_do_not_bear_out(good):
    """Whoever holds the key still cannot call failed samples a pass."""
    bad = raw_bytes("failed")
    return swap(good, ROLLOUT, evidence(raw=bad), raw=bad)


@attack("proof-failed", "rejudged-differently")
def signed_failure_over_passing_samples(good):
    return swap(good, ROLLOUT, evidence(verdict=Verdict.failed))


@attack("proof-inconclusive")
def inconclusive_proof_taken_for_a_pass(good):
    unsure = raw_bytes("inconclusive")
    return swap(good, ROLLOUT, evidence(raw=unsure, verdict=Verdict.inconclusive), raw=unsure)
