"""Was the measurement good enough, and did the system stay whole and alone at the scale while it ran?"""

from __future__ import annotations

from naru.core.load_stats import lateness_p99
from naru.core.scaling_entry import freshness_limit, longest_silence
from naru.core.scaling_objects import replica_range
from naru.core.scaling_record import ScaleWriter, ScalingRun
from naru.core.scaling_timeline import ScaleChange, Timeline
from naru.core.scaling_up import LOADED_SHARE, answered_share, expected_of
from naru.core.scaling_words import check, percent
from naru.model.evidence import Check

LATENESS_MILLISECONDS = 10.0
HPA_MANAGER, HPA_SUBRESOURCE = "kube-controller-manager", "scale"
DECISIVE_KINDS = {"Pod", "Deployment", "HorizontalPodAutoscaler"}
NEAR_SECONDS = 5.0
CLEAR_PRESSURE = 1.05
"""A step nearer to the threshold than this asks the HPA nothing clear."""
RATE_TOLERANCE = 0.15
"""Marks are set when the engine is told, its steps begin a moment later."""


def measurement_checks(run: ScalingRun, line: Timeline) -> list[Check]:
    """What makes a verdict inconclusive; CPU of the host is reported, never judged."""
    return [_sends(run), _offered(run), _watch(run, line), _aimed(run), _landed(run, line), _baseline(run, line),
            _complete(run)]


def system_checks(run: ScalingRun, line: Timeline) -> list[Check]:
    """What the system's own objects say, however good the measurement."""
    return [_metrics(run), _active(run, line), _writers(run, line)]


def _sends(run: ScalingRun) -> Check:
    late = lateness_p99(run.rows)
    dropped = run.load.dropped if run.load else 0
    if late is None:
        return check("sends_on_time", None, "No request was sent.", "전송된 요청이 없습니다.")
    good = late <= LATENESS_MILLISECONDS and not dropped
    return check("sends_on_time", True if good else None,
                 f"p99 of the sends was {late:.1f} ms late (limit {LATENESS_MILLISECONDS:g} ms) and {dropped} were dropped.",
                 f"전송 지연 p99는 {late:.1f}ms(한도 {LATENESS_MILLISECONDS:g}ms), 누락된 전송은 {dropped}건입니다.",
                 measured=late, limit=LATENESS_MILLISECONDS, unit="ms")


def _offered(run: ScalingRun) -> Check:
    """The rows must show the rates that the plan and its marks say: else they are not of this run."""
    worst, where = 0.0, ""
    for name, planned, begin, end in _parts(run):
        sent = sum(begin <= run.absolute(row.intended) < end for row in run.rows)
        off = abs(sent - planned * (end - begin)) / max(planned * (end - begin), 1.0)
        if off > worst:
            worst, where = off, name
    return check("load_as_planned", True if worst <= RATE_TOLERANCE else None,
                 f"The load that was sent differs from the plan by at most {percent(worst)}{f' ({where})' if where else ''}.",
                 f"실제 부하와 계획의 차이는 최대 {percent(worst)}입니다.", measured=worst, limit=RATE_TOLERANCE)


def _parts(run: ScalingRun) -> list[tuple[str, float, float, float]]:
    """(name, planned rate, begin, end) of each part that lasted more than a moment."""
    if run.aim is None:
        return []
    marks, aim = run.marks, run.aim
    end = marks.end
    parts = [("baseline", aim.base_rate, marks.baseline, marks.step), ("step", aim.step_rate, marks.step, marks.down or end),
             ("scale-down", aim.base_rate, marks.down, end)]
    return [(name, rate, begin, until) for name, rate, begin, until in parts
            if begin is not None and until is not None and not -2 < until - begin < 2]


