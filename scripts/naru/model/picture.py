"""overlays/CLOUD/picture.json: what a real cluster looked like when `./naru clouds capture` read it.

Shapes the stand-in, and tells the scope of proof what the stand-in does not have. Holds no secret and no address.
"""

from __future__ import annotations

from naru.model.record import Document, Record


class CapturedClass(Record):
    """A StorageClass or IngressClass."""

    name: str
    provisioner: str
    default: bool = False


class CapturedNode(Record):
    """Capacity of one node, in Kubernetes quantities as plain numbers."""

    cpu_millis: int
    memory_bytes: int
    pods: int
    architecture: str = ""


class ClusterPicture(Document):
    """What was read; empty lists mean that the cluster has none."""

    cloud: str
    kubernetes_version: str
    """As the API server says (`v1.32.4`)."""
    captured_at: str = ""
    storage_classes: tuple[CapturedClass, ...] = ()
    ingress_classes: tuple[CapturedClass, ...] = ()
    custom_kinds: tuple[str, ...] = ()
    """`group/Kind` of each CustomResourceDefinition."""
    webhooks: tuple[str, ...] = ()
    """Names of the admission webhooks that are asked about objects of the product's kinds."""
    quotas: dict[str, dict[str, str]] = {}
    """ResourceQuota → hard limits, in the product's namespace."""
    limit_ranges: tuple[str, ...] = ()
    pod_security: dict[str, str] = {}
    """The namespace's pod-security labels."""
    network_policies_enforced: bool | None = None
    """None where it cannot be told from outside."""
    nodes: tuple[CapturedNode, ...] = ()
