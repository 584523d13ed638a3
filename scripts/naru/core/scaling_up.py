"""Checks of the way up: decided in time, pods ready and serving, the right number, no overshoot, no thrash."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from naru.core.scaling_objects import cpu_target, replica_range, request_cores
from naru.core.scaling_phases import Phases, decide_limit, utilization
from naru.core.scaling_record import MetricPoll, ScalingRun
from naru.core.scaling_timeline import Timeline
from naru.core.scaling_timing import act_seconds
from naru.core.scaling_words import check, milli, percent
from naru.model.cloud import ScalingLimits
from naru.model.evidence import Check

LOADED_SHARE = 0.9
"""Below this share of good answers the load did not really reach the pods."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the HPA had to choose, from the CPU that its pods used while replicas stood still."""

    total_cores: float
    least: int
    """Within tolerance above the target this number may stay; from readings that the HPA had the time to act on."""
    most: int
    """ceil(total / target of one pod)."""
    reached: int
    """Ready pods when the load was taken away."""
    peak: int
    """The most that were ever wanted."""
    needed: int
    """`most` without the HPA's range."""
    pressure: float
    """CPU used over that of the minimum at target and tolerance: above 1 the HPA has to act."""


def expected_of(run: ScalingRun, line: Timeline) -> Expected | None:
    """None where the step or its readings are missing."""
    one, polls = _one_pod(run), _hold_polls(run)
    step, down = run.marks.step, run.marks.down or run.marks.end
    if step is None or down is None or not one or not polls:
        return None
    total = sum(_cores(polls[-1], line))
    low, _ = replica_range(run.entry["hpa"])
    tolerant = 1 + run.timing.tolerance
    wanted = [value for mono, value in line.spec if step < mono <= down]
    # What came as the load was taken away is nothing that the HPA could have acted on under the load.
    known = [poll for poll in polls if poll.mono <= down - act_seconds(run.timing)] or polls[:1]
    due = min(total, sum(_cores(known[-1], line)))
    return Expected(total, _pods_for(run, due, tolerant), _pods_for(run, total, 1), line.at(line.ready, down),
                    max([*wanted, line.at(line.spec, step)]), math.ceil(total / one - 1e-9), total / (low * one * tolerant))


def least_under_load(run: ScalingRun, line: Timeline) -> int:
    """The fewest pods that any reading of the hold allowed the HPA to run; 0 where there was none.

    A smaller scale than was reached may be an overshoot put right; a smaller scale than this took needed pods away.
    """
    ready = line.at(line.ready, run.marks.down or run.marks.end or 0.0)
    totals = [sum(cores) for poll in _hold_polls(run) if (cores := _cores(poll, line)) and len(cores) >= ready]
    if not totals or not _one_pod(run):
        return 0
    return _pods_for(run, min(totals), 1 + run.timing.tolerance)


def _one_pod(run: ScalingRun) -> float:
    """CPU of one pod at the HPA's target, cores; 0 where target or request is missing."""
    return (cpu_target(run.entry["hpa"]) or 0) * request_cores(run.entry["deployment"])


def _hold_polls(run: ScalingRun) -> list[MetricPoll]:
    """The readings of the hold; none where there was no step."""
    down = run.marks.down or run.marks.end
    if run.marks.step is None or down is None:
        return []
    return [poll for poll in run.metrics if down - run.hold_seconds <= poll.mono <= down and poll.pods]


def _cores(poll: MetricPoll, line: Timeline) -> list[float]:
    """CPU of each pod of the app at one reading."""
    return [cpu.cores for name, cpu in poll.pods.items() if name in line.pods]


def _pods_for(run: ScalingRun, total: float, factor: float) -> int:
    """How many pods the HPA may run for so much CPU, each at `factor` times its target."""
    low, high = replica_range(run.entry["hpa"])
    return min(high, max(low, math.ceil(total / _one_pod(run) / factor - 1e-9)))


def up_checks(run: ScalingRun, line: Timeline, phases: Phases, limits: ScalingLimits) -> list[Check]:
    """All checks of the way up."""
    checks = [decided(run, line, phases, limits)]
    if phases.decide is None:
        return checks
    checks += [_ready(run, line, phases, limits), _serve(run, line)]
    expected = expected_of(run, line)
    if expected is not None:
        checks += [_number(run, line, expected), _overshoot(expected, limits)]
    return [*checks, _thrash(run, line)]


