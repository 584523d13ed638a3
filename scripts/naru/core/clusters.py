"""Which clusters there are, what they are called, and how kind makes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from naru.core.cluster_timing import CONTROLLER_FLAGS, HOUSEKEEPING, HOUSEKEEPING_SECONDS
from naru.model.cloud import CloudConfig
from naru.model.words import Profile, Role

POD_SUBNET = "10.244.0.0/24"
SERVICE_SUBNET = "10.96.0.0/16"
PORTS_PER_CLOUD = 10
"""Loopback ports that a cloud's load balancer publishes, from the lowest endpoint port of its cloud.yaml on."""


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
                "kind": "InitConfiguration",
                "nodeRegistration": {"kubeletExtraArgs": {HOUSEKEEPING: f"{HOUSEKEEPING_SECONDS[Profile.fast]}s"}},
            }),
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
