"""The manifests of a small HTTP application, written from flags where none exist."""

from __future__ import annotations

from typing import Any

from naru.core.init_found import SourceFile
from naru.core.init_request import InitRequest, NewApp
from naru.errors import Malformed

Object = dict[str, Any]


def made_sources(request: InitRequest) -> tuple[SourceFile, ...]:
    """A workload with a Service (and an autoscaler where it can have one), one object to a file."""
    if request.app is None:
        raise Malformed("Neither manifests nor --port are given.", hint="Give --from-manifests DIR, --from-cluster, or --port and --image.")
    objects = [_workload(request, request.app), _service(request, request.app)]
    if request.app.kind == "StatefulSet":
        objects.append(_headless(request, request.app))
    else:
        objects.append(_autoscaler(request, request.app))
    return tuple(SourceFile(f"{obj['kind'].lower()}-{obj['metadata']['name']}.yaml", (obj,)) for obj in objects)


def _labels(request: InitRequest) -> dict[str, str]:
    return {"app.kubernetes.io/name": request.name}


def _workload(request: InitRequest, app: NewApp) -> Object:
    stateful = app.kind == "StatefulSet"
    spec: Object = {
        "replicas": app.replicas, **({"serviceName": f"{request.name}-pods"} if stateful else {}),
        "selector": {"matchLabels": _labels(request)},
        "template": {"metadata": {"labels": _labels(request)}, "spec": _pod(request, app)},
    }
    if not stateful:
        spec |= {"progressDeadlineSeconds": 120, "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}}
    if app.volume:
        spec["volumeClaimTemplates"] = [{
            "metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": app.size}}},
        }]
    return _object("apps/v1", app.kind, request.name, spec, _labels(request))


def _pod(request: InitRequest, app: NewApp) -> Object:
    probe = {"httpGet": {"path": request.health or "/health", "port": "http"}, "timeoutSeconds": 2, "failureThreshold": 3}
    container: Object = {
        "name": request.name, "image": request.name, "ports": [{"name": "http", "containerPort": app.port}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
        "readinessProbe": {**probe, "periodSeconds": 1},
        "livenessProbe": {**probe, "periodSeconds": 10, "initialDelaySeconds": 30},
        "lifecycle": {"preStop": {"sleep": {"seconds": 3}}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    if app.volume:
        container["volumeMounts"] = [{"name": "data", "mountPath": app.volume}]
    return {
        "automountServiceAccountToken": False, "enableServiceLinks": False, "terminationGracePeriodSeconds": 30,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "fsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }


def _service(request: InitRequest, app: NewApp) -> Object:  # noqa: ARG001 (the port is the pod's own)
    spec = {"type": "LoadBalancer", "selector": _labels(request), "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}
    return _object("v1", "Service", request.name, spec)


def _headless(request: InitRequest, app: NewApp) -> Object:
    spec = {"clusterIP": "None", "selector": _labels(request), "ports": [{"name": "http", "port": app.port}]}
    return _object("v1", "Service", f"{request.name}-pods", spec)


def _autoscaler(request: InitRequest, app: NewApp) -> Object:
    cpu = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}
    target = {"apiVersion": "apps/v1", "kind": app.kind, "name": request.name}
    return _object("autoscaling/v2", "HorizontalPodAutoscaler", request.name, {
        "scaleTargetRef": target, "minReplicas": max(2, app.replicas), "maxReplicas": max(2, app.replicas) + 4, "metrics": [cpu],
    })


def _object(version: str, kind: str, name: str, spec: Object, labels: dict[str, str] | None = None) -> Object:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **({"labels": labels} if labels else {})}, "spec": spec}
