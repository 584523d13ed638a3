"""From the release folder's documents to what the report shows: pure, and content with whatever is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from naru.core.report_words import HEADLINES, PROOFS, VERDICTS, Words, filled
from naru.model.evidence import Check, Evidence
from naru.model.overlays import Overlays
from naru.model.promotion import Promotion
from naru.model.release import Images, Release
from naru.model.timings import StageTime, Timings
from naru.model.words import Proof, Verdict

ALL = "all"


@dataclass(frozen=True)
class EvidenceFiles:
    """Readable parts of one proof's raw evidence, as rows for the browser."""

    events: tuple[Mapping[str, Any], ...] = ()
    logs: tuple[Mapping[str, Any], ...] = ()
    plots: tuple[str, ...] = ()
    """SVG texts of our own plots."""


@dataclass(frozen=True)
class Documents:
    """What the release folder holds; anything may be missing."""

    version: str
    clouds: tuple[str, ...]
    release: Release | None = None
    images: Images | None = None
    overlays: Overlays | None = None
    evidence: tuple[Evidence, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    timings: Timings | None = None
    last_seconds: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, EvidenceFiles] = field(default_factory=dict)
    """`CLOUD.PROOF` (fail-over: `failover`) → raw evidence."""


def key_of(proof: Proof, cloud: str) -> str:
    """Name of a proof's files: `naver.rollout`, `failover`."""
    return "failover" if proof is Proof.failover else f"{cloud}.{proof}"


def wanted_proofs(clouds: Sequence[str]) -> list[tuple[Proof, str]]:
    """Every proof that a release needs, in the order of the main job."""
    per_cloud = [(proof, cloud) for proof in (Proof.rollout, Proof.scaling) for cloud in clouds]
    return [*per_cloud, (Proof.failover, ALL)]


def proof_rows(documents: Documents) -> list[dict[str, Any]]:
    """One row for each wanted proof; `verdict` is `missing` where it did not run."""
    found = {key_of(item.proof, item.cloud): item for item in documents.evidence}
    rows = []
    for proof, cloud in wanted_proofs(documents.clouds):
        evidence = found.get(key_of(proof, cloud))
        rows.append({
            "key": key_of(proof, cloud), "proof": str(proof), "title": PROOFS[proof], "cloud": cloud,
            "verdict": str(evidence.verdict) if evidence else "missing", "verdict_words": VERDICTS[str(evidence.verdict) if evidence else "missing"],
            "evidence": evidence, "files": documents.files.get(key_of(proof, cloud), EvidenceFiles()),
            "sentence": cause_words(evidence),
        })
    return rows


def cause_words(evidence: Evidence | None) -> Words:
    """The root cause, else how many checks passed."""
    if evidence is None:
        return {"en": "", "ko": ""}
    if evidence.cause:
        return {"en": evidence.cause.sentence, "ko": evidence.cause.sentence_ko or evidence.cause.sentence}
    passed = sum(check.verdict is Verdict.passed for check in evidence.checks)
    return {"en": f"{passed} of {len(evidence.checks)} checks passed.", "ko": f"{len(evidence.checks)}개 항목 중 {passed}개 합격."}


def headline(documents: Documents) -> tuple[str, Words]:
    """(kind, the one sentence at the top)."""
    version = documents.version
    done = [item.cloud for item in documents.promotions if item.outcome == "promoted"]
    rest = [cloud for cloud in documents.clouds if cloud not in done]
    if done and not rest:
        return "promoted", filled(HEADLINES["promoted"], version=version, clouds=", ".join(done))
    if done:
        return "partial", filled(HEADLINES["partial"], version=version, clouds=", ".join(done), others=", ".join(rest))
    verdicts = [row["verdict"] for row in proof_rows(documents)]
    bad = next((row for row in proof_rows(documents) if row["verdict"] in {"failed", "inconclusive"}), None)
    if bad:
        words = {lang: f"{bad['title'][lang]} {bad['cloud']}: {bad['sentence'][lang]}" for lang in ("en", "ko")}
        return "held", {lang: HEADLINES["held"][lang].format(version=version, reason=words[lang]) for lang in ("en", "ko")}
    stopped = stopping_stage(documents.timings)
    if stopped:
        return "stopped", filled(HEADLINES["stopped"], version=version, stage=stopped.name, reason=stopped.sentence)
    if all(verdict == "passed" for verdict in verdicts):
        return "proven", filled(HEADLINES["proven"], version=version)
    return "open", filled(HEADLINES["open"], version=version)


def stopping_stage(timings: Timings | None) -> StageTime | None:
    """The first stage of the last run that said no."""
    return next((stage for stage in timings.stages if stage.exit_code), None) if timings else None


def scope_rows(overlays: Overlays | None) -> list[dict[str, Any]]:
    """Per cloud how many object and field classes are exercised, inert, substituted or absent, and which are not exercised."""
    rows = []
    for cloud in overlays.clouds if overlays else ():
        counts = Counter(str(entry.coverage) for entry in cloud.scope)
        others = [entry for entry in cloud.scope if str(entry.coverage) != "exercised"]
        rows.append({"cloud": cloud.cloud, "counts": counts, "total": len(cloud.scope), "others": others})
    return rows


def timing_rows(documents: Documents) -> list[dict[str, Any]]:
    """Each stage with its seconds, those of the last run, and its share of the longest."""
    stages = documents.timings.stages if documents.timings else ()
    longest = max((stage.seconds for stage in stages), default=1.0) or 1.0
    return [
        {"name": stage.name, "seconds": stage.seconds, "last": documents.last_seconds.get(stage.name), "share": stage.seconds / longest,
         "code": stage.exit_code, "sentence": stage.sentence}
        for stage in stages
    ]


def figure(value: float | None, unit: str) -> str:
    """A measured value or limit as people read it; empty where there is none."""
    if value is None:
        return ""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return f"{text} {unit}".strip()


def sentence_of(check: Check) -> Words:
    """The check's sentence in both languages."""
    return {"en": check.sentence, "ko": check.sentence_ko or check.sentence}


def plain_report(documents: Documents) -> dict[str, Any]:
    """report.json: the same answers for machines."""
    kind, words = headline(documents)
    return {
        "version": documents.version, "outcome": kind, "headline": words,
        "proofs": [{name: row[name] for name in ("key", "proof", "cloud", "verdict", "sentence")} for row in proof_rows(documents)],
        "promotions": {item.cloud: item.outcome for item in documents.promotions},
        "scope": [{"cloud": row["cloud"], "counts": dict(row["counts"])} for row in scope_rows(documents.overlays)],
        "stages": [{name: row[name] for name in ("name", "seconds", "code", "sentence")} for row in timing_rows(documents)],
    }
