"""Signed evidence: only what a trusted key signed, unchanged to the byte, is read."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from naru.core.attestation import (
    key_id,
    public_pem_of,
    sign_evidence,
    sign_payload,
    statement_of,
    verify_evidence,
    verify_payload,
)
from naru.errors import Judged, Missing
from naru.model.evidence import Check, Evidence, Subject
from naru.model.record import canonical_bytes
from naru.model.words import Profile, Proof, Verdict


def key():
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


OURS, THEIRS = key(), key()
EVIDENCE = Evidence(
    proof=Proof.rollout, cloud="naver", profile=Profile.fast, limits={"deadline_seconds": 180.0}, verdict=Verdict.failed,
    subject=Subject(product="khan-monitoring", version="8.9-1", commit="a" * 40, images={"egov": "sha256:" + "b" * 64},
                    rendered={"naver": "c" * 64}, applied={"naver": "c" * 64}),
    checks=(Check(name="rule-01", verdict=Verdict.failed, sentence="No.", sentence_ko="아니요."),),
)


def verify(envelope, *keys):
    return verify_evidence(envelope, [public_pem_of(k) for k in keys or (OURS,)], where="x.dsse.json")


def test_signed_evidence_comes_back_equal():
    assert verify(sign_evidence(EVIDENCE, OURS)) == EVIDENCE


def test_the_same_evidence_and_key_sign_to_the_same_bytes():
    assert sign_evidence(EVIDENCE, OURS) == sign_evidence(EVIDENCE, OURS)


def test_one_of_several_trusted_keys_is_enough():
    assert verify(sign_evidence(EVIDENCE, OURS), THEIRS, OURS) == EVIDENCE


def test_evidence_of_another_key_is_refused():
    with pytest.raises(Judged, match="no valid signature"):
        verify(sign_evidence(EVIDENCE, THEIRS))


def test_no_trusted_key_at_all_trusts_nothing():
    with pytest.raises(Judged):
        verify_evidence(sign_evidence(EVIDENCE, OURS), [], where="x")


def forged(change):
    envelope = json.loads(sign_evidence(EVIDENCE, OURS))
    statement = json.loads(base64.b64decode(envelope["payload"]))
    change(statement)
    envelope["payload"] = base64.b64encode(canonical_bytes(statement)).decode()
    return json.dumps(envelope).encode()


@pytest.mark.parametrize("change", [
    lambda s: s["predicate"].update(verdict="passed"), lambda s: s["subject"].clear(), lambda s: s["predicate"]["limits"].update(deadline_seconds=1),
])
def test_an_edited_statement_is_refused(change):
    with pytest.raises(Judged):
        verify(forged(change))


def test_a_payload_cannot_be_passed_off_as_another_type():
    envelope = json.loads(sign_payload("application/x-hold", b"{}", OURS))
    envelope["payloadType"] = "application/vnd.in-toto+json"
    with pytest.raises(Judged):
        verify_payload(json.dumps(envelope).encode(), [public_pem_of(OURS)], where="x")


def test_subjects_that_are_not_the_evidences_own_are_refused_even_if_signed():
    statement = {**statement_of(EVIDENCE), "subject": []}
    envelope = sign_payload("application/vnd.in-toto+json", canonical_bytes(statement), OURS)
    with pytest.raises(Missing, match="other subjects"):
        verify(envelope)


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b'{"payload": "!", "payloadType": "x", "signatures": []}', b'{"payload": 1}', b"\xff"])
def test_what_is_no_envelope_says_so(text):
    with pytest.raises(Missing, match="not a DSSE envelope"):
        verify(text)


@pytest.mark.parametrize("pem", [b"", b"no key", public_pem_of(OURS)])
def test_a_key_that_is_none_is_named(pem):
    with pytest.raises(Missing, match="signing key"):
        sign_evidence(EVIDENCE, pem)


def test_a_key_is_named_by_the_hash_of_its_public_half():
    assert key_id(public_pem_of(OURS)) == json.loads(sign_evidence(EVIDENCE, OURS))["signatures"][0]["keyid"]
