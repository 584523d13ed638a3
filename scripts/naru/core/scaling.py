"""The verdict of the scaling proof: a pure function of what was recorded and of the cloud's limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from naru.core.scaling_down import down_checks
from naru.core.scaling_entry import entry_checks
from naru.core.scaling_phases import Phases, floor_for, phases_of
from naru.core.scaling_record import ScalingRun
from naru.core.scaling_summary import counts_of, summary_of
from naru.core.scaling_timeline import timeline_of
from naru.core.scaling_traffic import traffic_checks
from naru.core.scaling_trust import measurement_checks, system_checks
from naru.core.scaling_up import up_checks
from naru.core.scaling_words import MEASUREMENT, ORDER, SCALING
from naru.model.cloud import ScalingLimits
from naru.model.evidence import Cause, Check
from naru.model.words import Verdict


@dataclass(frozen=True)
class ScalingJudgement:
    """What evidence takes over."""

    verdict: Verdict
    checks: tuple[Check, ...]
    cause: Cause | None
    summary: dict[str, Any]
    counts: dict[str, int]


def judge_scaling(run: ScalingRun, limits: ScalingLimits) -> ScalingJudgement:
    """Judge one recorded run."""
    line = timeline_of(run)
    checks = entry_checks(run)
    phases: Phases | None = None
    if all(item.verdict is Verdict.passed for item in checks):
        checks += system_checks(run, line)
        phases = phases_of(run, line, limits.p99_milliseconds)
        if phases is not None:
            checks += up_checks(run, line, phases, limits) + down_checks(run, line, limits)
            checks += traffic_checks(run, line, phases, limits)
        checks = weighed(checks + measurement_checks(run, line))
    verdict = verdict_of(checks)
    summary = summary_of(run, line, phases, floor_for(run) if phases else None)
    return ScalingJudgement(verdict, tuple(checks), cause_of(run, checks, verdict), summary, counts_of(run, line))


def weighed(checks: Sequence[Check]) -> list[Check]:
    """Where the measurement was not good enough, what it shows against the system cannot be told, either."""
    if all(item.verdict is Verdict.passed for item in checks if item.name in MEASUREMENT):
        return list(checks)
    return [item.model_copy(update={"verdict": Verdict.inconclusive}) if item.name in SCALING and item.verdict is Verdict.failed else item
            for item in checks]


def verdict_of(checks: Sequence[Check]) -> Verdict:
    """Failed beats inconclusive beats passed; no checks at all is inconclusive."""
    found = {item.verdict for item in checks}
    if Verdict.failed in found:
        return Verdict.failed
    return Verdict.inconclusive if Verdict.inconclusive in found or not found else Verdict.passed


def cause_of(run: ScalingRun, checks: Sequence[Check], verdict: Verdict) -> Cause | None:
    """The first check, in the order in which causes precede effects, that bears the verdict."""
    if verdict is Verdict.passed:
        return None
    bearing = sorted((item for item in checks if item.verdict is verdict), key=lambda item: _rank(item, verdict))
    if not bearing:
        return Cause(reason="no_checks", object=f"HorizontalPodAutoscaler/{run.hpa}", sentence="Nothing was checked.",
                     sentence_ko="확인된 것이 없습니다.")
    first = bearing[0]
    lines = tuple(item.sentence for item in bearing[1:6])
    return Cause(reason=first.name, object=f"HorizontalPodAutoscaler/{run.hpa}", sentence=first.sentence,
                 sentence_ko=first.sentence_ko, lines=lines)


def _rank(item: Check, verdict: Verdict) -> int:
    """An inconclusive verdict is explained by the measurement first."""
    if verdict is Verdict.inconclusive and item.name in MEASUREMENT:
        return MEASUREMENT.index(item.name) - len(MEASUREMENT)
    return ORDER.index(item.name)
