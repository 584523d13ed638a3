"""Checks of what users got: availability over the whole run, latency before, during and after, the APM's list."""

from __future__ import annotations

from naru.core.load_stats import stats_of
from naru.core.scaling_phases import Phases, decide_limit
from naru.core.scaling_record import ScalingRun
from naru.core.scaling_timeline import Timeline
from naru.core.scaling_words import check, percent
from naru.model.cloud import ScalingLimits
from naru.model.evidence import Check
from naru.model.load import Row


def rows_between(run: ScalingRun, begin: float, end: float) -> list[Row]:
    """Rows by intended send time."""
    return [row for row in run.rows if begin <= run.absolute(row.intended) < end]


def traffic_checks(run: ScalingRun, line: Timeline, phases: Phases, limits: ScalingLimits) -> list[Check]:
    """All checks of the traffic and of the monitoring."""
    marks = run.marks
    down, end = marks.down or marks.end or phases.load, marks.end or float("inf")
    checks = [_availability(run, line, limits), _latency("latency_baseline", run, marks.baseline or 0.0, phases.load, limits),
              _recovery(run, phases, limits)]
    if marks.down is not None:
        checks.append(_latency("latency_after", run, down, end, limits))
    if run.apm_expected:
        checks.append(_apm(run, line, limits))
    return [item for item in checks if item is not None]


def _availability(run: ScalingRun, line: Timeline, limits: ScalingLimits) -> Check:
    stats = stats_of(run.rows)
    share = stats.availability
    if share is None:
        return check("availability", None, "No request was sent.", "전송된 요청이 없습니다.", limit=limits.availability)
    words = ", ".join(f"{count} {word}" for word, count in stats.errors.items()) or "none"
    words_ko = words if stats.errors else "없음"
    where, where_ko = _who_failed(run, line)
    return check("availability", share >= limits.availability,
                 f"{percent(share)} of {stats.sent} requests were answered well (limit {percent(limits.availability)}; failures: {words}{where}).",
                 f"요청 {stats.sent}건 중 {percent(share)}가 정상 응답했습니다(한도 {percent(limits.availability)}, 실패: {words_ko}{where_ko}).",
                 measured=share, limit=limits.availability)


def _who_failed(run: ScalingRun, line: Timeline) -> tuple[str, str]:
    """Where most failures came from new pods: how many, and how long after their readiness at most."""
    failed = [row for row in run.rows if not row.ok and row.error != "dropped"]
    new = {pod.name: pod.ready for pod in line.new_pods(run.marks.step or float("inf")) if pod.ready is not None}
    theirs = [run.absolute(row.done) - new[row.pod] for row in failed if row.pod in new]
    if not theirs or len(theirs) * 2 < len(failed):
        return "", ""
    longest = max(theirs)
    return (f"; {len(theirs)} of them by new pods up to {longest:.1f} s after they were Ready",
            f", 그중 {len(theirs)}건은 새 파드가 준비된 후 {longest:.1f}초 안에 발생")


def _latency(name: str, run: ScalingRun, begin: float, end: float, limits: ScalingLimits) -> Check | None:
    p99 = stats_of(rows_between(run, begin, end)).p99
    if p99 is None:
        return None
    when, when_ko = ("before the step", "부하 증가 전") if name == "latency_baseline" else ("after the load fell", "부하 감소 후")
    return check(name, p99 <= limits.p99_milliseconds,
                 f"p99 {when} was {p99:.0f} ms from the intended send time (limit {limits.p99_milliseconds:g} ms).",
                 f"{when_ko} p99는 예정 전송 시각 기준 {p99:.0f}ms입니다(한도 {limits.p99_milliseconds:g}ms).",
                 measured=p99, limit=limits.p99_milliseconds, unit="ms")


def _recovery(run: ScalingRun, phases: Phases, limits: ScalingLimits) -> Check:
    if phases.slo is None:
        return check("latency_recovered", False,
                     "Latency and errors never came back within their limits while the load lasted.",
                     "부하가 지속되는 동안 지연과 오류가 한도 안으로 돌아오지 않았습니다.")
    took = phases.slo - phases.load
    limit = decide_limit(run, limits.decide_seconds) + limits.ready_seconds
    return check("latency_recovered", took <= limit,
                 f"From {took:.1f} s after the step on, every second was within {limits.p99_milliseconds:g} ms and without errors (limit {limit:g} s).",
                 f"부하 증가 {took:.1f}초 이후 모든 구간이 {limits.p99_milliseconds:g}ms 이내이고 오류가 없었습니다(한도 {limit:g}초).",
                 measured=took, limit=limit, unit="s")


def _apm(run: ScalingRun, line: Timeline, limits: ScalingLimits) -> Check:
    """Every new pod that lived long enough must be on the APM's list in time."""
    slowest, missing = 0.0, ""
    for pod in line.new_pods(run.marks.step or 0.0):
        if pod.ready is None:
            continue
        listed = next((poll.mono for poll in run.apm if pod.name in poll.pods), None)
        gone = min(pod.leaving or float("inf"), run.marks.end or float("inf"))
        if listed is None and gone - pod.ready > limits.apm_seconds:
            missing = pod.name
        elif listed is not None:
            slowest = max(slowest, listed - pod.ready)
    if missing:
        return check("apm_lists", False, f"The APM never listed the new instance {missing}.",
                     f"APM 목록에 새 인스턴스 {missing}이(가) 나타나지 않았습니다.",
                     limit=limits.apm_seconds, unit="s")
    return check("apm_lists", slowest <= limits.apm_seconds,
                 f"The APM listed each new instance at most {slowest:.1f} s after it was Ready (limit {limits.apm_seconds:g} s).",
                 f"새 인스턴스가 준비된 후 늦어도 {slowest:.1f}초 안에 APM 목록에 나타났습니다(한도 {limits.apm_seconds:g}초).",
                 measured=slowest, limit=limits.apm_seconds, unit="s")
