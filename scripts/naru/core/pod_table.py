"""The pods as `kubectl get pods` shows them: name, ready, status, restarts, age."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from naru.core.world import Object, World, container_statuses, name


class PodRow(NamedTuple):
    """One line of the table."""

    name: str
    ready: str
    status: str
    restarts: int
    age: str


def pod_rows(world: World, now: datetime) -> list[PodRow]:
    """Every pod that is known now, by name."""
    return [_row(pod, now) for pod in world.all("Pod")]


def _row(pod: Object, now: datetime) -> PodRow:
    main = [s for group, s in container_statuses(pod) if group == "main"]
    wanted = len((pod.get("spec") or {}).get("containers") or main)
    restarts = sum(int(s.get("restartCount") or 0) for _, s in container_statuses(pod))
    return PodRow(name(pod), f"{sum(1 for s in main if s.get('ready'))}/{wanted}", status_of(pod), restarts, _age(pod, now))


def status_of(pod: Object) -> str:
    """The word that kubectl prints: the gravest container state, else the phase."""
    status = pod.get("status") or {}
    if pod["metadata"].get("deletionTimestamp"):
        return "Terminating"
    for group, container in container_statuses(pod):
        state = container.get("state") or {}
        reason = (state.get("waiting") or {}).get("reason") or _ended(state.get("terminated"))
        if reason and not (group == "init" and reason == "PodInitializing"):
            return f"Init:{reason}" if group == "init" else str(reason)
    return str(status.get("reason") or status.get("phase") or "Unknown")


def _ended(ended: Object | None) -> str:
    if not ended or (ended.get("reason") == "Completed"):
        return ""
    return str(ended.get("reason") or f"ExitCode:{ended.get('exitCode')}")


def _age(pod: Object, now: datetime) -> str:
    created = pod["metadata"].get("creationTimestamp")
    if not created:
        return ""
    seconds = max(int((now - datetime.fromisoformat(created)).total_seconds()), 0)
    if seconds < 120:
        return f"{seconds}s"
    return f"{seconds // 60}m" if seconds < 7200 else f"{seconds // 3600}h"
