"""The cluster of the small world that scales: objects in the form that the API server gives them."""

from datetime import timedelta

from fakes.scaling_broken import BEGIN, HASH


class ClusterFace:
    """What a ScalingSite's cluster answers; `World` keeps the state."""

    def get(self, _version, kind, name, _namespace=""):
        return self.deployment() if kind == "Deployment" else self.hpa()

    def list(self, _version, kind, namespace="", selector=""):
        if namespace == "kube-system":
            return self._flags(selector)
        if kind == "HorizontalPodAutoscaler":
            return [self.hpa()]
        if kind == "ReplicaSet":
            return [self.replica_set()]
        pods = [self.pod(p) for p in self.pods.values() if p.gone is None]
        if self.broken.foreign_pod:
            pods.append({"kind": "Pod", "metadata": {"name": "load-generator", "namespace": "khan", "labels": {"app.kubernetes.io/name": "egov"}},
                         "spec": {}, "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": self.stamp(-300)}]}})
        return pods

    def _flags(self, selector):
        words = ([f"--horizontal-pod-autoscaler-sync-period={self.S:g}s", f"--horizontal-pod-autoscaler-downscale-stabilization={self.window:g}s"]
                 if "controller" in selector else [f"--metric-resolution={self.M:g}s"])
        return [{"spec": {"containers": [{"name": "x", "command": ["x", *words]}]}}]

    # -- objects --------------------------------------------------------------------------------------------

    def deployment(self):
        resources = {"requests": {"cpu": self.broken.request}} if self.broken.request else {}
        labels = {"app.kubernetes.io/name": "egov"}
        return {"apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": "egov", "namespace": "khan", "uid": "d-1", "resourceVersion": str(self.version), "managedFields": list(self.managed)},
                "spec": {"replicas": self.spec, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {
                    "containers": [{"name": "egov", "image": "khan.kr/khan/egov@sha256:" + "e" * 64, "resources": resources}]}}},
                "status": {"replicas": len(self.pods)}}

    def replica_set(self):
        return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": f"egov-{HASH}", "namespace": "khan", "uid": "rs-1",
                "ownerReferences": [{"kind": "Deployment", "name": "egov", "controller": True}]}, "spec": {"replicas": self.spec}}

    def pod(self, pod):
        ready = self._ready(pod)
        meta = {"name": pod.name, "namespace": "khan", "uid": pod.uid, "labels": {"app.kubernetes.io/name": "egov"},
                "ownerReferences": [{"kind": "ReplicaSet", "name": f"egov-{HASH}", "controller": True}]}
        if pod.leaving is not None:
            meta["deletionTimestamp"] = self.stamp()
        since = BEGIN + timedelta(seconds=min(pod.ready_at, self.t))
        return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"nodeName": "verify-naver-control-plane"}, "status": {
            "phase": "Running" if self.t >= pod.created + 0.8 else "Pending",
            "conditions": [{"type": "PodScheduled", "status": "True"},
                           {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": since.strftime("%Y-%m-%dT%H:%M:%SZ")}],
            "containerStatuses": [{"name": "egov", "ready": ready, "restartCount": 0,
                                   "state": {"running": {}} if self.t >= pod.created + 0.8 else {"waiting": {"reason": "ContainerCreating"}}}]}}

    def hpa(self):
        behavior = {} if self.broken.own_window is None else {"behavior": {"scaleDown": {"stabilizationWindowSeconds": self.broken.own_window}}}
        return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "egov", "namespace": "khan", "uid": "h-1"},
                "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "egov"}, "minReplicas": self.broken.low,
                         "maxReplicas": self.broken.high, **behavior, "metrics": [{"type": "Resource", "resource": {
                             "name": "cpu", "target": {"type": "Utilization", "averageUtilization": self.broken.target}}}]},
                "status": {"currentReplicas": self.spec, "desiredReplicas": self.desired, "lastScaleTime": self.scaled_at,
                           "conditions": [dict(c) for c in self.conditions]}}

    def slice(self):
        ends = [{"targetRef": {"kind": "Pod", "name": p.name}, "conditions": {"ready": self._ready(p), "serving": self._ready(p)}}
                for p in self.pods.values() if p.gone is None]
        return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "egov-x", "namespace": "khan", "uid": "s-1"}, "endpoints": ends}

    def _conditions(self):
        active = {"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound", "message": "the HPA was able to calculate a replica count"}
        if not self.broken.request or self.broken.metrics_never:
            why = "missing request for cpu in container egov of Pod egov" if not self.broken.request else "unable to get metrics for resource cpu"
            active = {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric", "message": f"the HPA was unable to compute: {why}"}
        return [{"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale", "message": "recommended size matches current size"}, active,
                {"type": "ScalingLimited", "status": "False", "reason": "DesiredWithinRange", "message": ""}]

    def _ready(self, pod):
        return self.t >= pod.ready_at and pod.leaving is None
