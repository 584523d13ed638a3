"""From recorded samples to a time line: the life of each pod, each change of the scale, each word of the HPA."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from naru.core.scaling_objects import condition, is_ready, owners
from naru.core.scaling_record import ScalingRun
from naru.model.samples import Sample


@dataclass(slots=True)
class PodLife:
    """One pod; None where it was not seen. Times are of receipt."""

    name: str
    created: float
    before: bool
    """It was there when recording began."""
    scheduled: float | None = None
    started: float | None = None
    ready: float | None = None
    routed: float | None = None
    """In an EndpointSlice as ready."""
    first_answer: float | None = None
    """Last byte of its first good answer."""
    unready: float | None = None
    """When it last stopped being ready without leaving."""
    leaving: float | None = None
    gone: float | None = None
    restarts: int = 0

    def plain(self) -> dict[str, Any]:
        """For the report."""
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name) is not None}


@dataclass(frozen=True, slots=True)
class ScaleChange:
    """`spec.replicas` of the Deployment changed."""

    mono: float
    before: int
    after: int
    reason: str = ""
    """The HPA's own words (SuccessfulRescale), where the Event was seen."""


@dataclass
class Timeline:
    """Everything by time."""

    pods: dict[str, PodLife] = field(default_factory=dict)
    changes: list[ScaleChange] = field(default_factory=list)
    desired: list[tuple[float, int]] = field(default_factory=list)
    """The HPA's `status.desiredReplicas`, at each change."""
    rescales: list[tuple[float, int]] = field(default_factory=list)
    """(when, desired size) of each new `status.lastScaleTime`: the HPA says that it has scaled."""
    spec: list[tuple[float, int]] = field(default_factory=list)
    """The Deployment's `spec.replicas`, at each change."""
    ready: list[tuple[float, int]] = field(default_factory=list)
    """Number of ready pods, at each change."""
    inactive: list[tuple[float, str, str]] = field(default_factory=list)
    """(when, reason, message) of each time the HPA's ScalingActive was not True."""
    limited: list[tuple[float, str]] = field(default_factory=list)
    """(when, reason) of each change of ScalingLimited=True."""
    gaps: list[tuple[float, float, str]] = field(default_factory=list)
    """(begin, end, kind): nothing of this kind was seen."""
    events: list[tuple[float, str, str]] = field(default_factory=list)
    """(when, reason, message) of the HPA's Events."""
    scaled_at: str | None = None
    """The HPA's `status.lastScaleTime` as last seen; None before it was seen at all."""

    def new_pods(self, since: float) -> list[PodLife]:
        """Pods created since then, in order."""
        return sorted((p for p in self.pods.values() if not p.before and p.created >= since), key=lambda p: p.created)

    def at(self, series: Sequence[tuple[float, int]], mono: float) -> int:
        """The value of a step series at a time."""
        index = bisect_right(series, mono, key=lambda point: point[0])
        return series[index - 1][1] if index else 0


def timeline_of(run: ScalingRun) -> Timeline:
    """Read the whole watch and the first answers of each pod."""
    line = Timeline()
    for sample in run.watch:
        _take(line, sample, run)
    _first_answers(line, run)
    line.changes = [_with_reason(change, line.events) for change in line.changes]
    return line


def _take(line: Timeline, sample: Sample, run: ScalingRun) -> None:
    obj = sample.object
    kind = obj.get("kind", "")
    if sample.type == "GAP":
        line.gaps.append((sample.mono - float(obj.get("seconds", 0)), sample.mono, kind))
    elif kind == "Pod":
        _pod(line, sample, run)
    elif kind == "Deployment" and obj["metadata"]["name"] == run.deployment:
        _deployment(line, sample)
    elif kind == "HorizontalPodAutoscaler" and obj["metadata"]["name"] == run.hpa:
        _hpa(line, sample)
    elif kind == "EndpointSlice":
        _endpoints(line, sample)
    elif kind == "Event":
        _event(line, sample, run)


