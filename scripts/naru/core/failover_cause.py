"""From failed checks to the one sentence that names what is wrong with the system, in English and Korean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from naru.core.failover_failback import direct_errors
from naru.core.failover_faults import FAULTS, Loss
from naru.core.failover_marks import Marks, between, percentile
from naru.core.failover_samples import DIRECT, HTTP_LANES, Drill, FaultRun
from naru.core.failover_verdict import Rules, all_marks, exhausted
from naru.model.evidence import Cause, Check
from naru.model.words import Verdict


def cause_of(drill: Drill, run: FaultRun, rules: Rules, checks: Sequence[Check]) -> Cause | None:
    """The cause of this fault's failed checks; None where none failed."""
    failed = [check for check in checks if check.verdict is Verdict.failed]
    if not failed:
        return None
    marks = {lane: m for lane, m in all_marks(drill, run, rules.limits).items() if lane in HTTP_LANES}
    where = ", ".join(run.clouds)
    detected = any(m.detect is not None for m in marks.values())
    loss = FAULTS[run.fault].loss
    if not detected and loss is not Loss.healed and FAULTS[run.fault].clouds < 3 and any("detection" in c.name for c in failed):
        return undetected(run, rules, marks, where)
    if FAULTS[run.fault].clouds < 3 and detected and suffering(marks):
        return detected_yet_failing(drill, run, marks, where)
    if any("fail-back" in check.name or "restored" in check.name for check in failed):
        return failback_cause(drill, run, failed, where)
    return Cause(
        reason="slow-failover", object=where, lines=lines_of(failed), sentence=f"{run.fault}: {failed[0].sentence}",
        sentence_ko=f"{run.fault}: {failed[0].sentence_ko}",
    )


def suffering(marks: dict[str, Marks]) -> bool:
    """True if a lane through the load balancer never recovered while the fault lasted."""
    return any(m.recovered is None for m in marks.values())


def undetected(run: FaultRun, rules: Rules, marks: dict[str, Marks], where: str) -> Cause:
    """The director kept the lost cloud: it does not ask, asks too little, or is told a lie."""
    failed = sum(m.failed for m in marks.values())
    kind = rules.gslb.check
    if kind == "none":
        reason, why, why_ko = "no-health-check", "it has no health check at all", "헬스 체크가 없습니다"
    elif kind == "tcp":
        reason, why, why_ko = (
            "shallow-health-check", "its check only opens a TCP connection, which the cloud's own balancer accepts",
            "TCP 연결만 확인하므로 클라우드의 로드 밸런서가 대신 응답합니다",
        )
    else:
        page = rules.gslb.path or "the health path"
        reason, why, why_ko = (
            "health-check-lies", f"its check on {page} says yes while the home page fails; let it ask the home page with its marker",
            f"홈페이지가 실패하는 동안에도 {page} 헬스 체크는 정상으로 응답합니다. 홈페이지와 표식을 확인하게 하십시오",
        )
    return Cause(
        reason=reason, object=where, sentence=f"{run.fault}: the load balancer kept sending users to {where}, since {why}; "
        f"{failed} requests failed.",
        sentence_ko=f"{run.fault}: GSLB가 {where}로 계속 보냈습니다. {why_ko}. 요청 {failed}건 실패.",
    )


