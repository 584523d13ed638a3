"""`./naru why CLOUD`: why was this allowed, by which evidence, under which limits, and what was not proven; from a clone alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from naru.core.attestation import verify_evidence
from naru.errors import NaruError
from naru.model.evidence import Evidence
from naru.model.overlays import Coverage, Overlays
from naru.model.promotion import CloudRecord, KeptProof, Promotion


@dataclass(frozen=True)
class KeptEvidence:
    """One proof of the record, checked again."""

    kept: KeptProof
    evidence: Evidence | None
    trusted: str
    """`signed by a trusted key`, or why it cannot be trusted."""

    def plain(self) -> dict[str, Any]:
        """For `--json`."""
        item = self.evidence
        return {
            **self.kept.plain(), "trusted": self.trusted, "limits": dict(item.limits) if item else {},
            "checks": [check.plain() for check in item.checks] if item else [], "summary": dict(item.summary) if item else {},
        }


@dataclass(frozen=True)
class Why:
    """The whole answer."""

    record: CloudRecord
    commit: str
    promotion: Promotion | None
    overlays: Overlays | None
    evidence: tuple[KeptEvidence, ...]

    def plain(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "cloud": self.record.cloud, "commit": self.commit, "record": self.record.plain(),
            "decision": self.promotion.plain() if self.promotion else None,
            "evidence": [entry.plain() for entry in self.evidence], "not_proven": not_proven(self),
        }


def checked(kept: KeptProof, envelope: bytes | None, keys: Sequence[bytes]) -> KeptEvidence:
    """The kept envelope against its hash and the trusted keys."""
    if envelope is None:
        return KeptEvidence(kept, None, "the signed evidence is not in the record")
    if hashlib.sha256(envelope).hexdigest() != kept.sha256:
        return KeptEvidence(kept, None, "the signed evidence is not the one that the commit names")
    try:
        return KeptEvidence(kept, verify_evidence(envelope, keys, where=kept.evidence), "signed by a trusted key")
    except NaruError as error:
        return KeptEvidence(kept, None, error.message)


def not_proven(why: Why) -> list[str]:
    """Each field class that no stand-in exercised."""
    entry = why.overlays.of(why.record.cloud) if why.overlays else None
    return [f"{item.kind}/{item.name} {item.field_class}: {item.coverage}, {item.why}"
            for item in (entry.scope if entry else ()) if item.coverage is not Coverage.exercised]


def why_lines(why: Why) -> list[str]:
    """For a person."""
    record = why.record
    if not record.version:
        return [f"{record.cloud} runs nothing: it went back from {record.back_from} ({record.back_because}).", f"commit {why.commit}"]
    lines = [f"{record.cloud} runs {record.product} {record.version} since {record.at} (commit {why.commit[:12]}, asked for by {record.by})."]
    if record.action == "rollback":
        lines.append(f"It went back from {record.back_from}: {record.back_because}")
    lines += [f"tag {record.tag} on {record.release_commit}", f"rendered sha256 {record.rendered_sha256}"]
    lines += [f"image {name} {digest}" for name, digest in sorted(record.images.items())]
    lines += ["", "Allowed by:", *(f"  {entry.sentence}" for entry in (why.promotion.allowed_by if why.promotion else ()))]
    lines += _overridden(why.promotion)
    for entry in why.evidence:
        lines += ["", *_proof_lines(entry)]
    missing = not_proven(why)
    return [*lines, "", f"Not proven on a stand-in ({len(missing)}):", *(f"  {text}" for text in missing)]


def _overridden(promotion: Promotion | None) -> list[str]:
    if promotion is None or not promotion.overridden:
        return []
    return [f"OVERRIDDEN by {promotion.override_by}: {promotion.override_reason}", *(f"  {entry.sentence}" for entry in promotion.overridden)]


def _proof_lines(entry: KeptEvidence) -> list[str]:
    kept, item = entry.kept, entry.evidence
    lines = [f"{kept.proof}: {kept.verdict} ({kept.profile} timing, {kept.finished}); {entry.trusted}"]
    if item is None:
        return lines
    lines += [f"  {_check(check.plain())}" for check in item.checks]
    limits = {name: value for name, value in item.limits.items() if not isinstance(value, Mapping | list)}
    return [*lines, f"  limits: {json.dumps(limits, sort_keys=True)}"]


def _check(check: Mapping[str, Any]) -> str:
    unit = f" {check['unit']}" if check.get("unit") else ""
    figures = f" [{check['measured']:g}{unit}, limit {check['limit']:g}{unit}]" if "measured" in check and "limit" in check else ""
    return f"{check['verdict']}: {check['sentence']}{figures}"