def _watch(run: ScalingRun, line: Timeline) -> Check:
    begin, end = run.marks.step or run.marks.quiet, run.marks.end or float("inf")
    gaps = [(until - since, kind) for since, until,
            kind in line.gaps if kind in DECISIVE_KINDS and until > begin and since < end]
    longest = max((seconds for seconds, _ in gaps), default=0.0)
    return check("watch_whole", None if longest > 1 else True,
                 f"The longest gap of a decisive watch was {longest:.1f} s." if gaps else "The watches had no gap.",
                 f"주요 관찰의 최대 누락은 {longest:.1f}초입니다." if gaps else "관찰 누락이 없습니다.", measured=longest, limit=1, unit="s")


def _aimed(run: ScalingRun) -> Check:
    if run.aim is None:
        return check("step_aimed", None, "Calibration found no CPU that follows the load.", "부하에 따라 변하는 CPU를 찾지 못했습니다.")
    cost = run.aim.cores_per_request * 1000
    cut = " and was cut to the limit" if run.aim.capped else ""
    cut_ko = " (한도에서 제한됨)" if run.aim.capped else ""
    return check("step_aimed", True,
                 f"One request costs {cost:.2f} ms of CPU; the step of {run.aim.step_rate:g} requests/s aims at {run.aim.replicas} pods{cut}.",
                 f"요청 1건의 CPU 비용은 {cost:.2f}ms이며 초당 {run.aim.step_rate:g}건으로 파드 {run.aim.replicas}개를 겨눕니다{cut_ko}.",
                 measured=run.aim.step_rate, unit="requests/s")


def _landed(run: ScalingRun, line: Timeline) -> Check:
    """The load must really have needed more than the minimum and less than the maximum, else overshoot could not show.

    Near the threshold an HPA that acted and stayed is believed; one that fell again may have been right each time: a JVM
    that warms up under the load needs a third less CPU for it, and what was aimed at four pods then asks for two or three.
    """
    found = expected_of(run, line)
    low, high = replica_range(run.entry["hpa"])
    if found is None or run.aim is None or run.aim.capped:
        return check("step_landed", True, "The step did not come to a hold.", "부하 단계가 유지 구간에 이르지 않았습니다.")
    arrived = answered_share(run, run.marks.step or 0.0) >= LOADED_SHARE
    good = not arrived or ((found.pressure > CLEAR_PRESSURE or _acted_and_stayed(run, line)) and found.needed < high)
    return check("step_landed", True if good else None,
                 f"Under the step the pods used CPU for {found.needed} pods; it was aimed at {run.aim.replicas} (range {low} to {high}).",
                 f"부하 단계에서 파드 {found.needed}개 분량의 CPU가 쓰였습니다. 조준값은 {run.aim.replicas}개입니다(범위 {low}~{high}개).",
                 measured=found.needed, limit=run.aim.replicas, unit="pods")


def _acted_and_stayed(run: ScalingRun, line: Timeline) -> bool:
    begin, down = run.marks.step or 0.0, run.marks.down or run.marks.end or float("inf")
    turns = [change.after > change.before for change in line.changes if begin < change.mono < down]
    return bool(turns) and all(turns)


def _baseline(run: ScalingRun, line: Timeline) -> Check:
    begin, step = run.marks.baseline or run.marks.quiet, run.marks.step or run.marks.end or float("inf")
    moved = [change for change in line.changes if begin <= change.mono < step]
    return check("baseline_still", None if moved else True,
                 f"The scale moved {len(moved)} times before the step." if moved else "The scale stood still before the step.",
                 f"부하 증가 전에 복제본 수가 {len(moved)}번 바뀌었습니다." if moved else "부하 증가 전 복제본 수가 안정적이었습니다.",
                 measured=len(moved), limit=0)


def _complete(run: ScalingRun) -> Check:
    return check("run_complete", None if run.stopped else True,
                 f"The run was ended early: {run.stopped}." if run.stopped else "The run went through all its parts.",
                 f"측정이 일찍 끝났습니다: {run.stopped}." if run.stopped else "측정의 모든 단계가 끝났습니다.")


