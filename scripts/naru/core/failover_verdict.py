"""Judges one fault: did the director see it, how long did users suffer, what was lost, did the others carry the load?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from naru.core.failover_faults import FAULTS, Fault, Loss
from naru.core.failover_marks import Marks, between, marks_of, percentile
from naru.core.failover_prediction import Clients, Range, predicted_detection, predicted_rto
from naru.core.failover_samples import AGENT, DIRECT, DNS, DNS_CACHED, DNS_TTL, HTTP_LANES, Drill, FaultRun, intended
from naru.model.cloud import FailoverLimits, GslbRules
from naru.model.evidence import Check
from naru.model.words import Verdict

LANES = (*HTTP_LANES, DNS_TTL, DNS_CACHED, AGENT)


@dataclass(frozen=True)
class Rules:
    """What the judge is given besides the samples."""

    limits: FailoverLimits
    gslb: GslbRules
    """The slowest cloud's settings, where they differ."""
    dns_clients: Clients | None = None


def latency_limit(drill: Drill, limits: FailoverLimits) -> float:
    """Seconds: twice the steady state's p99, or the floor where that is more."""
    steady = drill.stretch("steady")
    rows = [] if steady is None else [row for lane in HTTP_LANES for row in between(drill, lane, steady.begin, steady.end)]
    base = percentile([row.latency for row in rows if row.ok], 99)
    return max(2 * base, limits.latency_floor_milliseconds / 1000)


def all_marks(drill: Drill, run: FaultRun, limits: FailoverLimits) -> dict[str, Marks]:
    """Lane → its marks, for the lanes that carried requests."""
    limit = latency_limit(drill, limits)
    found = {lane: marks_of(drill, run, lane, latency_limit=limit) for lane in LANES}
    return {lane: marks for lane, marks in found.items() if marks.requests}


def judge_fault(drill: Drill, run: FaultRun, rules: Rules) -> list[Check]:
    """The checks of one fault, fail-back apart."""
    marks = all_marks(drill, run, rules.limits)
    fault = FAULTS[run.fault]
    effect = judge_effect(run, marks)
    if effect.verdict is not Verdict.passed:
        return [effect]
    if fault.clouds >= 3:
        return [effect, judge_all_lost(drill, run, rules)]
    checks = [effect]
    if fault.loss is not Loss.healed:
        checks.append(judge_detection(run, marks, fault, rules))
    checks += [judge_rto(run, marks[lane], fault, rules) for lane in HTTP_LANES if lane in marks]
    if fault.loss is Loss.refused:
        checks.append(judge_lost(run, marks, rules.limits))
    if DNS_TTL in marks:
        checks += judge_dns(run, marks[DNS_TTL], fault, rules)
    survivors = judge_survivors(drill, run, rules.limits)
    return checks + ([] if survivors is None else [survivors])


def judge_effect(run: FaultRun, marks: dict[str, Marks]) -> Check:
    """A fault that no direct request noticed proves nothing."""
    effect = next((m.effect for m in marks.values()), None)
    after = None if effect is None else effect - run.sent
    where = ", ".join(run.clouds)
    return Check(
        name=f"{run.fault}: effect", verdict=Verdict.inconclusive if after is None else Verdict.passed,
        sentence=f"No request to {where} itself failed, so the fault had no effect and nothing was proven."
        if after is None else f"{where} failed {after:.2f} s after the fault was asked for. {run.breakage}".strip(),
        sentence_ko=f"{where}에 직접 보낸 요청이 실패하지 않아 아무것도 증명되지 않았습니다."
        if after is None else f"장애 요청 {after:.2f}초 뒤 {where} 실패. {run.breakage}".strip(),
        measured=None if after is None else round(after, 3), unit="s",
    )


