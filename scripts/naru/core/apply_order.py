"""In which order the objects of a release are applied, and what of an older release is pruned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from naru.core.manifests import key_of

FIRST = ("Namespace", "CustomResourceDefinition", "PriorityClass", "StorageClass", "ResourceQuota", "LimitRange", "ServiceAccount",
         "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ConfigMap", "Secret", "PersistentVolume",
         "PersistentVolumeClaim", "NetworkPolicy", "Service")
"""What a pod may need when it starts, in this order."""

WORKLOADS = ("StatefulSet", "DaemonSet", "Deployment")

PRUNED = (
    ("batch/v1", "Job"), ("batch/v1", "CronJob"), ("autoscaling/v2", "HorizontalPodAutoscaler"), ("policy/v1", "PodDisruptionBudget"),
    ("networking.k8s.io/v1", "Ingress"), ("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet"),
    ("v1", "Service"), ("v1", "ConfigMap"), ("v1", "Secret"), ("networking.k8s.io/v1", "NetworkPolicy"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"), ("rbac.authorization.k8s.io/v1", "Role"), ("v1", "ServiceAccount"),
)
"""Kinds that are pruned, users before what they use. Volume claims never: they hold data."""

MANAGED = {"app.kubernetes.io/managed-by": "naru"}
PART_OF = "app.kubernetes.io/part-of"

Object = dict[str, Any]


class Phases(NamedTuple):
    """The release in four parts, each applied when the one before is done."""

    before: tuple[Object, ...]
    jobs: tuple[Object, ...]
    """Complete before a workload is touched: migrations."""
    workloads: tuple[Object, ...]
    after: tuple[Object, ...]


def phases_of(objects: Iterable[Object]) -> Phases:
    """The objects in the order in which they are applied."""
    items = list(objects)
    before = sorted((o for o in items if o["kind"] in FIRST), key=lambda o: FIRST.index(o["kind"]))
    jobs = [o for o in items if o["kind"] == "Job"]
    workloads = sorted((o for o in items if o["kind"] in WORKLOADS), key=lambda o: WORKLOADS.index(o["kind"]))
    taken = {id(o) for o in [*before, *jobs, *workloads]}
    return Phases(tuple(before), tuple(jobs), tuple(workloads), tuple(o for o in items if id(o) not in taken))


def prune_selector(objects: Sequence[Object]) -> str:
    """The label selector of this release's own objects; empty (nothing is pruned) where they are not labelled as one product."""
    products = {(o["metadata"].get("labels") or {}).get(PART_OF) for o in objects}
    managed = all((o["metadata"].get("labels") or {}).items() >= MANAGED.items() for o in objects)
    if not managed or len(products) != 1 or None in products:
        return ""
    return ",".join(f"{key}={value}" for key, value in {**MANAGED, PART_OF: products.pop()}.items())


def left_over(existing: Iterable[Object], objects: Sequence[Object]) -> list[Object]:
    """Objects of the cluster that the release no longer has; what a controller made is its owner's business."""
    kept = {(key.kind, key.name) for key in map(key_of, objects)}
    return [o for o in existing if (o["kind"], o["metadata"]["name"]) not in kept and not o["metadata"].get("ownerReferences")
            and not o["metadata"].get("deletionTimestamp")]


def in_namespace(obj: Object, namespace: str, *, namespaced: bool) -> Object:
    """The object with its namespace set, where it lives in one."""
    if not namespaced:
        return obj
    return {**obj, "metadata": {**obj["metadata"], "namespace": namespace}}