def _metrics(run: ScalingRun) -> Check:
    limit = freshness_limit(run.timing)
    begin, end = run.marks.baseline or run.marks.quiet, run.marks.end or float("inf")
    silence, fault = longest_silence(run.metrics, begin, end)
    why = f" ({fault})" if fault else ""
    return check("metrics_throughout", silence <= limit,
                 f"metrics.k8s.io gave no new CPU reading for {silence:.0f} s while the test ran{why}; limit {limit:.0f} s.",
                 f"시험 중 {silence:.0f}초 동안 metrics.k8s.io에 새 CPU 값이 없었습니다{why}. 한도 {limit:.0f}초.",
                 measured=silence, limit=limit, unit="s")


def _active(run: ScalingRun, line: Timeline) -> Check:
    begin, end = run.marks.step or run.marks.quiet, run.marks.end or float("inf")
    lost = [(mono, reason, message) for mono, reason, message in line.inactive if begin <= mono <= end]
    if lost:
        _, reason, message = lost[0]
        return check("hpa_active", False, f"HPA {run.hpa} stopped working during the test: {reason}: {message[:200]}",
                     f"시험 중 HPA {run.hpa}이(가) 동작을 멈췄습니다: {reason}: {message[:200]}", measured=len(lost), limit=0)
    return check("hpa_active", True, f"HPA {run.hpa} was active throughout.", f"HPA {run.hpa}이(가) 계속 동작했습니다.", measured=0,
                 limit=0)


def foreign_writers(run: ScalingRun) -> list[ScaleWriter]:
    """Writes of `spec.replicas` since the step by anyone but the HPA, from managedFields."""
    step = run.marks.step or float("inf")
    before = {(w.manager, w.subresource, w.time) for w in run.writers if w.mono <= step}
    seen: dict[tuple[str, str, str], ScaleWriter] = {}
    for writer in run.writers:
        key = (writer.manager, writer.subresource, writer.time)
        if writer.manager and writer.mono > step and key not in before and (writer.manager,
                                                                            writer.subresource) != (HPA_MANAGER,
                                                                                                    HPA_SUBRESOURCE):
            seen.setdefault(key, writer)
    return list(seen.values())


def unexplained_changes(run: ScalingRun, line: Timeline) -> list[str]:
    """Changes of the scale that the HPA neither tells by an Event nor by a new `lastScaleTime` of that size.

    Its desired number alone explains nothing: within its tolerance the HPA takes whatever number it finds for desired.
    managedFields often tell nothing either: the API server keeps no owner for a write through the scale subresource
    where nobody owned `spec.replicas` before (measured on 1.34), as in every manifest that leaves the number to the HPA.
    """
    step = run.marks.step or float("inf")
    return [f"{change.before} → {change.after}" for change in line.changes if change.mono > step and not _is_the_hpas(change, line)]


def _is_the_hpas(change: ScaleChange, line: Timeline) -> bool:
    return bool(change.reason) or any(size == change.after and abs(mono - change.mono) <= NEAR_SECONDS for mono, size in line.rescales)


def _writers(run: ScalingRun, line: Timeline) -> Check:
    strangers = sorted({writer.manager for writer in foreign_writers(run)})
    odd = unexplained_changes(run, line)
    if strangers or odd:
        who = ", ".join(strangers) or "somebody whom managedFields do not name"
        who_ko = ", ".join(strangers) or "알 수 없는 주체"
        return check("only_hpa_scales", False,
                     f"{who} wrote the scale of {run.deployment} during the test{': ' + ', '.join(odd[:3]) if odd else ''}; only the HPA may.",
                     f"시험 중 {who_ko}이(가) {run.deployment}의 복제본 수를 변경했습니다. HPA만 변경해야 합니다.",
                     measured=len(strangers) + len(odd), limit=0)
    return check("only_hpa_scales", True, "Nobody but the HPA wrote the scale.", "HPA만 복제본 수를 변경했습니다.", measured=0, limit=0)
