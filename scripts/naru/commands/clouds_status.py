"""What `clouds status` shows: read side by side, each cluster within its own deadline."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from naru.core.cluster_timing import PROFILE_FILES, profile_of
from naru.core.clusters import ClusterPlace
from naru.edge.docker import Docker
from naru.edge.state_dir import StateDir
from naru.model.cloud import CloudConfig
from naru.model.words import Role
from naru.wiring import clouds as wiring
from naru.wiring.config import load_clouds


def cluster_rows(state: StateDir) -> list[dict[str, Any]]:
    """One row a cluster, in the order of `places`."""
    clouds = load_clouds()
    places = wiring.places([], None, clouds)
    if not Docker().running():
        return [_row(place, _cloud(place, clouds), "no dockerd", ready=False, profile=None, metrics=False) for place in places]
    with ThreadPoolExecutor(max_workers=len(places) or 1) as pool:
        return list(pool.map(lambda place: _look(place, _cloud(place, clouds), state), places))


def _cloud(place: ClusterPlace, clouds: tuple[CloudConfig, ...]) -> CloudConfig:
    return next(cloud for cloud in clouds if cloud.name == place.cloud)


def _look(place: ClusterPlace, cloud: CloudConfig, state: StateDir) -> dict[str, Any]:
    cluster = wiring.kind_cluster(place.name)
    found, files = cluster.look(*PROFILE_FILES)
    if found != "running":
        return _row(place, cloud, found, ready=False, profile=None, metrics=False)
    nodes = cluster.kubectl("get", "--raw", "/apis/metrics.k8s.io/v1beta1/nodes", check=False, timeout=10)
    metrics = '"usage"' in nodes
    profile = profile_of(files)
    kubeconfig = state.folder("kubeconfigs") / f"{place.name}.yaml"
    return _row(place, cloud, found, ready=metrics and kubeconfig.is_file(), profile=profile, metrics=metrics)


def _row(place: ClusterPlace, cloud: CloudConfig, found: str, *, ready: bool, profile: str | None, metrics: bool) -> dict[str, Any]:
    offset = wiring.load_sandbox().target_port_offset if place.role is Role.target else 0
    return {
        "name": place.name, "cloud": place.cloud, "role": str(place.role), "state": found, "ready": ready, "metrics": metrics,
        "profile": str(profile) if profile else None,
        "endpoints": {app.name: f"127.0.0.1:{app.endpoint_port + offset}" for app in cloud.apps},
    }
