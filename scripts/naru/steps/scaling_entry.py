"""Reads what the scaling proof begins with: the HPA, its Deployment, all pods under its selector, the cluster's timing."""

from __future__ import annotations

from typing import Any

from naru.core.scaling_record import Timing
from naru.core.scaling_timing import flags_of, timing_of
from naru.errors import Missing
from naru.model.cloud import CloudConfig
from naru.steps.scaling_ports import ScalingCluster, ScalingSite

KUBE_SYSTEM = "kube-system"


def hpa_of(cluster: ScalingCluster, cloud: CloudConfig) -> dict[str, Any]:
    """The HPA that scales the proven app; raises Missing where there is none."""
    app = cloud.app(cloud.proven_app)
    for hpa in cluster.list("autoscaling/v2", "HorizontalPodAutoscaler", cloud.namespace):
        target = hpa["spec"]["scaleTargetRef"]
        if (target.get("kind"), target.get("name")) == ("Deployment", app.deployment):
            return hpa
    raise Missing(f"{cluster.name} has no HorizontalPodAutoscaler for Deployment {app.deployment} in {cloud.namespace}.",
                  hint=f"Run ./naru verify-rollout --cloud {cloud.name} first, or add one to the overlay.")


def entry_objects(cluster: ScalingCluster, cloud: CloudConfig, hpa_name: str) -> dict[str, Any]:
    """`hpa`, `deployment`, `pods`, `replica_sets` as they are now; raises Missing where one is gone."""
    app = cloud.app(cloud.proven_app)
    hpa = cluster.get("autoscaling/v2", "HorizontalPodAutoscaler", hpa_name, cloud.namespace)
    deployment = cluster.get("apps/v1", "Deployment", app.deployment, cloud.namespace)
    if hpa is None or deployment is None:
        raise Missing(f"{cluster.name}: Deployment {app.deployment} or its HPA {hpa_name} is gone.",
                      hint="Verify the rollout again.")
    pods = cluster.list("v1", "Pod", cloud.namespace, selector_of(deployment))
    live = [pod for pod in pods if (pod.get("status") or {}).get("phase") not in {"Succeeded", "Failed"}]
    sets = cluster.list("apps/v1", "ReplicaSet", cloud.namespace, selector_of(deployment))
    return {"hpa": _lean(hpa), "deployment": _lean(deployment), "pods": [_lean(pod) for pod in live],
            "replica_sets": [_lean(rs) for rs in sets]}


def selector_of(deployment: dict[str, Any]) -> str:
    """The label selector as the HPA uses it."""
    labels = deployment["spec"]["selector"].get("matchLabels") or {}
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def timing_from(site: ScalingSite) -> Timing:
    """The cluster's own flags; Kubernetes' defaults where a managed cluster hides its control plane."""
    cluster = site.cluster
    controller = flags_of(cluster.list("v1", "Pod", KUBE_SYSTEM, "component=kube-controller-manager"))
    servers = cluster.list("v1", "Pod", KUBE_SYSTEM, "k8s-app=metrics-server")
    return timing_of(controller, flags_of(servers), site.housekeeping)


def running_images(deployment: dict[str, Any]) -> set[str]:
    """Digests that the Deployment asks for."""
    containers = deployment["spec"]["template"]["spec"].get("containers") or []
    return {container["image"].partition("@")[2] for container in containers if "@" in container["image"]}


def _lean(obj: dict[str, Any]) -> dict[str, Any]:
    obj["metadata"].pop("managedFields", None)
    return obj
