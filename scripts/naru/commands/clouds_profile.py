"""`clouds profile`: rewrites flags of kubelet, controller manager and metrics-server; no cluster and no pod of the product is touched."""

from __future__ import annotations

import json

from naru.commands.clouds_up import exclusive
from naru.core.cluster_timing import PROFILE_FILES, profile_of
from naru.core.stand_in import metrics_arguments
from naru.edge.clock import SystemClock
from naru.edge.kind_cluster import KindCluster
from naru.edge.state_dir import StateDir
from naru.errors import OutsideDown
from naru.model.words import Profile, Role
from naru.steps.clouds_up import wait_for_metrics
from naru.steps.cluster_timing import set_timing
from naru.wiring import clouds as wiring
from naru.wiring.config import load_clouds

RESTART_SECONDS = 90.0


def switch(profile: Profile, names: list[str], state: StateDir) -> list[str]:
    """Bring the verification clusters to this profile; gives the names of those that were changed."""
    with exclusive(state, "clouds profile"):
        places = wiring.places(names, Role.verify, load_clouds())
        return [place.name for place in places if _switch_one(wiring.kind_cluster(place.name), profile)]


def _switch_one(cluster: KindCluster, profile: Profile) -> bool:
    files = cluster.read_files(*PROFILE_FILES)
    if profile_of(files) is profile:
        return False
    before = _controller(cluster)
    set_timing(cluster, files, profile)
    arguments = [{"op": "replace", "path": "/spec/template/spec/containers/0/args", "value": metrics_arguments(profile)}]
    patch = ["--namespace=kube-system", "patch", "deployment", "metrics-server", "--type=json", "--patch", json.dumps(arguments)]
    cluster.kubectl(*patch)
    _wait_for_controller(cluster, before)
    cluster.kubectl("--namespace=kube-system", "rollout", "status", "deployment/metrics-server", "--timeout=90s", timeout=100)
    wait_for_metrics(cluster, SystemClock())
    return True


def _controller(cluster: KindCluster) -> str:
    path = "jsonpath={.items[0].metadata.uid}:{.items[0].status.containerStatuses[0].ready}"
    return cluster.kubectl("--namespace=kube-system", "get", "pods", "--selector=component=kube-controller-manager", "--output", path, check=False)


def _wait_for_controller(cluster: KindCluster, before: str) -> None:
    clock = SystemClock()
    deadline = clock.monotonic() + RESTART_SECONDS
    while True:
        now = _controller(cluster)
        if now.endswith(":true") and now != before:
            return
        if clock.monotonic() > deadline:
            raise OutsideDown(f"The controller manager of {cluster.name} did not come back within {RESTART_SECONDS:g} s.", hint="Run ./naru clouds up.")
        clock.sleep(0.3)
