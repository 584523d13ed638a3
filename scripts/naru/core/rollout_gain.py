"""Ready pods gained and lost: the deadline that flapping pods do not begin anew, and how often they were lost.

A workload that lacks ready pods must gain one within a time. Only more ready pods than ever before (since more were last
asked for) count as a gain, so that pods that take turns, or come back again and again, gain nothing. The time runs from the
last gain, or from the first start of the newest pod's containers; what does not start yet has signs of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from naru.core.history import History
from naru.core.probes import start_allowance
from naru.core.said import Said
from naru.core.sign import Reason, Sign
from naru.core.world import Object, World, is_true, name, uid
from naru.model.cloud import RolloutLimits

SCALED = frozenset({"Deployment", "StatefulSet", "DaemonSet"})


@dataclass
class Gain:
    """One workload: `best` ready pods of `wanted`, reached at `since`; `full_since` while none is lacking."""

    since: float
    wanted: int = 0
    best: int = 0
    ready: int = 0
    full_since: float | None = None
    started: float = 0.0
    """When the newest pod's containers ran first; infinite while one has not run yet."""
    allowed: float = 0.0
    """Seconds that may pass without a gain."""

    @property
    def due(self) -> float | None:
        """When it will have lacked a gain for too long; None while none is lacking or one still starts."""
        due = max(self.since, self.started) + self.allowed
        return due if self.ready < self.wanted and math.isfinite(due) else None


@dataclass
class Gains:
    """Every scaled workload of the release, fed at each look; `window` is the stability window in seconds."""

    limits: RolloutLimits
    window: float
    found: dict[tuple[str, str], Gain] = field(default_factory=dict)

    def look(self, world: World, workloads: Iterable[Object], history: History, mono: float) -> None:
        """Take the moment in."""
        for workload in workloads:
            pods = world.new_pods(workload) if workload["kind"] in SCALED else []
            if not pods:
                self.found.pop((workload["kind"], name(workload)), None)
                continue
            ready = sum(1 for pod in pods if is_true(pod, "Ready") and not pod["metadata"].get("deletionTimestamp"))
            gain = self.found.setdefault((workload["kind"], name(workload)), Gain(mono))
            gain.started, gain.allowed = _started(pods, history), self._allowed(pods)
            self._count(gain, _wanted(workload), ready, mono)

    def forgive(self, mono: float) -> None:
        """Nothing could be seen until now: a gain may have been among it."""
        for gain in self.found.values():
            gain.since = mono

    def due(self) -> list[float]:
        """When something will have lacked a gain for too long."""
        return [gain.due for gain in self.found.values() if gain.due is not None]

    def late(self, signs: Iterable[Sign], mono: float) -> Sign | None:
        """What has lacked a gain for too long, by its likeliest cause."""
        for (kind, which), gain in self.found.items():
            if gain.due is None or gain.due > mono:
                continue
            en = f"{kind} {which} gained no ready pod for {gain.allowed:g} s, {gain.ready} of {gain.wanted} are ready"
            ko = f"{kind} {which}: {gain.allowed:g}초 동안 준비된 파드가 늘지 않음, {gain.wanted} 중 {gain.ready} 준비"
            first = next(iter(signs), None)
            if first is not None:
                return first._replace(said=Said(f"{en}: {first.said.en}", f"{ko}: {first.said.ko}"))
            return Sign(Reason.no_gain, f"{kind}/{which}", Said(f"{en}.", f"{ko}."))
        return None

    def _count(self, gain: Gain, wanted: int, ready: int, mono: float) -> None:
        if wanted > gain.wanted:
            gain.best, gain.since = ready, mono  # more was asked for: an autoscaler may do so at any time
        gain.wanted = wanted
        if ready > gain.best:
            gain.best, gain.since = ready, mono
        if ready < wanted:
            if gain.full_since is not None and mono - gain.full_since >= self.window:
                gain.best, gain.since = ready, mono  # it stood: what is lost now is lost for the first time
            gain.full_since = None
        elif gain.full_since is None:
            gain.full_since = mono
        gain.ready = ready

    def _allowed(self, pods: Iterable[Object]) -> float:
        starts = [start_allowance(container) for pod in pods for container in _containers(pod)]
        return max([self.limits.progress_seconds, self.limits.start_seconds, *starts])


def most_drops(world: World, workloads: Iterable[Object], history: History) -> int:
    """How often the worst of the release's pods was ready and then not ready."""
    pods = (pod for workload in workloads if workload["kind"] in SCALED for pod in world.new_pods(workload))
    return max((history.ready_drops.get(uid(pod), 0) for pod in pods), default=0)


def _started(pods: Sequence[Object], history: History) -> float:
    """Monotonic time since which every main container of every pod has run at least once."""
    return max((history.first_run.get(f"{uid(pod)}/{container['name']}", math.inf) for pod in pods for container in _containers(pod)),
               default=math.inf)


def _containers(pod: Object) -> list[Object]:
    return (pod.get("spec") or {}).get("containers") or []


def _wanted(workload: Object) -> int:
    if workload["kind"] == "DaemonSet":
        return int((workload.get("status") or {}).get("desiredNumberScheduled") or 0)
    return int(workload["spec"].get("replicas", 1))