def _pod(line: Timeline, sample: Sample, run: ScalingRun) -> None:
    obj, mono = sample.object, sample.mono
    name = obj["metadata"]["name"]
    if not any(kind == "ReplicaSet" and owner.startswith(f"{run.deployment}-") for kind, owner in owners(obj)):
        return
    limit = run.marks.baseline or float("inf")
    life = line.pods.setdefault(name, PodLife(name, mono, before=sample.type == "ADDED" and mono < limit and is_ready(obj)))
    was = life.ready is not None and life.unready is None and life.leaving is None
    _pod_marks(life, sample)
    now = life.ready is not None and life.unready is None and life.leaving is None
    if was != now:
        count = (line.ready[-1][1] if line.ready else 0) + (1 if now else -1)
        line.ready.append((mono, count))


def _pod_marks(life: PodLife, sample: Sample) -> None:
    obj, mono = sample.object, sample.mono
    status = obj.get("status") or {}
    if sample.type == "DELETED":
        life.leaving = life.leaving or mono
        life.gone = mono
        return
    if obj["metadata"].get("deletionTimestamp"):
        life.leaving = life.leaving or mono
        return
    scheduled = condition(obj, "PodScheduled")
    if scheduled and scheduled.get("status") == "True":
        life.scheduled = life.scheduled or mono
    states = status.get("containerStatuses") or []
    if states and all("running" in (c.get("state") or {}) for c in states):
        life.started = life.started or mono
    life.restarts = sum(int(c.get("restartCount", 0)) for c in states)
    if is_ready(obj):
        life.ready, life.unready = life.ready or mono, None
    elif life.ready is not None and life.unready is None:
        life.unready = mono


def _deployment(line: Timeline, sample: Sample) -> None:
    replicas = int(sample.object["spec"].get("replicas", 1))
    if line.spec and line.spec[-1][1] != replicas:
        line.changes.append(ScaleChange(sample.mono, line.spec[-1][1], replicas))
    if not line.spec or line.spec[-1][1] != replicas:
        line.spec.append((sample.mono, replicas))


def _hpa(line: Timeline, sample: Sample) -> None:
    obj, mono = sample.object, sample.mono
    status = obj.get("status") or {}
    wanted, scaled_at = int(status.get("desiredReplicas", 0)), str(status.get("lastScaleTime") or "")
    if not line.desired or line.desired[-1][1] != wanted:
        line.desired.append((mono, wanted))
    if line.scaled_at is not None and scaled_at != line.scaled_at:
        line.rescales.append((mono, wanted))
    line.scaled_at = scaled_at
    active = condition(obj, "ScalingActive")
    if active is not None and active.get("status") != "True":
        line.inactive.append((mono, active.get("reason", ""), active.get("message", "")))
    limited = condition(obj, "ScalingLimited")
    reason = limited.get("reason", "") if limited is not None and limited.get("status") == "True" else ""
    if reason and (not line.limited or line.limited[-1][1] != reason):
        line.limited.append((mono, reason))


def _endpoints(line: Timeline, sample: Sample) -> None:
    for endpoint in sample.object.get("endpoints") or []:
        name = (endpoint.get("targetRef") or {}).get("name", "")
        life = line.pods.get(name)
        if life is not None and (endpoint.get("conditions") or {}).get("ready"):
            life.routed = life.routed or sample.mono


def _event(line: Timeline, sample: Sample, run: ScalingRun) -> None:
    obj = sample.object
    about = obj.get("involvedObject") or obj.get("regarding") or {}
    if about.get("kind") == "HorizontalPodAutoscaler" and about.get("name") == run.hpa:
        line.events.append((sample.mono, obj.get("reason", ""), obj.get("message") or obj.get("note") or ""))


def _first_answers(line: Timeline, run: ScalingRun) -> None:
    for row in run.rows:
        life = line.pods.get(row.pod)
        if life is not None and row.ok:
            done = run.absolute(row.done)
            if life.first_answer is None or done < life.first_answer:
                life.first_answer = done


def _with_reason(change: ScaleChange, events: list[tuple[float, str, str]]) -> ScaleChange:
    """The Event comes a moment after the change and names the new size."""
    for mono, reason, message in events:
        if reason == "SuccessfulRescale" and abs(mono - change.mono) < 3 and f"New size: {change.after};" in message:
            return ScaleChange(change.mono, change.before, change.after, message)
    return change
