"""From what a real cluster answered to the picture that shapes its stand-in. Holds no secret and no address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from naru.core.quantities import plain_quantity
from naru.model.picture import CapturedClass, CapturedNode, ClusterPicture

Objects = Sequence[Mapping[str, Any]]

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
POD_SECURITY = "pod-security.kubernetes.io/"

READ = {
    "storage_classes": ("storage.k8s.io/v1", "StorageClass"),
    "ingress_classes": ("networking.k8s.io/v1", "IngressClass"),
    "custom_kinds": ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    "validating": ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    "mutating": ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    "nodes": ("v1", "Node"),
}
"""What is listed over the whole cluster; nothing else is read there."""

READ_IN_NAMESPACE = {"quotas": ("v1", "ResourceQuota"), "limit_ranges": ("v1", "LimitRange")}


def picture_from(
    cloud: str, *, version: str, captured_at: str, found: Mapping[str, Objects], namespace: Mapping[str, Any] | None
) -> ClusterPicture:
    """The picture. `found` is keyed as READ and READ_IN_NAMESPACE; `namespace` is the product's, None where it is not there."""
    return ClusterPicture(
        cloud=cloud, kubernetes_version=version, captured_at=captured_at,
        storage_classes=tuple(_class(item, item.get("provisioner", "")) for item in _by_name(found["storage_classes"])),
        ingress_classes=tuple(_class(item, item.get("spec", {}).get("controller", "")) for item in _by_name(found["ingress_classes"])),
        custom_kinds=tuple(sorted(f"{item['spec']['group']}/{item['spec']['names']['kind']}" for item in found["custom_kinds"])),
        webhooks=tuple(sorted(hook["name"] for item in (*found["validating"], *found["mutating"]) for hook in item.get("webhooks", ()))),
        quotas={item["metadata"]["name"]: dict(item.get("spec", {}).get("hard", {})) for item in _by_name(found["quotas"])},
        limit_ranges=tuple(item["metadata"]["name"] for item in _by_name(found["limit_ranges"])),
        pod_security=_pod_security(namespace),
        nodes=tuple(_node(item) for item in _by_name(found["nodes"])),
    )


def _class(item: Mapping[str, Any], provisioner: str) -> CapturedClass:
    annotations = item["metadata"].get("annotations") or {}
    return CapturedClass(name=item["metadata"]["name"], provisioner=provisioner, default=annotations.get(DEFAULT_CLASS) == "true")


def _node(item: Mapping[str, Any]) -> CapturedNode:
    room = item["status"]["allocatable"]
    return CapturedNode(
        cpu_millis=int(plain_quantity(room["cpu"]) * 1000), memory_bytes=int(plain_quantity(room["memory"])), pods=int(room["pods"]),
        architecture=item["status"].get("nodeInfo", {}).get("architecture", ""),
    )


def _pod_security(namespace: Mapping[str, Any] | None) -> dict[str, str]:
    labels = (namespace or {}).get("metadata", {}).get("labels") or {}
    return {key: value for key, value in sorted(labels.items()) if key.startswith(POD_SECURITY)}


def _by_name(items: Objects) -> list[Mapping[str, Any]]:
    return sorted(items, key=lambda item: str(item["metadata"]["name"]))