def judge_detection(run: FaultRun, marks: dict[str, Marks], fault: Fault, rules: Rules) -> Check:
    """Did the HTTP director take the cloud out in time?"""
    limit = rto_limit(fault, rules.limits) if fault.loss is Loss.silent else rules.limits.detection_seconds
    found = marks[next(iter(marks))].detection if HTTP_LANES[0] not in marks else marks[HTTP_LANES[0]].detection
    expected = predicted_detection(rules.gslb, fault.loss)
    where = ", ".join(run.clouds)
    good = found is not None and found <= limit
    return Check(
        name=f"{run.fault}: detection", verdict=Verdict.passed if good else Verdict.failed,
        sentence=f"The load balancer never took {where} out."
        if found is None else f"The load balancer took {where} out {found:.2f} s after the effect (settings allow {expected.least:g}"
        f"–{expected.most:g} s).",
        sentence_ko=f"GSLB가 {where}를 제외하지 않았습니다."
        if found is None else f"영향 발생 {found:.2f}초 뒤 GSLB가 {where} 제외 (설정상 {expected.least:g}–{expected.most:g}초).",
        measured=None if found is None else round(found, 3), limit=limit, unit="s",
    )


def rto_limit(fault: Fault, limits: FailoverLimits) -> float:
    """Silent losses have a limit of their own, since every check must first time out."""
    return limits.pause_rto_seconds if fault.loss is Loss.silent else limits.rto_seconds


def judge_rto(run: FaultRun, marks: Marks, fault: Fault, rules: Rules) -> Check:
    """RTO of one lane through the HTTP director."""
    limit = rto_limit(fault, rules.limits)
    good = marks.rto is not None and marks.rto <= limit
    sentence, sentence_ko = rto_sentences(marks, f"The lane '{marks.lane}'", f"'{marks.lane}' 경로")
    return Check(
        name=f"{run.fault}: RTO, {marks.lane}", verdict=Verdict.passed if good else Verdict.failed, sentence=sentence,
        sentence_ko=sentence_ko, measured=None if marks.rto is None else round(marks.rto, 3), limit=limit, unit="s",
    )


def rto_sentences(marks: Marks, who: str, who_ko: str) -> tuple[str, str]:
    """How a lane fared, in English and Korean."""
    lost = f"{marks.failed} of {marks.requests} requests failed"
    lost_ko = f"요청 {marks.requests}건 중 {marks.failed}건 실패"
    if marks.rto is None:
        return f"{who} was not well again while the fault lasted; {lost}.", f"장애 동안 {who_ko}가 회복되지 않음; {lost_ko}."
    if not marks.failed and not marks.rto:
        return f"{who} felt nothing: {marks.requests} requests, none failed.", f"{who_ko} 영향 없음: 요청 {marks.requests}건, 실패 없음."
    return (
        f"{who} was well again after {marks.rto:.2f} s; {lost}, {marks.error_seconds:.2f} error-seconds.",
        f"{who_ko} {marks.rto:.2f}초 만에 회복; {lost_ko}, 오류 {marks.error_seconds:.2f}초.",
    )


def judge_lost(run: FaultRun, marks: dict[str, Marks], limits: FailoverLimits) -> Check:
    """A refused or empty answer to a safe request can be asked again elsewhere: none may reach the user."""
    failed = sum(marks[lane].failed for lane in HTTP_LANES if lane in marks)
    total = sum(marks[lane].requests for lane in HTTP_LANES if lane in marks)
    return Check(
        name=f"{run.fault}: lost requests",
        verdict=Verdict.passed if failed <= limits.failed_requests else Verdict.failed,
        sentence=f"{failed} of {total} safe requests through the load balancer failed.",
        sentence_ko=f"GSLB를 거친 안전한 요청 {total}건 중 {failed}건 실패.",
        measured=failed, limit=limits.failed_requests, unit="requests",
    )


def judge_dns(run: FaultRun, marks: Marks, fault: Fault, rules: Rules) -> list[Check]:
    """RTO of clients that honour the TTL."""
    if fault.loss is Loss.healed:
        return []
    limit, ttl = rules.limits.dns_rto_seconds, rules.gslb.dns_ttl_seconds
    sentence, sentence_ko = rto_sentences(marks, f"The clients that honour the TTL of {ttl:g} s", f"TTL {ttl:g}초를 지키는 클라이언트")
    return [Check(
        name=f"{run.fault}: RTO, DNS", verdict=Verdict.passed if marks.rto is not None and marks.rto <= limit else Verdict.failed,
        sentence=sentence.replace("was well", "were well").replace("was not", "were not"), sentence_ko=sentence_ko,
        measured=None if marks.rto is None else round(marks.rto, 3), limit=limit, unit="s",
    )]