def decided(run: ScalingRun, line: Timeline, phases: Phases, limits: ScalingLimits) -> Check:
    """Was there a decision, and in time?"""
    if phases.decide is None:
        return _undecided(run, line, phases, limits)
    took, limit = phases.decide - phases.load, decide_limit(run, limits.decide_seconds)
    return check("decided", took <= limit,
                 f"The HPA decided {took:.1f} s after the load step (limit {limit:g} s).",
                 f"HPA가 부하 증가 {took:.1f}초 후에 확장을 결정했습니다(한도 {limit:g}초).",
                 measured=took, limit=limit, unit="s")


def _undecided(run: ScalingRun, line: Timeline, phases: Phases, limits: ScalingLimits) -> Check:
    target, request = cpu_target(run.entry["hpa"]) or 0, request_cores(run.entry["deployment"])
    shares = [share for poll in run.metrics if poll.mono > phases.load and (share := utilization(poll, line,
                                                                                                 request)) is not None]
    peak = max(shares, default=0.0)
    waited = (run.marks.down or run.marks.end or phases.load) - phases.load
    rate = run.aim.step_rate if run.aim else 0
    answered = answered_share(run, phases.load)
    if answered < LOADED_SHARE:
        english = f"The HPA had no reason to scale: only {percent(answered)} of the step's requests were answered well, CPU reached {percent(peak)}."
        korean = f"부하 증가 후 요청의 {percent(answered)}만 정상 응답하여 HPA가 확장할 이유가 없었습니다(CPU {percent(peak)})."
    elif peak <= target * (1 + run.timing.tolerance):
        english = (f"The HPA never scaled: {rate:g} requests/s brought CPU to {percent(peak)} of the request, its target is {percent(target)} "
                   f"({milli(target * request)} a pod).")
        korean = (f"HPA가 확장하지 않았습니다: 초당 {rate:g}건에서 CPU는 요청값의 {percent(peak)}까지 올랐으나 목표는 {percent(target)}"
                  f"(파드당 {milli(target * request)})입니다.")
    else:
        english = f"The HPA did not scale in {waited:.0f} s, though CPU reached {percent(peak)} of the request and its target is {percent(target)}."
        korean = f"CPU가 요청값의 {percent(peak)}(목표 {percent(target)})에 달했으나 HPA가 {waited:.0f}초 동안 확장하지 않았습니다."
    return check("decided", False, english, korean, measured=waited, limit=decide_limit(run, limits.decide_seconds), unit="s")


def answered_share(run: ScalingRun, since: float) -> float:
    """Share of good answers among the requests sent since then; 1 of none."""
    sent = [row.ok for row in run.rows if run.absolute(row.intended) >= since and row.error != "dropped"]
    return sum(sent) / len(sent) if sent else 1.0


def _ready(run: ScalingRun, line: Timeline, phases: Phases, limits: ScalingLimits) -> Check:
    """A new pod that left before its time was up says nothing."""
    end, limit = run.marks.end or float("inf"), limits.ready_seconds
    took: dict[str, float] = {}
    for pod in line.new_pods(phases.load):
        if pod.ready is not None:
            took[pod.name] = pod.ready - pod.created
        elif (waited := min(pod.leaving or end, end) - pod.created) > limit:
            return check("pods_ready", False,
                         f"New pod {pod.name} was not Ready {waited:.1f} s after it was made (limit {limit:g} s).",
                         f"새 파드 {pod.name}이(가) 생성 {waited:.1f}초 후에도 준비되지 않았습니다(한도 {limit:g}초).",
                         measured=waited, limit=limit, unit="s")
    if not took:
        return check("pods_ready", False, "The HPA decided, but no new pod came to be ready.", "HPA가 결정했으나 준비된 새 파드가 없습니다.",
                     limit=limit, unit="s")
    slowest = max(took.values())
    return check("pods_ready", slowest <= limit,
                 f"The slowest new pod was Ready {slowest:.1f} s after it was made (limit {limit:g} s).",
                 f"가장 느린 새 파드가 생성 {slowest:.1f}초 후 준비되었습니다(한도 {limit:g}초).", measured=slowest, limit=limit, unit="s")


