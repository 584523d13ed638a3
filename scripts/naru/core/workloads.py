"""Parts of rendered workloads that several judges look at; every function takes plain objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

POD_KINDS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"})
SCALED_KINDS = frozenset({"Deployment", "StatefulSet"})


def named(item: dict[str, Any]) -> str:
    """`Kind/name`."""
    return f"{item.get('kind')}/{(item.get('metadata') or {}).get('name')}"


def of_kind(objects: Sequence[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    """The objects of these kinds."""
    return [item for item in objects if item.get("kind") in kinds]


def pod_template(item: dict[str, Any]) -> dict[str, Any]:
    """The pod template (metadata and spec) of a workload; empty for anything else."""
    spec = item.get("spec") or {}
    if item.get("kind") == "Pod":
        return item
    if item.get("kind") == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    return spec.get("template") or {} if item.get("kind") in POD_KINDS else {}


def containers(item: dict[str, Any], *, init: bool = True) -> list[dict[str, Any]]:
    """The containers of a workload's pods."""
    spec = pod_template(item).get("spec") or {}
    return [*(spec.get("initContainers") or [] if init else []), *(spec.get("containers") or [])]


def pod_labels(item: dict[str, Any]) -> dict[str, str]:
    """Labels of a workload's pods."""
    return (pod_template(item).get("metadata") or {}).get("labels") or {}


def selects(selector: dict[str, Any] | None, labels: dict[str, str]) -> bool:
    """Does a LabelSelector choose these labels? An absent selector chooses nothing, an empty one everything."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _expression(rule, labels) for rule in selector.get("matchExpressions") or []
    )


def replica_floor(item: dict[str, Any], objects: Sequence[dict[str, Any]]) -> int:
    """The least number of pods that this workload is meant to have."""
    scaler = autoscaler_of(item, objects)
    if scaler is not None:
        return int((scaler.get("spec") or {}).get("minReplicas") or 1)
    replicas = (item.get("spec") or {}).get("replicas")
    return 1 if replicas is None else int(replicas)


def autoscaler_of(item: dict[str, Any], objects: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The HPA whose target this workload is, or None."""
    for scaler in of_kind(objects, "HorizontalPodAutoscaler"):
        target = (scaler.get("spec") or {}).get("scaleTargetRef") or {}
        if (target.get("kind"), target.get("name")) == (item.get("kind"), (item.get("metadata") or {}).get("name")):
            return scaler
    return None


def _expression(rule: dict[str, Any], labels: dict[str, str]) -> bool:
    key, values = rule.get("key", ""), rule.get("values") or []
    answers = {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }
    return answers.get(rule.get("operator", ""), False)
