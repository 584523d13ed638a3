"""Weaknesses that the rendered manifests show by themselves; each names the proof that will show it in action."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from naru.core.workloads import SCALED_KINDS, autoscaler_of, containers, named, of_kind, pod_labels, replica_floor, selects
from naru.errors import Missing
from naru.model.cloud import CloudConfig
from naru.model.overlays import Finding

Schemas = Callable[[dict[str, Any], str], tuple[str, list[str]]]
"""(object, Kubernetes version) → (`served`, `gone` or `custom`; faults by the schema)."""

DRY_RUN = "server-side dry run"
_BY_DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")


def static_findings(objects: Sequence[dict[str, Any]], cloud: CloudConfig, schemas: Schemas, version: str) -> tuple[Finding, ...]:
    """All findings of one cloud's rendered objects, in the order of the objects."""
    found: list[Finding] = []
    for item in objects:
        found += _schema(item, schemas, version)
        found += _images(item)
        found += _scaled(item, objects, cloud)
        found += _readiness(item, objects)
        found += _budget(item, objects)
    return tuple(found)


def refuse_blocking(cloud: str, findings: Sequence[Finding]) -> None:
    """Raises Missing where the cloud could not run this at all."""
    blocking = [finding for finding in findings if finding.blocking]
    if blocking:
        more = f" ({len(blocking) - 1} more)" if len(blocking) > 1 else ""
        raise Missing(f"The rendered overlay of {cloud} cannot run: {blocking[0].object}: {blocking[0].sentence}{more}", hint="Mend the overlay.")


def _schema(item: dict[str, Any], schemas: Schemas, version: str) -> Iterator[Finding]:
    standing, faults = schemas(item, version)
    if standing == "gone":
        sentence = f"{item['apiVersion']} {item['kind']} is not served by Kubernetes {version}."
        yield _finding("api-version-gone", item, sentence, DRY_RUN, blocking=True)
    for fault in faults[:5]:
        yield _finding("schema", item, f"{fault}.", DRY_RUN, blocking=True)


def _images(item: dict[str, Any]) -> Iterator[Finding]:
    for container in containers(item):
        image = str(container.get("image", ""))
        if not _BY_DIGEST.fullmatch(image):
            sentence = f"container '{container.get('name')}' runs '{image}', which names no digest and may be another image tomorrow."
            yield _finding("image-not-by-digest", item, sentence, "rollout", blocking=True)


def _scaled(item: dict[str, Any], objects: Sequence[dict[str, Any]], cloud: CloudConfig) -> Iterator[Finding]:
    if item.get("kind") not in SCALED_KINDS:
        return
    scaler = autoscaler_of(item, objects)
    if scaler is not None and (item.get("spec") or {}).get("replicas") is not None:
        sentence = f"replicas is set, and {named(scaler)} owns that number: each apply would reset it under load."
        yield _finding("replicas-against-hpa", item, sentence, "scaling")
    if scaler is not None:
        yield from _requests(item, scaler)
    proven = cloud.app(cloud.proven_app).deployment == (item.get("metadata") or {}).get("name")
    if proven and replica_floor(item, objects) < 2:
        yield _finding("single-replica", item, "fewer than two pods are the minimum, and fail-over is proven on it.", "failover")


def _requests(item: dict[str, Any], scaler: dict[str, Any]) -> Iterator[Finding]:
    for name in _utilized(scaler):
        without = [str(c.get("name")) for c in containers(item, init=False) if name not in ((c.get("resources") or {}).get("requests") or {})]
        if without:
            sentence = f"{named(scaler)} counts {name} by the request, and {', '.join(without)} requests none: it will never scale."
            yield _finding("hpa-without-requests", item, sentence, "scaling")


def _utilized(scaler: dict[str, Any]) -> list[str]:
    """Resources that the HPA measures against requests; CPU where it names no metric."""
    metrics = (scaler.get("spec") or {}).get("metrics")
    if not metrics:
        return ["cpu"]
    resources = [metric.get("resource") or metric.get("containerResource") or {} for metric in metrics]
    return [str(r.get("name")) for r in resources if (r.get("target") or {}).get("type") == "Utilization"]


def _readiness(item: dict[str, Any], objects: Sequence[dict[str, Any]]) -> Iterator[Finding]:
    if item.get("kind") not in SCALED_KINDS | {"DaemonSet"}:
        return
    labels = pod_labels(item)
    serving = [service for service in of_kind(objects, "Service")
               if (service.get("spec") or {}).get("selector") and selects({"matchLabels": service["spec"]["selector"]}, labels)]
    if serving and not any(container.get("readinessProbe") for container in containers(item, init=False)):
        sentence = f"no readiness probe: {named(serving[0])} sends requests to pods that cannot answer yet."
        yield _finding("no-readiness-probe", item, sentence, "rollout")


def _budget(item: dict[str, Any], objects: Sequence[dict[str, Any]]) -> Iterator[Finding]:
    if item.get("kind") != "PodDisruptionBudget":
        return
    spec = item.get("spec") or {}
    for workload in of_kind(objects, *SCALED_KINDS):
        floor = replica_floor(workload, objects)
        if selects(spec.get("selector"), pod_labels(workload)) and floor and allowed_evictions(spec, floor) < 1:
            sentence = f"with the {floor} pods of {named(workload)} it forbids every eviction: no node can be drained."
            yield _finding("budget-blocks-eviction", item, sentence, "failover")


def allowed_evictions(spec: dict[str, Any], pods: int) -> int:
    """How many of `pods` healthy pods a disruption budget lets go at once (percentages round up, as Kubernetes does)."""
    if spec.get("maxUnavailable") is not None:
        return _share(spec["maxUnavailable"], pods)
    if spec.get("minAvailable") is not None:
        return max(0, pods - _share(spec["minAvailable"], pods))
    return pods


def _share(value: Any, pods: int) -> int:
    text = str(value)
    if text.endswith("%") and text[:-1].isdecimal():
        return math.ceil(int(text[:-1]) * pods / 100)
    return int(text) if text.isdecimal() else 0


def _finding(code: str, item: dict[str, Any], sentence: str, proof: str, *, blocking: bool = False) -> Finding:
    return Finding(code=code, object=named(item), sentence=sentence, proof=proof, blocking=blocking)
