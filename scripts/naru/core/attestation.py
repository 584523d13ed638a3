"""Signed evidence: an in-toto statement in a DSSE envelope, ed25519.

Pure functions of bytes: the keys are read elsewhere. What is signed is the payload with its type (DSSE's
pre-authentication encoding), so that neither can be swapped; the payload is the canonical JSON of the statement.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from naru.errors import Judged, Missing
from naru.model.evidence import Evidence
from naru.model.record import canonical_bytes

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:naru:evidence:v1"
PAYLOAD = "application/vnd.in-toto+json"


def statement_of(evidence: Evidence) -> dict[str, Any]:
    """The in-toto statement: subjects are the images by digest and each cloud's rendered bytes."""
    subject = [{"name": name, "digest": {"sha256": digest.removeprefix("sha256:")}}
               for name, digest in sorted(evidence.subject.images.items())]
    subject += [{"name": f"rendered/{cloud}.yaml", "digest": {"sha256": sha}}
                for cloud, sha in sorted(evidence.subject.rendered.items())]
    return {"_type": STATEMENT, "subject": subject, "predicateType": PREDICATE, "predicate": evidence.plain()}


def sign_evidence(evidence: Evidence, private_pem: bytes) -> bytes:
    """The DSSE envelope as JSON text; the same evidence and key give the same bytes."""
    return sign_payload(PAYLOAD, canonical_bytes(statement_of(evidence)), private_pem)


def sign_payload(payload_type: str, payload: bytes, private_pem: bytes) -> bytes:
    """A DSSE envelope around any payload (holds, approvals and waivers are signed the same way)."""
    key = _private(private_pem)
    signature = key.sign(pre_authentication(payload_type, payload))
    envelope = {
        "payloadType": payload_type,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": _key_id(key.public_key()), "sig": base64.b64encode(signature).decode()}],
    }
    return json.dumps(envelope, indent=2).encode() + b"\n"


def verify_payload(envelope: bytes, public_pems: Sequence[bytes], *, where: str) -> tuple[str, bytes]:
    """(payload type, payload) where one of the keys signed it; raises Missing if malformed, Judged if not signed by one."""
    payload_type, payload, signatures = _parse(envelope, where)
    message = pre_authentication(payload_type, payload)
    for pem in public_pems:
        key = _public(pem)
        if any(_fits(key, signature, message) for signature in signatures):
            return payload_type, payload
    raise Judged(f"{where} bears no valid signature of a trusted key.",
                 hint="It was edited, forged or signed elsewhere; verify again.")


def verify_evidence(envelope: bytes, public_pems: Sequence[bytes], *, where: str) -> Evidence:
    """The evidence that a trusted key signed; raises Missing or Judged as verify_payload does."""
    payload_type, payload = verify_payload(envelope, public_pems, where=where)
    try:
        statement = json.loads(payload)
        fits = payload_type == PAYLOAD and statement["_type"] == STATEMENT and statement["predicateType"] == PREDICATE
        predicate = json.dumps(statement["predicate"])
    except (ValueError, KeyError, TypeError):
        fits, predicate = False, ""
    if not fits:
        raise Missing(f"{where} holds no evidence of naru.")
    evidence = Evidence.from_json(predicate, where=where)
    if canonical_bytes(statement_of(evidence)) != payload:
        raise Missing(f"{where} names other subjects than its evidence.")
    return evidence


def pre_authentication(payload_type: str, payload: bytes) -> bytes:
    """DSSE's PAE: the bytes that are signed."""
    kind = payload_type.encode()
    return b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])


def public_pem_of(private_pem: bytes) -> bytes:
    """The public key of a private one, as PEM text."""
    return _private(private_pem).public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def key_id(public_pem: bytes) -> str:
    """sha256 of the public key's DER: how envelopes and reports name a key."""
    return _key_id(_public(public_pem))


def _key_id(key: Ed25519PublicKey) -> str:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _parse(envelope: bytes, where: str) -> tuple[str, bytes, list[bytes]]:
    try:
        plain = json.loads(envelope)
        payload = base64.b64decode(plain["payload"], validate=True)
        signatures = [base64.b64decode(entry["sig"], validate=True) for entry in plain["signatures"]]
        return str(plain["payloadType"]), payload, signatures
    except (ValueError, KeyError, TypeError):
        raise Missing(f"{where} is not a DSSE envelope.") from None


def _fits(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _private(pem: bytes) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Missing("The signing key is not an ed25519 private key in PEM form without passphrase.")
    return key


def _public(pem: bytes) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(pem)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Missing("A trusted key is not an ed25519 public key in PEM form.")
    return key
