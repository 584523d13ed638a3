"""The figure of a scaling run: rates, latencies, replicas, CPU; phases as bands; second 0 is the load step."""

from __future__ import annotations

from collections.abc import Sequence

from naru.core.load_stats import seconds_of_load
from naru.core.scaling import ScalingJudgement
from naru.core.scaling_objects import cpu_target, request_cores
from naru.core.scaling_phases import Phases, phases_of, utilization
from naru.core.scaling_record import ScalingRun
from naru.core.scaling_timeline import Timeline, timeline_of
from naru.model.plot import Band, Figure, Limit, Line, Mark, Panel

FAR = 1e12


def plot_of(run: ScalingRun, judgement: ScalingJudgement) -> Figure:
    """Everything on one time axis; a run that never came to its step begins with its recording."""
    line = timeline_of(run)
    limit = next((check.limit for check in judgement.checks if check.name == "latency_after"), None)
    phases = phases_of(run, line, limit or FAR)
    zero = run.marks.step or run.marks.baseline or run.marks.quiet
    end = (run.marks.end or zero) - zero
    begin = (run.marks.baseline or run.marks.quiet) - zero
    panels = [*_load_panels(run, zero, limit), _replicas(line, zero, begin, end), _cpu(run, line, zero, begin)]
    return Figure(
        title=f"자동 확장 · Scaling  {run.cloud}/{run.deployment}  ({run.profile})  {judgement.verdict}",
        x_label="부하 증가 후 시간 · seconds since the load step", panels=tuple(panel for panel in panels if panel.lines),
        bands=tuple(_bands(phases, zero)), marks=tuple(_marks(run, zero)),
    )


def _load_panels(run: ScalingRun, zero: float, limit: float | None) -> list[Panel]:
    seconds = seconds_of_load(run.rows)
    if not seconds:
        return []
    at = tuple(round(run.absolute(item.second) - zero, 3) for item in seconds)
    rate = Panel(title="부하 · load", unit="requests/s", lines=(
        Line(name="요청 offered", x=at, y=tuple(float(item.offered) for item in seconds), steps=True),
        Line(name="응답 served", x=at, y=tuple(float(item.served) for item in seconds), steps=True),
        Line(name="실패 failed", x=at, y=tuple(float(item.errors) for item in seconds), steps=True)))
    latency = Panel(title="지연 · latency", unit="ms", scale="log", lines=tuple(
        Line(name=name, x=at, y=tuple(getattr(item, field) for item in seconds))
        for name, field in (("p50", "p50"), ("p90", "p90"), ("p99", "p99"), ("p99.9", "p999"))),
        limits=(Limit(name="한도 limit", y=limit),) if limit else ())
    return [rate, latency]


def _replicas(line: Timeline, zero: float, begin: float, end: float) -> Panel:
    series = (("HPA 목표 desired", line.desired), ("요청 spec", line.spec), ("준비 ready", line.ready))
    return Panel(title="파드 수 · replicas", unit="pods", lines=tuple(
        _held(name, points, zero, begin, end) for name, points in series if points))


def _held(name: str, points: Sequence[tuple[float, int]], zero: float, begin: float, end: float) -> Line:
    """A step series from the figure's left to its right edge."""
    inside = [(mono - zero, value) for mono, value in points]
    before = [value for at, value in inside if at <= begin]
    shown = [(begin, before[-1] if before else 0), *((at, value) for at, value in inside if begin < at < end)]
    shown.append((end, shown[-1][1]))
    return Line(name=name, x=tuple(round(at, 3) for at, _ in shown), y=tuple(float(value) for _, value in shown), steps=True)


def _cpu(run: ScalingRun, line: Timeline, zero: float, begin: float) -> Panel:
    request, target = request_cores(run.entry["deployment"]), cpu_target(run.entry["hpa"])
    points = [(poll.mono - zero, share) for poll in run.metrics if poll.mono - zero >= begin and (share := utilization(poll,
                                                                                                                       line,
                                                                                                                       request)) is not None]
    lines = (Line(name="평균 사용률 mean of pods", x=tuple(round(x, 3) for x, _ in points),
                  y=tuple(round(y * 100, 2) for _, y in points), steps=True),)
    return Panel(title="CPU / 요청값 · CPU of request", unit="%", lines=lines if points else (),
                 limits=(Limit(name="HPA 목표 target", y=target * 100),) if target else ())


def _bands(phases: Phases | None, zero: float) -> list[Band]:
    if phases is None:
        return []
    moments = [("메트릭 metric", phases.load, phases.metric), ("결정 control", phases.metric, phases.decide),
               ("기동 actuation", phases.decide, phases.ready), ("라우팅 routing", phases.ready, phases.serve)]
    return [Band(name=name, begin=round(begin - zero, 3), end=round(end - zero, 3))
            for name, begin, end in moments if begin is not None and end is not None]


def _marks(run: ScalingRun, zero: float) -> list[Mark]:
    found = [("부하 증가 step", run.marks.step), ("부하 감소 step down", run.marks.down)]
    return [Mark(name=name, at=round(at - zero, 3)) for name, at in found if at is not None]
