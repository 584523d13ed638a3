"""The five phases of one scaling: metric, control, actuation, routing, recovery; and the floor beside them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from naru.core.floor import Floor, FloorModel, floor_of
from naru.core.load_stats import nearest_rank
from naru.core.scaling_objects import cpu_target, request_cores
from naru.core.scaling_record import MetricPoll, ScalingRun
from naru.core.scaling_timeline import Timeline

OVER_FLOOR_SECONDS, MOST_DECIDE_SECONDS = 5.0, 100.0
POLL_SECONDS = 1.0
"""Between two looks at the readings: a new one is seen half of that late on the average."""


@dataclass(frozen=True, slots=True)
class Phases:
    """Moments (absolute monotonic seconds); None for what never came."""

    load: float
    metric: float | None
    """First reading above target and tolerance."""
    decide: float | None
    """The HPA first wanted more pods."""
    ready: float | None
    """First new pod Ready."""
    serve: float | None
    """First good answer by that pod."""
    slo: float | None
    """From here on every second was within the latency limit and without errors; None if it never came back."""

    def plain(self) -> dict[str, float | None]:
        """The five durations in seconds, for summary and report."""
        return {
            "metric_seconds": _between(self.load, self.metric), "control_seconds": _between(self.metric, self.decide),
            "actuation_seconds": _between(self.decide, self.ready), "routing_seconds": _between(self.ready, self.serve),
            "recovery_seconds": _between(self.load, self.slo), "decide_seconds": _between(self.load, self.decide),
            "serve_seconds": _between(self.load, self.serve),
        }


def phases_of(run: ScalingRun, line: Timeline, p99_limit: float) -> Phases | None:
    """None where the step was never made."""
    if run.marks.step is None:
        return None
    load, end = run.marks.step, run.marks.down or run.marks.end or float("inf")
    decide = _decision(line, load, end)
    metric = _threshold(run, line, load, end)
    if metric is not None and decide is not None:
        metric = min(metric, decide)  # the poll may come a moment after the HPA's own look
    first = next((pod for pod in line.new_pods(load) if pod.ready is not None), None)
    return Phases(load, metric, decide, first.ready if first else None, _served(first), _recovered(run, load, end, p99_limit))


def floor_for(run: ScalingRun) -> Floor | None:
    """The floor of this very run: its cluster's timing, its HPA's target, its baseline and step."""
    target = cpu_target(run.entry["hpa"]) or 0
    request = request_cores(run.entry["deployment"])
    pods = int((run.entry["hpa"]["spec"]).get("minReplicas") or 1)
    if run.aim is None or not target or not request:
        return None
    aim, timing = run.aim, run.timing

    def share(rate: float) -> float:
        return (aim.idle_cores + rate * aim.cores_per_request / pods) / request

    model = FloorModel(timing.housekeeping, timing.resolution, timing.sync, target, share(aim.base_rate), share(aim.step_rate),
                       timing.tolerance, pods, timing.jitter, first_scrape(run))
    try:
        return floor_of(model)
    except ValueError:
        return None


def decide_limit(run: ScalingRun, own: float) -> float:
    """Seconds within which the HPA must decide: `own` of the cloud's limits, or more where this cluster's timing asks for it.

    The floor's p95 and 5 s, at most 100 s (research/verification.md, section 3): with Kubernetes' defaults one healthy HPA in
    twenty needs 44 s for the step that it sees in 27 s on the average.
    """
    floor = floor_for(run)
    if floor is None or floor.share_undecided:
        return own
    return max(own, min(MOST_DECIDE_SECONDS, round(floor.p95 + OVER_FLOOR_SECONDS, 1)))


def first_scrape(run: ScalingRun) -> float | None:
    """Seconds after the step of metrics-server's next scrape, by the last new reading before it; None where none was seen."""
    step, period = run.marks.step, run.timing.resolution
    before = [poll for poll in run.metrics if step is not None and poll.mono <= step and poll.pods]
    came = [late.mono for early, late in pairwise(before) if _stamps(early) != _stamps(late)]
    if step is None or not came:
        return None
    return (came[-1] - POLL_SECONDS / 2 - step) % period


def _stamps(poll: MetricPoll) -> dict[str, str]:
    return {name: cpu.at for name, cpu in poll.pods.items()}


def utilization(poll: MetricPoll, line: Timeline, request: float) -> float | None:
    """Mean CPU over request of the Deployment's pods in one poll."""
    found = [cpu.cores for name, cpu in poll.pods.items() if name in line.pods]
    return sum(found) / len(found) / request if found and request else None


def bad_seconds(run: ScalingRun, begin: float, end: float, p99_limit: float) -> list[float]:
    """Begin of each second (by intended send time) in which an answer failed or the p99 was over the limit (milliseconds)."""
    windows: dict[int, list[float]] = {}
    failed: set[int] = set()
    for row in run.rows:
        at = run.absolute(row.intended)
        if begin <= at < end and row.error != "dropped":
            number = int(at - begin)
            windows.setdefault(number, []).append(row.latency)
            if not row.ok:
                failed.add(number)
    slow = {number for number, found in windows.items() if (nearest_rank(sorted(found), 0.99) or 0) > p99_limit}
    return [begin + number for number in sorted(slow | failed)]


def _between(begin: float | None, end: float | None) -> float | None:
    return None if begin is None or end is None else round(end - begin, 3)


def _decision(line: Timeline, load: float, end: float) -> float | None:
    risen: list[float] = []
    for series in (line.desired, line.spec):
        before = line.at(series, load)
        risen += [mono for mono, value in series if load < mono < end and value > before][:1]
    return min(risen, default=None)


def _threshold(run: ScalingRun, line: Timeline, load: float, end: float) -> float | None:
    target, request = cpu_target(run.entry["hpa"]), request_cores(run.entry["deployment"])
    if target is None:
        return None
    for poll in run.metrics:
        if load < poll.mono < end:
            share = utilization(poll, line, request)
            if share is not None and share > target * (1 + run.timing.tolerance):
                return poll.mono
    return None


def _served(first: object) -> float | None:
    answer = getattr(first, "first_answer", None)
    ready = getattr(first, "ready", None)
    return None if answer is None or ready is None else max(answer, ready)


def _recovered(run: ScalingRun, load: float, end: float, p99_limit: float) -> float | None:
    bad = bad_seconds(run, load, end, p99_limit)
    if not bad:
        return load
    back = bad[-1] + 1
    return back if back < end - 1 else None
