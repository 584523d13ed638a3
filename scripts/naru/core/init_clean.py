"""Objects as a person would have written them: what the API server wrote into them, or owns, is taken out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]

METADATA = frozenset({
    "uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink", "deletionTimestamp",
    "deletionGracePeriodSeconds", "ownerReferences", "generateName", "namespace",
})
ANNOTATIONS = re.compile(
    r"(kubectl|deployment|pv|volume|volume\.beta|batch|endpoints|autoscaling\.alpha|control-plane\.alpha)\.kubernetes\.io/"
    r"|meta\.helm\.sh/|deprecated\.daemonset\.template\.generation"
)
LABELS = re.compile(r"pod-template-hash\Z|(batch\.kubernetes\.io/)?(controller-uid|job-name)\Z|controller-revision-hash\Z")
POD_DEFAULTS: Mapping[str, Any] = {
    "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "securityContext": {}, "restartPolicy": "Always",
}
CONTAINER_DEFAULTS: Mapping[str, Any] = {
    "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "resources": {},
}
SERVICE_DEFAULTS: Mapping[str, Any] = {
    "sessionAffinity": "None", "internalTrafficPolicy": "Cluster", "externalTrafficPolicy": "Cluster",
    "allocateLoadBalancerNodePorts": True,
}
SERVICE_OWNED = frozenset({"clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort"})


def cleaned(obj: Object) -> Object:
    """The object without what the server owns and without its namespace; values that are no maps stay as they are."""
    found = {key: value for key, value in obj.items() if key != "status"}
    found["metadata"] = _metadata(obj.get("metadata"))
    spec = found.get("spec")
    if isinstance(spec, dict):
        found["spec"] = _SPECS.get(str(obj.get("kind")), _plain_spec)(spec)
    return found


def without_namespace(obj: Object) -> Object:
    """The object as given, but for its namespace, which the overlay sets."""
    return {**obj, "metadata": {key: value for key, value in obj["metadata"].items() if key != "namespace"}}


def _metadata(metadata: Any) -> Object:
    found = {key: value for key, value in (metadata or {}).items() if key not in METADATA}
    for key, pattern in (("annotations", ANNOTATIONS), ("labels", LABELS)):
        if isinstance(found.get(key), dict):
            found[key] = {name: value for name, value in found[key].items() if not pattern.match(str(name))}
            if not found[key] and (metadata or {}).get(key):
                del found[key]
    if isinstance(found.get("finalizers"), list):
        found["finalizers"] = [name for name in found["finalizers"] if "kubernetes.io/" not in str(name)]
    return {key: value for key, value in found.items() if not (key in {"annotations", "labels", "finalizers"} and value in (None, [], {}))}


def _plain_spec(spec: Object) -> Object:
    return spec


def _workload(spec: Object) -> Object:
    found = dict(spec)
    if isinstance(spec.get("template"), dict):
        found["template"] = _template(spec["template"])
    if isinstance(spec.get("volumeClaimTemplates"), list):
        found["volumeClaimTemplates"] = [_claim_template(item) if isinstance(item, dict) else item for item in spec["volumeClaimTemplates"]]
    return found


def _job(spec: Object) -> Object:
    found = _workload(spec)
    labels = str((found.get("selector") or {}).get("matchLabels") or "")
    if "controller-uid" in labels:  # generated; one that a person wrote stays
        found.pop("selector", None)
    return found


def _cron_job(spec: Object) -> Object:
    template = spec.get("jobTemplate")
    if not isinstance(template, dict) or not isinstance(template.get("spec"), dict):
        return spec
    inner = {**template, "spec": _job(template["spec"])}
    if "metadata" in template:
        inner["metadata"] = _metadata(template["metadata"])
    return {**spec, "jobTemplate": {key: value for key, value in inner.items() if not (key == "metadata" and value == {})}}


def _template(template: Object) -> Object:
    found = {**template, "metadata": _metadata(template.get("metadata"))}
    if isinstance(template.get("spec"), dict):
        pod = without_defaults(template["spec"], POD_DEFAULTS)
        if "serviceAccountName" in pod:
            pod.pop("serviceAccount", None)
        for group in ("containers", "initContainers"):
            if isinstance(pod.get(group), list):
                pod[group] = [without_defaults(item, CONTAINER_DEFAULTS) if isinstance(item, dict) else item for item in pod[group]]
        found["spec"] = pod
    return found


def _claim_template(claim: Object) -> Object:
    found = {key: value for key, value in claim.items() if key not in {"status", "apiVersion", "kind"}}
    found["metadata"] = _metadata(claim.get("metadata"))
    if isinstance(claim.get("spec"), dict):
        found["spec"] = _claim(claim["spec"])
    return found


def _claim(spec: Object) -> Object:
    return without_defaults({key: value for key, value in spec.items() if key != "volumeName"}, {"volumeMode": "Filesystem"})


def _service(spec: Object) -> Object:
    found = {key: value for key, value in without_defaults(spec, SERVICE_DEFAULTS).items() if key not in SERVICE_OWNED}
    if found.get("clusterIP") != "None":
        found.pop("clusterIP", None)
    if isinstance(found.get("ports"), list) and spec.get("type") != "NodePort":
        found["ports"] = [{k: v for k, v in port.items() if k != "nodePort"} if isinstance(port, dict) else port for port in found["ports"]]
    return found


def without_defaults(values: Object, defaults: Mapping[str, Any]) -> Object:
    """The values without those that say what holds anyway."""
    return {key: value for key, value in values.items() if not (key in defaults and value == defaults[key])}


_SPECS = {
    "Deployment": _workload, "StatefulSet": _workload, "DaemonSet": _workload, "Job": _job, "CronJob": _cron_job,
    "Service": _service, "PersistentVolumeClaim": _claim,
}