def dns_prediction(run: FaultRun, fault: Fault, rules: Rules) -> Range | None:
    """What the settings promise to these very clients; None where their number is not known."""
    clients = rules.dns_clients
    if clients is None:
        return None
    lost = clients.lost_share * len(run.clouds)
    return predicted_rto(rules.gslb, fault.loss, DNS, clients=Clients(clients.number, clients.requests_per_second, lost))


def judge_survivors(drill: Drill, run: FaultRun, limits: FailoverLimits) -> Check | None:
    """The clouds that remained, asked directly from the detection on: errors and p99 under the load of the lost one."""
    rest = [cloud for cloud in drill.weights if cloud not in run.clouds]
    rows = [row for cloud in rest for row in between(drill, DIRECT + cloud, run.acknowledged, run.undo_sent)]
    if not rows:
        return None
    failed = sum(not row.ok for row in rows)
    p99 = percentile([row.latency for row in rows if row.ok], 99) * 1000
    full = exhausted(drill, run, rest)
    good = failed == 0 and p99 <= limits.survivor_p99_milliseconds
    more = round(100 * len(run.clouds) / max(1, len(rest)))
    worst = f" {', '.join(full)} stood at the HPA's maximum above its target." if full else ""
    worst_ko = f" {', '.join(full)}: HPA 최대치에서 목표 초과." if full else ""
    return Check(
        name=f"{run.fault}: survivors", verdict=Verdict.passed if good else Verdict.failed,
        sentence=f"{', '.join(rest)} carried {more} % more each: {failed} of {len(rows)} direct requests failed, p99 {p99:.0f} ms.{worst}",
        sentence_ko=f"{', '.join(rest)}가 각각 {more} % 더 처리: 직접 요청 {len(rows)}건 중 {failed}건 실패, p99 {p99:.0f} ms.{worst_ko}",
        measured=round(p99, 1), limit=limits.survivor_p99_milliseconds, unit="ms",
    )


def exhausted(drill: Drill, run: FaultRun, clouds: Sequence[str]) -> list[str]:
    """Clouds whose HPA stood at its maximum with the CPU still above the target."""
    found = {
        reading.cloud for reading in drill.readings
        if reading.cloud in clouds and run.sent <= reading.at < run.undo_sent and reading.hpa_maximum
        and reading.replicas >= reading.hpa_maximum
        and (reading.cpu_percent or 0) > (reading.cpu_target or float("inf"))
    }
    return sorted(found)


def judge_all_lost(drill: Drill, run: FaultRun, rules: Rules) -> Check:
    """With every cloud lost nothing can be saved; what is judged is that it fails as declared, quickly and clearly."""
    rows = [row for lane in HTTP_LANES for row in between(drill, lane, run.acknowledged, run.undo_sent)]
    failed = sorted((row for row in rows if not row.ok), key=intended)
    slow = percentile([row.done - row.intended for row in failed], 99)
    clear = bool(failed) and all(row.status == 503 for row in failed[len(failed) // 2:])
    good = clear and slow <= 2.0
    return Check(
        name=f"{run.fault}: fails {rules.gslb.when_all_down}", verdict=Verdict.passed if good else Verdict.failed,
        sentence=f"With every cloud lost {len(failed)} of {len(rows)} requests failed, p99 after {slow:.2f} s, "
                 + ("as a clear 503." if clear else "not all as a 503."),
        sentence_ko=f"모든 클라우드 장애 시 {len(rows)}건 중 {len(failed)}건 실패, p99 {slow:.2f}초, "
                    + ("명확한 503 응답." if clear else "503이 아닌 실패 포함."),
        measured=round(slow, 3), limit=2.0, unit="s",
    )


def director_saw(marks: dict[str, Marks]) -> bool:
    """True if the HTTP director took the lost clouds out."""
    return any(m.detect is not None for lane, m in marks.items() if lane in HTTP_LANES)

