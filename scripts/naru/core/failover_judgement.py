"""Judges a whole drill from its samples alone: the same answer now and whenever the bundle is judged again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from naru.core.failover_cause import cause_of
from naru.core.failover_controls import judge_control, judge_generator, judge_rate, judge_stamps, judge_steady
from naru.core.failover_failback import failback_marks, judge_failback
from naru.core.failover_faults import FAULTS
from naru.core.failover_marks import Marks
from naru.core.failover_prediction import deviation_percent, predicted_detection, predicted_rto
from naru.core.failover_rpo import data_losses, rpo_checks, rpo_summary, rpo_words
from naru.core.failover_samples import DNS, DNS_TTL, HTTP, Drill, FaultRun
from naru.core.failover_verdict import Rules, all_marks, dns_prediction, judge_fault
from naru.model.evidence import Cause, Check
from naru.model.words import Verdict


@dataclass(frozen=True)
class Judgement:
    """Answer of the fail-over proof."""

    verdict: Verdict
    checks: tuple[Check, ...]
    cause: Cause | None
    summary: dict[str, Any]


def judge_drill(drill: Drill, rules: Rules) -> Judgement:
    """All checks, in the order in which the drill went."""
    trust = trust_checks(drill, rules)
    controls = [judge_control(drill, part, rules.limits) for part in drill.stretches if part.name in {"control", "blip"}]
    checks = [*trust, *controls]
    cause: Cause | None = None
    for number, run in enumerate(drill.faults):
        found = [*judge_fault(drill, run, rules), *judge_failback(drill, run, rules.limits), *rpo_checks(run, data_losses(drill, number))]
        cause = cause or cause_of(drill, run, rules, found)
        checks += found
    if not drill.faults:
        checks.append(nothing_injected())
    verdict = overall(trust, checks)
    if verdict is Verdict.inconclusive or (verdict is Verdict.failed and cause is None):
        cause = first_trouble(checks, verdict)
    return Judgement(verdict, tuple(checks), cause, summary_of(drill, rules))


def trust_checks(drill: Drill, rules: Rules) -> list[Check]:
    """Whether the measurement was good enough at all."""
    stamps = judge_stamps(drill)
    return [
        judge_steady(drill, rules.limits), judge_generator(drill, rules.limits), judge_rate(drill, rules.limits),
        *([] if stamps is None else [stamps]),
    ]


def overall(trust: Sequence[Check], checks: Sequence[Check]) -> Verdict:
    """A bad measurement proves nothing, neither good nor bad; no checks at all prove nothing either."""
    if not checks or any(check.verdict is not Verdict.passed for check in trust):
        return Verdict.inconclusive
    found = {check.verdict for check in checks}
    if Verdict.failed in found:
        return Verdict.failed
    return Verdict.inconclusive if Verdict.inconclusive in found else Verdict.passed


def nothing_injected() -> Check:
    """A drill without a fault proves nothing."""
    return Check(
        name="faults", verdict=Verdict.inconclusive, sentence="No fault was injected, so fail-over was not proven.",
        sentence_ko="장애가 주입되지 않아 장애 전환이 증명되지 않았습니다.",
    )


def first_trouble(checks: Sequence[Check], verdict: Verdict) -> Cause:
    """Where no fault explains it: the first check that speaks for the verdict."""
    first = next(check for check in checks if check.verdict is verdict)
    return Cause(reason=first.name.replace(" ", "-"), object="drill", sentence=first.sentence, sentence_ko=first.sentence_ko)


def summary_of(drill: Drill, rules: Rules) -> dict[str, Any]:
    """Measured figures for the report, plain values with their unit in the name."""
    return {
        "faults": [
            {**fault_summary(drill, run, rules), "rpo": rpo_summary(data_losses(drill, number))} for number, run in enumerate(drill.faults)
        ],
        "site": site_summary(rules),
        "rpo": rpo_words(drill),
        "requests": len(drill.rows),
    }


def fault_summary(drill: Drill, run: FaultRun, rules: Rules) -> dict[str, Any]:
    """One row of the table of marks, and the fail-back beside it."""
    lanes = all_marks(drill, run, rules.limits)
    back = failback_marks(drill, run, rules.limits)
    return {
        "fault": run.fault, "clouds": list(run.clouds), "title": FAULTS[run.fault].title, "title_ko": FAULTS[run.fault].title_ko,
        "sent_seconds": rounded(run.sent), "undo_seconds": rounded(run.undo_sent), "ended_seconds": rounded(run.ended),
        "lanes": [lane_summary(marks) for marks in lanes.values()],
        "prediction": prediction_summary(run, rules, lanes.get(DNS_TTL)),
        "failback": {
            "ready_seconds": since(run.undo_sent, back.ready), "in_again_seconds": since(run.undo_sent, back.in_again),
            "first_answer_seconds": since(run.undo_sent, back.first_answer), "share_back_seconds": since(run.undo_sent, back.share_back),
            "errors": back.errors, "changes": back.changes, "cold_p99_milliseconds": round(back.cold_p99 * 1000, 1),
            "ready_pods": run.ready_pods, "minimum_pods": run.minimum_pods, "restored": run.restored,
        },
    }


def lane_summary(marks: Marks) -> dict[str, Any]:
    """One lane's marks relative to nothing (axis seconds) and what follows from them."""
    return {
        "lane": marks.lane, "effect": rounded(marks.effect), "first_error": rounded(marks.first_error),
        "detect": rounded(marks.detect), "share0": rounded(marks.share0), "last_error": rounded(marks.last_error),
        "recovered": rounded(marks.recovered), "detection_seconds": rounded(marks.detection),
        "convergence_seconds": rounded(marks.convergence), "error_window_seconds": rounded(marks.error_window),
        "rto_seconds": rounded(marks.rto), "requests": marks.requests, "failed": marks.failed,
        "error_seconds": rounded(marks.error_seconds), "longest_run": marks.longest_run, "classes": marks.classes,
    }


