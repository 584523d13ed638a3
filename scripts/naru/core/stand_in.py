"""The objects that make a bare cluster stand in for a cloud: everything that is not in the rendered bytes."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from naru.core.cluster_timing import METRICS_FLAGS
from naru.core.clusters import ClusterPlace
from naru.model.cloud import CloudConfig
from naru.model.picture import ClusterPicture
from naru.model.record import canonical_bytes
from naru.model.words import Profile

METRICS_IMAGE = "registry.k8s.io/metrics-server/metrics-server:v0.9.0"
PULL_SECRET = "registry-login"  # noqa: S105 (the name of an object)
VOLUME_ROOT = "/var/naru-volumes"
LABELS = {"naru.dev/made": "1"}

Object = dict[str, Any]


def stand_in_objects(
    place: ClusterPlace, cloud: CloudConfig, *, login: str, volumes_per_class: int, certificates: dict[str, str],
    picture: ClusterPicture | None = None,
) -> list[Object]:
    """Namespace, Secrets, classes, volumes and metrics-server, in the order in which they are applied.

    `login` is the docker config JSON for the cloud's registry host; `certificates` holds `ca`, `cert` and `key` (PEM)
    of metrics-server. With a `picture` the namespace has the real cluster's pod-security labels and quotas.
    """
    return [
        *shaped_namespace(cloud.namespace, picture),
        *namespace_secrets(cloud, cloud.namespace, login),
        *(_storage_class(item.name, default=item.default) for item in cloud.stand_in.storage_classes),
        *(
            volume(place.node, item.name, number)
            for item in cloud.stand_in.storage_classes
            for number in range(volumes_per_class)
        ),
        *metrics_server(certificates, Profile.fast),
    ]


def namespace_secrets(cloud: CloudConfig, namespace: str, login: str) -> list[Object]:
    """The Secrets that the rendered bytes refer to, for one namespace."""
    pull = _object("v1", "Secret", PULL_SECRET, namespace)
    pull |= {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": _b64(login)}}
    others = []
    for secret in cloud.stand_in.secrets:
        if secret.name == PULL_SECRET:
            continue
        entry = _object("v1", "Secret", secret.name, namespace)
        entry |= {"type": secret.type, "data": {key: _b64(value) for key, value in secret.values.items()}}
        others.append(entry)
    return [pull, *others]


def shaped_namespace(name: str, picture: ClusterPicture | None) -> list[Object]:
    """The namespace, with the labels and quotas that the real one was seen to have."""
    namespace = _object("v1", "Namespace", name)
    if picture is None:
        return [namespace]
    namespace["metadata"]["labels"] |= picture.pod_security
    quotas = [_object("v1", "ResourceQuota", quota, name) | {"spec": {"hard": hard}} for quota, hard in sorted(picture.quotas.items())]
    return [namespace, *quotas]


def volume(node: str, storage_class: str, number: int) -> Object:
    """One local volume, so that fsGroup works as on a real disk."""
    name = f"{storage_class}-{number}"
    return _object("v1", "PersistentVolume", name) | {
        "spec": {
            "capacity": {"storage": "20Gi"},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": storage_class,
            "local": {"path": f"{VOLUME_ROOT}/{name}"},
            "nodeAffinity": {
                "required": {
                    "nodeSelectorTerms": [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}]
                }
            },
        }
    }


def docker_login(hosts: list[str], user: str, password: str) -> str:
    """Docker config JSON with one login for these registry hosts."""
    entry = {"username": user, "password": password, "auth": _b64(f"{user}:{password}")}
    return json.dumps({"auths": dict.fromkeys(hosts, entry)})


def hosts_file(mirror: str) -> str:
    """The hosts.toml of containerd: everything for this host goes to the mirror and nowhere else."""
    return f'server = "http://{mirror}"\n\n[host."http://{mirror}"]\n  capabilities = ["pull", "resolve"]\n'


def setup_hash(objects: list[Object], mirrors: dict[str, str]) -> str:
    """Changes when anything that `up` sets in a cluster changes, certificates left out (they are made once)."""
    stable = [item for item in objects if not (item["kind"] == "Secret" and item["metadata"].get("namespace") == "kube-system")]
    stable = [item for item in stable if item["kind"] != "APIService"]
    return hashlib.sha256(canonical_bytes({"objects": stable, "mirrors": mirrors})).hexdigest()[:16]


def metrics_server(certificates: dict[str, str], profile: Profile) -> list[Object]:
    """metrics-server behind a CA bundle of its own.

    With `insecureSkipTLSVerify` the API server once kept a connection to something that was not metrics-server.
    kubelet's own certificate is self-signed by kubeadm; it is reached on the node's address only.
    """
    tls = _object("v1", "Secret", "metrics-server-tls", "kube-system")
    tls |= {"type": "kubernetes.io/tls", "data": {"tls.crt": _b64(certificates["cert"]), "tls.key": _b64(certificates["key"])}}
    service = _object("v1", "Service", "metrics-server", "kube-system") | {
        "spec": {"selector": {"k8s-app": "metrics-server"}, "ports": [{"name": "https", "port": 443, "targetPort": 10250}]}
    }
    api = _object("apiregistration.k8s.io/v1", "APIService", "v1beta1.metrics.k8s.io") | {
        "spec": {
            "group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
            "service": {"name": "metrics-server", "namespace": "kube-system"}, "caBundle": _b64(certificates["ca"]),
        }
    }
    return [_object("v1", "ServiceAccount", "metrics-server", "kube-system"), *_metrics_rights(), tls, service, _metrics_deployment(profile), api]


def metrics_arguments(profile: Profile) -> list[str]:
    """Command line of metrics-server in a profile."""
    flags = {
        "secure-port": "10250", "tls-cert-file": "/tls/tls.crt", "tls-private-key-file": "/tls/tls.key",
        "kubelet-preferred-address-types": "InternalIP", "kubelet-insecure-tls": "true", "kubelet-use-node-status-port": "true",
        **METRICS_FLAGS[profile],
    }
    return [f"--{name}={value}" for name, value in flags.items()]


def _metrics_deployment(profile: Profile) -> Object:
    probe = {"httpGet": {"path": "/livez", "port": 10250, "scheme": "HTTPS"}, "periodSeconds": 5}
    ready = {"httpGet": {"path": "/readyz", "port": 10250, "scheme": "HTTPS"}, "periodSeconds": 2, "initialDelaySeconds": 2}
    container = {
        "name": "metrics-server", "image": METRICS_IMAGE, "imagePullPolicy": "IfNotPresent", "args": metrics_arguments(profile),
        "ports": [{"containerPort": 10250, "name": "https"}], "livenessProbe": probe, "readinessProbe": ready,
        "resources": {"requests": {"cpu": "20m", "memory": "40Mi"}},
        "securityContext": {"readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False},
        "volumeMounts": [{"name": "tls", "mountPath": "/tls", "readOnly": True}],
    }
    spec = {
        "serviceAccountName": "metrics-server", "priorityClassName": "system-cluster-critical", "containers": [container],
        "volumes": [{"name": "tls", "secret": {"secretName": "metrics-server-tls"}}],
    }
    labels = {"k8s-app": "metrics-server"}
    return _object("apps/v1", "Deployment", "metrics-server", "kube-system") | {
        "spec": {
            "replicas": 1, "selector": {"matchLabels": labels}, "strategy": {"type": "Recreate"},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        }
    }


def _metrics_rights() -> list[Object]:
    group = "rbac.authorization.k8s.io"
    subject = [{"kind": "ServiceAccount", "name": "metrics-server", "namespace": "kube-system"}]
    role = _object(f"{group}/v1", "ClusterRole", "system:metrics-server") | {
        "rules": [
            {"apiGroups": [""], "resources": ["nodes/metrics", "nodes/stats"], "verbs": ["get"]},
            {"apiGroups": [""], "resources": ["pods", "nodes"], "verbs": ["get", "list", "watch"]},
        ]
    }
    return [
        role,
        _binding("ClusterRoleBinding", "system:metrics-server", {"kind": "ClusterRole", "name": "system:metrics-server"}, subject),
        _binding("ClusterRoleBinding", "metrics-server:delegator", {"kind": "ClusterRole", "name": "system:auth-delegator"}, subject),
        _binding("RoleBinding", "metrics-server-auth-reader", {"kind": "Role", "name": "extension-apiserver-authentication-reader"}, subject),
    ]


def _binding(kind: str, name: str, role: Object, subjects: list[Object]) -> Object:
    namespace = "kube-system" if kind == "RoleBinding" else None
    reference = {"apiGroup": "rbac.authorization.k8s.io", **role}
    return _object("rbac.authorization.k8s.io/v1", kind, name, namespace) | {"roleRef": reference, "subjects": subjects}


def _storage_class(name: str, *, default: bool) -> Object:
    item = _object("storage.k8s.io/v1", "StorageClass", name)
    if default:
        item["metadata"]["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
    return item | {"provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": "WaitForFirstConsumer"}


def _object(version: str, kind: str, name: str, namespace: str | None = None) -> Object:
    metadata: Object = {"name": name, "labels": dict(LABELS)}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
