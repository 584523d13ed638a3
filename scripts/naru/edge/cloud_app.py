"""The proven app in one verification cluster, as the faults and the watch of a drill see it. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from naru.edge.cluster import Cluster
from naru.edge.docker import Docker
from naru.errors import Missing, OutsideDown
from naru.model.failover import Reading

ROLE_LABEL = "naru.dev/role"
DEFAULT_PORT = 8080
KINDS = ("Deployment", "StatefulSet")
KIND_LABEL = "io.x-k8s.kind.cluster"


@dataclass(frozen=True)
class CloudApp:
    """One cloud's proven app."""

    cloud: str
    api: Cluster
    docker: Docker
    namespace: str
    deployment: str
    service: str
    other_selector: str = ""
    """Service of another app of the product, whose page is the wrong one."""

    def node(self) -> str:
        """Name of the node's container; raises Missing unless everything about it says that it is there to be broken."""
        nodes = self.api.list("v1", "Node")
        roles = {str((node["metadata"].get("labels") or {}).get(ROLE_LABEL)) for node in nodes}
        if roles != {"verify"}:
            raise Missing(
                f"The nodes of {self.api.name} do not all carry the label {ROLE_LABEL}=verify, so no fault is injected there.",
                hint="Faults are for verification clusters only.",
            )
        name = str(nodes[0]["metadata"]["name"])
        found = self.docker.inspect(name)
        kind = (found or {}).get("Config", {}).get("Labels", {}).get(KIND_LABEL)
        if kind != self.api.name:
            raise Missing(f"The container {name} is not the node of {self.api.name} (its label says {kind}), so it is left alone.")
        return name

    def node_state(self, node: str) -> str:
        """`running`, `paused`, `exited`; raises OutsideDown where the container is gone."""
        found = self.docker.inspect(node)
        if found is None:
            raise OutsideDown(f"The node {node} is gone.", hint="Run ./naru clouds up.")
        return str(found["State"]["Status"])

    def exists(self) -> bool:
        """True if the workload is there."""
        return self._found() is not None

    def live_deployment(self) -> dict[str, Any]:
        """The Deployment or StatefulSet; raises Missing where there is neither."""
        found = self._found()
        if found is None:
            raise Missing(f"{self.api.name} has no workload {self.deployment} in {self.namespace}.", hint="Run ./naru verify-rollout first.")
        return found

    def scale(self, replicas: int) -> None:
        """As `kubectl scale`, of whichever kind it is."""
        self.api.scale(self.deployment, self.namespace, replicas, kind=self.live_deployment()["kind"])

    def page_port(self, pod: dict[str, Any]) -> str:
        """The port that the kubelet asks for readiness, else the pod's first; the sample's where it tells none."""
        containers = (pod.get("spec") or {}).get("containers") or []
        ports = [port for container in containers for port in container.get("ports") or []]
        asked = next((probe[how]["port"] for container in containers for probe in [container.get("readinessProbe") or {}]
                      for how in ("httpGet", "tcpSocket") if how in probe), None)
        named = next((port["containerPort"] for port in ports if port.get("name") == asked), asked)
        return str(named or (ports[0]["containerPort"] if ports else DEFAULT_PORT))

    def _found(self) -> dict[str, Any] | None:
        every = ((kind, self.api.get("apps/v1", kind, self.deployment, self.namespace)) for kind in KINDS)
        return next(({**found, "kind": kind} for kind, found in every if found is not None), None)

    def applications(self) -> list[dict[str, Any]]:
        """Argo CD Applications; none where the cluster does not know the kind."""
        try:
            return self.api.list("argoproj.io/v1alpha1", "Application")
        except Missing:
            return []

    def pods(self) -> list[dict[str, Any]]:
        """Its pods, by the workload's own selector."""
        labels = self.live_deployment()["spec"]["selector"].get("matchLabels") or {}
        return self.api.list("v1", "Pod", self.namespace, ",".join(f"{key}={value}" for key, value in labels.items()))

    def ready_endpoints(self) -> int:
        """Endpoints that kube-proxy sends to."""
        slices = self.api.list("discovery.k8s.io/v1", "EndpointSlice", self.namespace, f"kubernetes.io/service-name={self.service}")
        points = [point for each in slices for point in each.get("endpoints") or []]
        return sum(bool((point.get("conditions") or {}).get("ready")) for point in points)

    def autoscaler(self) -> dict[str, Any] | None:
        """The HPA that owns the number of pods, or None."""
        for found in self.api.list("autoscaling/v2", "HorizontalPodAutoscaler", self.namespace):
            target = found["spec"]["scaleTargetRef"]
            if target["kind"] in KINDS and target["name"] == self.deployment:
                return found
        return None

    def minimum(self) -> int:
        """Pods that must be there: the HPA's minimum, else what the Deployment asks for."""
        autoscaler = self.autoscaler()
        if autoscaler is not None:
            return int(autoscaler["spec"].get("minReplicas") or 1)
        return int(self.live_deployment()["spec"].get("replicas") or 0)

    def reading(self) -> Reading:
        """What the objects say now; the moment is for the caller to add."""
        deployment, autoscaler = self.live_deployment(), self.autoscaler()
        spec, status = (autoscaler or {}).get("spec") or {}, (autoscaler or {}).get("status") or {}
        used, wanted = cpu_percent(status.get("currentMetrics")), cpu_percent(spec.get("metrics"))
        return Reading(
            0, self.cloud, replicas=int(deployment["spec"].get("replicas") or 0), ready=self.ready_endpoints(),
            hpa_minimum=int(spec.get("minReplicas") or 0), hpa_maximum=int(spec.get("maxReplicas") or 0),
            cpu_percent=used, cpu_target=wanted,
        )


def cpu_percent(metrics: Any) -> float | None:
    """CPU utilisation among an HPA's metrics: target of its spec, or current value of its status."""
    for metric in metrics or []:
        resource = metric.get("resource") or {}
        if resource.get("name") == "cpu":
            value = (resource.get("target") or resource.get("current") or {}).get("averageUtilization")
            return None if value is None else float(value)
    return None
