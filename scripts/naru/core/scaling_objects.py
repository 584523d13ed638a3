"""Reads Kubernetes objects as the scaling proof needs them: durations, the HPA's target, conditions, owners."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from naru.core.quantities import cores


def seconds_of(duration: str) -> float:
    """A Go duration (`15s`, `1m30s`, `10.5s`, `500ms`) in seconds; 0 where unreadable."""
    parts = re.findall(r"([0-9.]+)(ms|us|ns|h|m|s)", duration)
    scale = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
    return sum(float(number) * scale[unit] for number, unit in parts)


def moment_of(text: str) -> float:
    """An API timestamp as seconds since the epoch; 0 where unreadable."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0


def containers_without_request(deployment: Mapping[str, Any]) -> list[str]:
    """Names of containers that set no CPU request: for such pods an HPA by utilization has no number."""
    spec = deployment["spec"]["template"]["spec"]
    items = [*spec.get("containers", []), *(c for c in spec.get("initContainers") or [] if c.get("restartPolicy") == "Always")]
    return [c["name"] for c in items if not cores(((c.get("resources") or {}).get("requests") or {}).get("cpu"))]


def request_cores(deployment: Mapping[str, Any]) -> float:
    """CPU request of one pod."""
    items = deployment["spec"]["template"]["spec"].get("containers", [])
    return sum(cores(((c.get("resources") or {}).get("requests") or {}).get("cpu")) for c in items)


def cpu_target(hpa: Mapping[str, Any]) -> float | None:
    """Target utilization of the HPA's CPU metric as a share of the request; None where it scales by something else."""
    for metric in hpa["spec"].get("metrics") or []:
        resource = metric.get("resource") or {}
        share = (resource.get("target") or {}).get("averageUtilization")
        if metric.get("type") == "Resource" and resource.get("name") == "cpu" and share:
            return float(share) / 100
    return None


def replica_range(hpa: Mapping[str, Any]) -> tuple[int, int]:
    """(minReplicas, maxReplicas)."""
    return int(hpa["spec"].get("minReplicas") or 1), int(hpa["spec"]["maxReplicas"])


def scale_down_window(hpa: Mapping[str, Any], cluster_window: float) -> float:
    """Seconds that the HPA waits before it takes pods away: its own where set, else the cluster's."""
    own = ((hpa["spec"].get("behavior") or {}).get("scaleDown") or {}).get("stabilizationWindowSeconds")
    return cluster_window if own is None else float(own)


def condition(obj: Mapping[str, Any], kind: str) -> Mapping[str, Any] | None:
    """The status condition of that type, or None."""
    return next((c for c in (obj.get("status") or {}).get("conditions") or [] if c.get("type") == kind), None)


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Ready and not leaving."""
    ready = condition(pod, "Ready")
    return bool(ready and ready.get("status") == "True" and not pod["metadata"].get("deletionTimestamp"))


def owners(obj: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(kind, name) of each owner."""
    return {(o.get("kind", ""), o.get("name", "")) for o in obj["metadata"].get("ownerReferences") or []}


def foreign_pods(pods: Iterable[Mapping[str, Any]], replica_sets: Iterable[Mapping[str, Any]], deployment: str) -> list[str]:
    """Pods under the selector that the Deployment does not own: the HPA counts them all the same."""
    own = {("ReplicaSet", rs["metadata"]["name"]) for rs in replica_sets if ("Deployment", deployment) in owners(rs)}
    return sorted(pod["metadata"]["name"] for pod in pods if not owners(pod) & own)