def _serve(run: ScalingRun, line: Timeline) -> Check:
    """Each new pod that was ready for the whole hold must have answered at least once."""
    down = run.marks.down or run.marks.end or 0.0
    silent = [pod.name for pod in line.new_pods(run.marks.step or 0.0)
              if pod.ready is not None and pod.ready < down - run.hold_seconds and pod.first_answer is None]
    if silent:
        return check("pods_serve", False, f"New pod {silent[0]} was Ready but never answered a request.",
                     f"새 파드 {silent[0]}은(는) 준비되었으나 요청에 한 번도 응답하지 않았습니다.", measured=len(silent), limit=0)
    return check("pods_serve", True, "Every new pod answered requests.", "모든 새 파드가 요청에 응답했습니다.", measured=0, limit=0)


def _number(run: ScalingRun, line: Timeline, found: Expected) -> Check:
    _, high = replica_range(run.entry["hpa"])
    capped = any(reason == "TooManyReplicas" and mono >= (run.marks.step or 0) for mono, reason in line.limited)
    if found.reached >= high and (capped or found.most >= high):
        return check("replicas_expected", False,
                     f"The HPA stopped at its maximum of {high} pods (ScalingLimited: TooManyReplicas), the load needs more.",
                     f"HPA가 최대값 {high}개에서 멈췄습니다(ScalingLimited: TooManyReplicas). 부하는 더 많은 파드를 필요로 합니다.",
                     measured=found.reached, limit=high, unit="pods")
    span = f"{found.least}" if found.least == found.most else f"{found.least} to {found.most}"
    span_ko = f"{found.least}" if found.least == found.most else f"{found.least}~{found.most}"
    return check("replicas_expected", found.reached >= found.least,
                 f"{found.reached} pods were reached, {span} expected from {milli(found.total_cores)} of CPU.",
                 f"파드 {found.reached}개에 도달했습니다. CPU {milli(found.total_cores)} 기준 기대값은 {span_ko}개입니다.",
                 measured=found.reached, limit=found.least, unit="pods")


def _overshoot(found: Expected, limits: ScalingLimits) -> Check:
    limit = max(limits.overshoot_pods, math.floor(found.most / 4))
    over = max(0, found.peak - found.most)
    return check("overshoot", over <= limit,
                 f"The HPA asked for {over} pods more than the {found.most} expected (limit {limit}).",
                 f"HPA가 기대값 {found.most}개보다 {over}개 더 요청했습니다(한도 {limit}개).", measured=over, limit=limit, unit="pods")


def direction_changes(line: Timeline, begin: float) -> int:
    """How often the scale turned from up to down or back."""
    steps = [change.after - change.before for change in line.changes if change.mono > begin]
    return sum((a > 0) != (b > 0) for a, b in pairwise(steps))


def _thrash(run: ScalingRun, line: Timeline) -> Check:
    begin = run.marks.step or 0.0
    down = run.marks.down or run.marks.end or float("inf")
    turns = direction_changes(line, begin)
    needed = least_under_load(run, line)
    dropped = sum(change.after < min(change.before, needed) for change in line.changes if begin < change.mono < down)
    sizes = " → ".join(str(change.after) for change in line.changes if change.mono > begin)
    if dropped and turns <= 1:
        return check("no_thrash", False,
                     f"Pods were taken away under the load that needed {needed} of them ({sizes}).",
                     f"부하에 파드 {needed}개가 필요한데도 파드가 줄었습니다({sizes}).", measured=dropped, limit=0, unit="changes")
    return check("no_thrash", turns <= 1,
                 f"The scale changed direction {turns} {'time' if turns == 1 else 'times'} ({sizes or 'no change'}); up once and down once is right.",
                 f"복제본 수의 증감 방향이 {turns}번 바뀌었습니다({sizes or '변화 없음'}). 한 번 늘고 한 번 줄어야 합니다.",
                 measured=turns, limit=1, unit="changes")