def prediction_summary(run: FaultRun, rules: Rules, dns: Marks | None) -> dict[str, Any]:
    """Predicted and measured RTO of DNS mode; the predicted alone where nothing was measured."""
    fault = FAULTS[run.fault]
    predicted = dns_prediction(run, fault, rules)
    if predicted is None:
        return {}
    measured = None if dns is None else dns.rto
    found: dict[str, Any] = {"dns_rto_predicted": predicted.plain(), "dns_rto_measured_seconds": rounded(measured)}
    if dns is not None and dns.detect is not None and dns.effect is not None and dns.detect < dns.effect:
        found["announced"] = True  # its health page said no before users noticed, so that the settings promise less than was got
    elif measured is not None:
        found["deviation_percent"] = round(deviation_percent(predicted.mean, measured), 1)
    return found


def site_summary(rules: Rules) -> dict[str, Any]:
    """What the site's own settings promise, for each way of being lost."""
    gslb = rules.gslb
    return {
        "interval_seconds": gslb.interval_seconds, "timeout_seconds": gslb.timeout_seconds, "fall": gslb.fall, "rise": gslb.rise,
        "dns_ttl_seconds": gslb.dns_ttl_seconds, "check": gslb.check,
        "predictions": [
            {
                "loss": str(loss), "detection": predicted_detection(gslb, loss).plain(),
                "rto_http": predicted_rto(gslb, loss, HTTP).plain(), "rto_dns": predicted_rto(gslb, loss, DNS).plain(),
            }
            for loss in sorted({fault.loss for fault in FAULTS.values() if fault.loss != "healed"})
        ],
    }


def rounded(value: float | None) -> float | None:
    """Milliseconds are enough."""
    return None if value is None else round(value, 3)


def since(begin: float, mark: float | None) -> float | None:
    """Seconds after `begin`."""
    return None if mark is None else round(mark - begin, 3)
