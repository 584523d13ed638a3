"""What a single look cannot show: restarts, failed pulls, ready and not ready again, deaths, when Events came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from naru.core.world import Object, conditions, container_spec, container_statuses, name, uid
from naru.model.samples import Sample


class Death(NamedTuple):
    """One container incarnation that ended."""

    pod_uid: str
    pod: str
    container: str
    container_id: str
    exit_code: int
    reason: str
    signal: int
    message: str
    was_ready: bool
    at: float
    """Monotonic time at which it was seen."""


@dataclass
class History:
    """Counters over samples in order; `begun` is the monotonic time of the change."""

    begun: float = 0.0
    restarts_before: dict[str, int] = field(default_factory=dict)
    """`uid/container` → restart count when the change began."""
    pull_failures: dict[str, int] = field(default_factory=dict)
    ready_drops: dict[str, int] = field(default_factory=dict)
    """Pod uid → times that it went from ready to not ready while it was not being deleted, told or not."""
    dropped_at: float = float("-inf")
    """When the last of them was told."""
    deaths: list[Death] = field(default_factory=list)
    running_since: dict[str, float] = field(default_factory=dict)
    """`uid/container/container id` → when it was first seen running."""
    first_run: dict[str, float] = field(default_factory=dict)
    """`uid/container` → when its first incarnation was first seen running."""
    event_at: dict[str, float] = field(default_factory=dict)
    """Event name → when it last came."""
    gaps: list[tuple[float, float, bool]] = field(default_factory=list)
    """(begin, end, listed anew) of each time in which a kind could not be seen."""
    _waiting: dict[str, str] = field(default_factory=dict)
    _ready: dict[str, tuple[bool, str]] = field(default_factory=dict)
    """Pod uid → whether it was ready, and since when by its own condition."""
    _was_ready: set[str] = field(default_factory=set)
    _dead: set[str] = field(default_factory=set)

    def feed(self, sample: Sample) -> None:
        """Take one sample in."""
        if sample.type == "GAP":
            self.gaps.append((sample.mono - float(sample.object["seconds"]), sample.mono, bool(sample.object.get("relisted"))))
        elif sample.object["kind"] == "Event":
            self.event_at[name(sample.object)] = sample.mono
        elif sample.object["kind"] == "Pod" and sample.type != "DELETED":
            self._pod(sample.object, sample.mono)

    def is_new(self, event: Object) -> bool:
        """True if the Event came (again) after the change."""
        return self.event_at.get(name(event), 0.0) >= self.begun

    def deaths_of(self, pod: Object, container: str) -> list[Death]:
        """The incarnations of one container that ended since the change, oldest first."""
        return [d for d in self.deaths if d.pod_uid == uid(pod) and d.container == container and d.at >= self.begun]

    def _pod(self, pod: Object, mono: float) -> None:
        now = _ready_since(pod)
        before = self._ready.get(uid(pod), now)
        if _dropped(before, now) and mono >= self.begun and not pod["metadata"].get("deletionTimestamp"):
            self.ready_drops[uid(pod)] = self.ready_drops.get(uid(pod), 0) + 1
            self.dropped_at = mono
        self._ready[uid(pod)] = now
        for _, status in container_statuses(pod):
            self._container(pod, status, mono)

    def _container(self, pod: Object, status: Object, mono: float) -> None:
        key = f"{uid(pod)}/{status['name']}"
        if mono < self.begun:
            self.restarts_before[key] = int(status.get("restartCount") or 0)
        state = status.get("state") or {}
        reason = str((state.get("waiting") or {}).get("reason") or "")
        if reason == "ErrImagePull" and self._waiting.get(key) != reason:
            self.pull_failures[key] = self.pull_failures.get(key, 0) + 1
        self._waiting[key] = reason
        identity = str(status.get("containerID") or "")
        if state.get("running"):
            self.running_since.setdefault(f"{key}/{identity}", mono)
            self.first_run.setdefault(key, mono)
            if status.get("ready") and container_spec(pod, status["name"]).get("readinessProbe"):
                self._was_ready.add(identity)  # without a probe "ready" says no more than "running"
        for ended in (state.get("terminated"), (status.get("lastState") or {}).get("terminated")):
            if ended:
                self._death(pod, status["name"], ended, mono)

    def _death(self, pod: Object, container: str, ended: Object, mono: float) -> None:
        identity = str(ended.get("containerID") or "")
        if not identity or identity in self._dead:
            return
        self._dead.add(identity)
        self.deaths.append(Death(
            uid(pod), name(pod), container, identity, int(ended.get("exitCode") or 0), str(ended.get("reason") or ""),
            int(ended.get("signal") or 0), str(ended.get("message") or "").strip(), identity in self._was_ready, mono,
        ))


def _ready_since(pod: Object) -> tuple[bool, str]:
    found = conditions(pod).get("Ready") or {}
    return found.get("status") == "True", str(found.get("lastTransitionTime") or "")


def _dropped(before: tuple[bool, str], now: tuple[bool, str]) -> bool:
    """True if it was ready and then not: as told, or between two looks, which only the time of its last turn shows.

    A busy kubelet or a list after a gap tells several turns as one. The times are compared with each other, never with a clock.
    """
    if before[0] != now[0]:
        return before[0]
    return bool(before[1] and now[1]) and before[1] != now[1]