def detected_yet_failing(drill: Drill, run: FaultRun, marks: dict[str, Marks], where: str) -> Cause:
    """The cloud was out, and users still failed: either the rest cannot carry the load, or clients did not move."""
    detect = max(m.detect for m in marks.values() if m.detect is not None)
    rest = [cloud for cloud in drill.weights if cloud not in run.clouds]
    direct = [row for cloud in rest for row in between(drill, DIRECT + cloud, detect, run.undo_sent)]
    bad = sum(not row.ok for row in direct)
    full = exhausted(drill, run, rest)
    failed = sum(not row.ok for lane in HTTP_LANES for row in between(drill, lane, detect, run.undo_sent))
    if not failed and not full:
        return slow_answers(drill, run, rest, where)
    if full or bad > len(direct) * 0.01:
        state = f" and {', '.join(full)} stood at the HPA's maximum" if full else ""
        state_ko = f", {', '.join(full)}은 HPA 최대치" if full else ""
        return Cause(
            reason="survivors-too-small", object=", ".join(rest),
            sentence=f"{run.fault}: {', '.join(rest)} could not carry the load of {where}: {bad} of {len(direct)} requests sent "
            f"to them directly failed too{state}.",
            sentence_ko=f"{run.fault}: {', '.join(rest)}가 {where}의 부하를 감당하지 못했습니다: 직접 요청 {len(direct)}건 중 {bad}건 실패{state_ko}.",
        )
    return Cause(
        reason="sticky-clients", object=where,
        sentence=f"{run.fault}: the load balancer had taken {where} out and the other clouds were well, yet {failed} requests "
        f"failed: clients are bound to the lost cloud (session cookie or cached address).",
        sentence_ko=f"{run.fault}: GSLB는 {where}를 제외했고 나머지 클라우드는 정상이었으나 요청 {failed}건이 실패했습니다: "
        "클라이언트가 장애 클라우드에 고정되어 있습니다(세션 쿠키 또는 캐시된 주소).",
    )


def slow_answers(drill: Drill, run: FaultRun, rest: Sequence[str], where: str) -> Cause:
    """Nobody met an error after the detection; the answers merely stayed slower than the steady state allows."""
    rows = [row for lane in HTTP_LANES for row in between(drill, lane, run.acknowledged, run.undo_sent) if row.ok]
    p99 = percentile([row.latency for row in rows], 99) * 1000
    return Cause(
        reason="slow-answers", object=", ".join(rest),
        sentence=f"{run.fault}: no request failed after {where} was out, but answers stayed slow: p99 {p99:.0f} ms. Either "
        f"{', '.join(rest)} are at their limit, or the machine that measures is.",
        sentence_ko=f"{run.fault}: {where} 제외 뒤 실패한 요청은 없으나 응답이 계속 느렸습니다: p99 {p99:.0f} ms. "
        f"{', '.join(rest)} 또는 측정 장비가 한계에 있습니다.",
    )


def failback_cause(drill: Drill, run: FaultRun, failed: Sequence[Check], where: str) -> Cause:
    """It did not come back well."""
    names = " ".join(check.name for check in failed)
    lines = lines_of(failed)
    if "ready" in names:
        late = next(check for check in failed if "ready" in check.name)
        return Cause(
            reason="slow-return", object=where, lines=lines,
            sentence=f"{run.fault}: {late.sentence} It starts too slowly, or its probes wait too long.",
            sentence_ko=f"{run.fault}: {late.sentence_ko} 기동이 너무 느리거나 프로브 대기 시간이 깁니다.",
        )
    if "restored" in names:
        return Cause(reason="not-restored", object=where, sentence=failed[0].sentence, sentence_ko=failed[0].sentence_ko, lines=lines)
    if "errors" in names:
        early = direct_errors(drill, run)
        return Cause(
            reason="errors-at-return", object=where, lines=lines,
            sentence=f"{run.fault}: users met errors while {where} came back; after its pods said ready {early} of its own requests "
            "failed, so readiness comes too early or the load balancer takes it in too soon.",
            sentence_ko=f"{run.fault}: {where} 원복 중 사용자 오류 발생; 준비 완료 뒤에도 직접 요청 {early}건 실패. "
            "준비 상태가 너무 이르거나 GSLB가 너무 빨리 포함시킵니다.",
        )
    return Cause(reason="bad-return", object=where, lines=lines, sentence=f"{run.fault}: {failed[0].sentence}",
                 sentence_ko=f"{run.fault}: {failed[0].sentence_ko}")


def lines_of(checks: Iterable[Check]) -> tuple[str, ...]:
    """What the failed checks said."""
    return tuple(check.sentence for check in checks)
