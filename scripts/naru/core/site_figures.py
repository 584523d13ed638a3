"""The few figures of a release that are followed over all releases; whatever is not a finite number is left out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from naru.model.evidence import Evidence
from naru.model.timings import Timings
from naru.model.words import Proof, Verdict

Series = tuple[str, str, str]
"""(figure, cloud or stage, profile); seconds all of them."""


def evidence_figures(evidence: Evidence) -> dict[Series, float]:
    """Figures of a proof that passed: a failed one measured something that broke, not how fast it is."""
    if evidence.verdict is not Verdict.passed:
        return {}
    summary = evidence.summary
    if evidence.proof is Proof.failover:
        found = {name: _worst(summary, name) for name in ("rto_seconds", "detection_seconds")}
    elif evidence.proof is Proof.scaling:
        phases = _mapping(summary.get("phases"))
        found = {name: _number(phases.get(name)) for name in ("decide_seconds", "serve_seconds")}
    else:
        found = {"ready_seconds": _number(summary.get("ready_seconds"))}
    return {(name, evidence.cloud, evidence.profile.value): value for name, value in found.items() if value is not None}


def stage_figures(timings: Timings) -> dict[Series, float]:
    """Seconds of each stage that went well; `run` only where every stage of a whole run did."""
    good = {stage.name: stage.seconds for stage in timings.stages if not stage.exit_code and math.isfinite(stage.seconds)}
    found: dict[Series, float] = {("stage", name, ""): seconds for name, seconds in good.items()}
    if len(good) == len(timings.stages) and "promote" in good:
        found["run", "", ""] = sum(good.values())
    return found


def _worst(summary: Mapping[str, Any], name: str) -> float | None:
    lanes = [lane for fault in _rows(summary.get("faults")) for lane in _rows(fault.get("lanes"))]
    return max((value for lane in lanes if (value := _number(lane.get(name))) is not None), default=None)


def _rows(value: Any) -> Iterable[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> float | None:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    return float(value) if good else None
