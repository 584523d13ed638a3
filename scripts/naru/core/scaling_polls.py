"""Turns what the pollers were answered into the values of a recorded run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from naru.core.quantities import cores
from naru.core.scaling_objects import seconds_of
from naru.core.scaling_record import ApmPoll, HostPoll, MetricPoll, PodCpu, ScaleWriter


def metric_poll(mono: float, answer: Mapping[str, Any] | None, fault: str) -> MetricPoll:
    """From a PodMetricsList of metrics.k8s.io."""
    if answer is None:
        return MetricPoll(round(mono, 6), {}, fault or "no answer")
    return MetricPoll(round(mono, 6), {item["metadata"]["name"]: _cpu(item) for item in answer.get("items") or []})


def scale_writers(mono: float, deployment: Mapping[str, Any] | None) -> list[ScaleWriter]:
    """Who owns `spec.replicas`, from managedFields (the watch drops them)."""
    if deployment is None:
        return []
    replicas = deployment["spec"].get("replicas")
    found = []
    for entry in deployment["metadata"].get("managedFields") or []:
        fields = (entry.get("fieldsV1") or {}).get("f:spec") or {}
        if "f:replicas" in fields:
            found.append(ScaleWriter(round(mono, 6), entry.get("manager", ""), entry.get("subresource", ""),
                                     entry.get("time", ""), replicas))
    return found or [ScaleWriter(round(mono, 6), "", "", "", replicas)]


def apm_poll(mono: float, answer: Any, fault: str, *, app: str) -> ApmPoll:
    """From the APM's list of instances: those of this app."""
    items = answer.get("instances") if isinstance(answer, Mapping) else answer
    if not isinstance(items, list):
        return ApmPoll(round(mono, 6), {}, fault or "the list of instances has another form")
    return ApmPoll(round(mono, 6), {str(i.get("pod", "")): str(i.get("last_seen", "")) for i in items
                                    if isinstance(i, Mapping) and i.get("app") == app})


def host_poll(mono: float, answer: Any) -> list[HostPoll]:
    """From (processor percent, load average); nothing where it could not be read."""
    return [HostPoll(round(mono, 6), round(float(answer[0]), 1), round(float(answer[1]), 2))] if answer else []


def _cpu(item: Mapping[str, Any]) -> PodCpu:
    used = sum(cores((container.get("usage") or {}).get("cpu")) for container in item.get("containers") or [])
    return PodCpu(str(item.get("timestamp", "")), seconds_of(str(item.get("window", ""))), round(used, 9))
