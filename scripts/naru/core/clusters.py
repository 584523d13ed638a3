"""Which clusters there are, what they are called, and the flags of the two timing profiles."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from naru.model.cloud import CloudConfig
from naru.model.words import Profile, Role

POD_SUBNET = "10.244.0.0/24"
SERVICE_SUBNET = "10.96.0.0/16"
PORTS_PER_CLOUD = 10
"""Loopback ports that a cloud's load balancer publishes, from the lowest endpoint port of its cloud.yaml on."""

CONTROLLER_FLAGS = {
    Profile.fast: {
        "horizontal-pod-autoscaler-sync-period": "2s",
        "horizontal-pod-autoscaler-downscale-stabilization": "15s",
        # Shorter than a scale-up takes, the CPU of a new pod's start counts as load and the HPA overshoots.
        "horizontal-pod-autoscaler-cpu-initialization-period": "60s",
        "horizontal-pod-autoscaler-initial-readiness-delay": "2s",
    },
    # Kubernetes' own defaults, written out so that a switch back really sets them.
    Profile.production: {
        "horizontal-pod-autoscaler-sync-period": "15s",
        "horizontal-pod-autoscaler-downscale-stabilization": "5m0s",
        "horizontal-pod-autoscaler-cpu-initialization-period": "5m0s",
        "horizontal-pod-autoscaler-initial-readiness-delay": "30s",
    },
}

CONTROLLER_MANIFEST = "/etc/kubernetes/manifests/kube-controller-manager.yaml"
"""Where kubeadm puts the controller manager's static pod on the node; kubelet restarts the pod when it changes."""

METRICS_FLAGS = {
    # metrics-server panics below 10 s, and where the resolution is not greater than the kubelet request timeout.
    Profile.fast: {"metric-resolution": "10s", "kubelet-request-timeout": "8s"},
    Profile.production: {"metric-resolution": "15s", "kubelet-request-timeout": "10s"},
}


@dataclass(frozen=True)
class ClusterPlace:
    """One cluster of the sandbox."""

    cloud: str
    role: Role

    @property
    def name(self) -> str:
        """`verify-naver`."""
        return f"{self.role}-{self.cloud}"

    @property
    def node(self) -> str:
        """Container of its only node: losing the node is losing the cloud."""
        return f"{self.name}-control-plane"

    @property
    def balancer(self) -> str:
        """Container of its load balancer."""
        return f"naru-lb-{self.name}"


def kind_config(place: ClusterPlace, cloud: CloudConfig) -> str:
    """The kind configuration of one cluster, as JSON (which is YAML)."""
    plain_flags = {"leader-elect": "false"}  # one replica each: an election only costs base load
    config: dict[str, Any] = {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "networking": {
            "disableDefaultCNI": True, "podSubnet": POD_SUBNET, "serviceSubnet": SERVICE_SUBNET, "apiServerAddress": "127.0.0.1",
        },
        "nodes": [{"role": "control-plane", "labels": node_labels(place, cloud)}],
        "kubeadmConfigPatches": [
            json.dumps({"kind": "KubeletConfiguration", "cgroupDriver": "cgroupfs", "resolvConf": "/kind/resolv.conf"}),
            json.dumps({
                "kind": "ClusterConfiguration",
                "controllerManager": {"extraArgs": {**plain_flags, **CONTROLLER_FLAGS[Profile.fast]}},
                "scheduler": {"extraArgs": plain_flags},
            }),
        ],
    }
    return json.dumps(config, indent=2)


def node_labels(place: ClusterPlace, cloud: CloudConfig) -> dict[str, str]:
    """Labels of the node: whose stand-in it is, and what this cloud's nodes really carry."""
    return {"naru.dev/role": str(place.role), "naru.dev/cloud": place.cloud, **cloud.stand_in.node_labels}


def first_port(cloud: CloudConfig, role: Role, offset: int) -> int:
    """Lowest loopback port of this cloud's load balancer in this role."""
    lowest = min(app.endpoint_port for app in cloud.apps)
    return lowest - lowest % PORTS_PER_CLOUD + (offset if role is Role.target else 0)


def with_flags(manifest: str, flags: dict[str, str]) -> str:
    """A static pod's manifest text with these flags set, each in place where it stands already.

    Works on lines of the form `    - --name=value`, as kubeadm writes them.
    """
    for name, value in flags.items():
        line = re.compile(rf"^(\s*- )--{re.escape(name)}=.*$", re.MULTILINE)
        if line.search(manifest):
            manifest = line.sub(rf"\g<1>--{name}={value}", manifest)
        else:
            manifest = re.sub(r"^(\s*- )(kube-[a-z-]+)$", rf"\g<1>\g<2>\n\g<1>--{name}={value}", manifest, count=1, flags=re.MULTILINE)
    return manifest


def profile_of(manifest: str) -> Profile | None:
    """The profile whose every flag the manifest carries, or None."""
    for profile, flags in CONTROLLER_FLAGS.items():
        if all(re.search(rf"^\s*- --{re.escape(name)}={re.escape(value)}$", manifest, re.MULTILINE) for name, value in flags.items()):
            return profile
    return None
