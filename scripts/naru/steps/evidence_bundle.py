"""Reads what the proofs left in a release folder: evidence, its signature, its raw files by checksum."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Protocol

from naru.core.attestation import verify_evidence
from naru.errors import Judged, Missing
from naru.model.evidence import Evidence
from naru.model.logs import ContainerLog
from naru.model.samples import Sample
from naru.model.words import Proof
from naru.steps.evidence_writing import envelope_name, evidence_name
from naru.steps.ports import Folder
from naru.steps.rejudge_rollout import unpacked


class BundleFolder(Folder, Protocol):
    """A release folder that can list its evidence."""

    def names(self, pattern: str) -> list[str]: ...


def all_evidence(folder: BundleFolder, *, cloud: str = "", proof: str = "") -> list[Evidence]:
    """Every proof's evidence, or those of one cloud or proof; raises Missing where there is none."""
    names = [name for name in folder.names("evidence/*.json") if not name.endswith(".dsse.json")]
    found = [folder.read(Evidence, name) for name in sorted(names)]
    chosen = [e for e in found if cloud in {"", e.cloud} and proof in {"", str(e.proof)}]
    if not chosen:
        raise Missing("There is no such evidence in this folder.", hint="Run a verify stage, or look at ./naru evidence show WORK.")
    return chosen


def raw_of(folder: Folder, evidence: Evidence) -> dict[str, bytes]:
    """Path → bytes of each raw file; raises Judged where one was changed, Missing where it is gone."""
    found = {}
    for entry in evidence.raw:
        data = folder.read_raw(entry.path)
        if hashlib.sha256(data).hexdigest() != entry.sha256:
            raise Judged(f"{entry.path} is not the file that was recorded: its checksum differs.")
        found[entry.path] = data
    return found


def signed_by(folder: Folder, evidence: Evidence, keys: Sequence[bytes]) -> bool:
    """True if a trusted key signed exactly this evidence."""
    name = envelope_name(evidence.proof, evidence.cloud)
    try:
        return verify_evidence(folder.read_raw(name), keys, where=name) == evidence
    except (Judged, Missing):
        return False


def samples_of(raw: dict[str, bytes]) -> list[Sample]:
    """The watch's samples."""
    return [Sample.from_plain(json.loads(line)) for line in _lines(raw, "samples.jsonl.gz")]


def logs_of(raw: dict[str, bytes]) -> list[ContainerLog]:
    """The logs of every container incarnation."""
    return [ContainerLog.model_validate_json(line) for line in _lines(raw, "logs.jsonl.gz")]


def evidence_path(evidence: Evidence) -> str:
    """Where the evidence stands in the folder."""
    return evidence_name(Proof(evidence.proof), evidence.cloud)


def _lines(raw: dict[str, bytes], name: str) -> list[bytes]:
    files = unpacked({path: data for path, data in raw.items() if path.endswith(name)})
    return [line for data in files.values() for line in data.splitlines() if line]
