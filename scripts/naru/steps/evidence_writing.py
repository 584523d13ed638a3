"""Writes one proof's evidence: the document, its signature beside it, raw files by hash.

Evidence is written after judging and never changed; what is signed includes times, host, profile and limits.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from naru.core.attestation import sign_evidence
from naru.model.evidence import Evidence, RawFile
from naru.model.words import Proof
from naru.steps.ports import Folder


def evidence_name(proof: Proof, cloud: str) -> str:
    """`evidence/CLOUD.PROOF.json`, for fail-over `evidence/failover.json`."""
    return "evidence/failover.json" if proof is Proof.failover else f"evidence/{cloud}.{proof}.json"


def envelope_name(proof: Proof, cloud: str) -> str:
    """The signed form beside the evidence."""
    return evidence_name(proof, cloud).removesuffix(".json") + ".dsse.json"


def raw_folder(proof: Proof, cloud: str) -> str:
    """Folder of the raw samples, relative to the release folder."""
    return evidence_name(proof, cloud).removesuffix(".json")


def write_raw_file(folder: Folder, name: str, data: bytes) -> RawFile:
    """Write a raw file and say what it is by hash; a name that ends with .gz is compressed, the same each time."""
    if name.endswith(".gz"):
        data = gzip.compress(data, compresslevel=6, mtime=0)
    folder.write_raw(name, data)
    return RawFile(path=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def json_lines(rows: Iterable[dict[str, Any]]) -> bytes:
    """Plain values, one a line."""
    return b"".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for row in rows)


def write_evidence(folder: Folder, evidence: Evidence, private_pem: bytes) -> str:
    """Write document and envelope; returns the document's name in the release folder."""
    name = evidence_name(evidence.proof, evidence.cloud)
    envelope = sign_evidence(evidence, private_pem)
    folder.write_raw(name, evidence.model_dump_json(indent=2, exclude_none=True).encode() + b"\n")
    folder.write_raw(envelope_name(evidence.proof, evidence.cloud), envelope)
    return name
