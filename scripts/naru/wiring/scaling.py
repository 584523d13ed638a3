"""Connects the scaling proof to one cloud's stand-in, to the load engine, the pollers and the plots."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from naru import __version__
from naru.core.cluster_timing import KUBELET_FLAGS_FILE, housekeeping_of
from naru.edge.clock import SystemClock
from naru.edge.cluster import Cluster
from naru.edge.load import LoadEngine
from naru.edge.plots import SvgPlots
from naru.edge.poller import Poller
from naru.edge.signing import private_key
from naru.edge.state_dir import StateDir
from naru.errors import OutsideDown
from naru.model.cloud import CloudConfig
from naru.model.evidence import Evidence
from naru.model.words import Role, Verdict
from naru.steps.ports import Progress
from naru.steps.scaling_ports import ScalingSite
from naru.steps.verify_scaling import LOCK, ScalingPorts, ScalingRequest, judge_files
from naru.wiring.base import effects, release_folder, state_dir
from naru.wiring.clouds import kind_cluster
from naru.wiring.clusters import cluster
from naru.wiring.git import sandbox_folder
from naru.wiring.rollout import recorder

READ_SECONDS = 3.0


def scaling_ports(cloud: CloudConfig, work: Path, progress: Progress, state: StateDir | None = None) -> ScalingPorts:
    """Everything real, for the stand-in of this cloud."""
    state = state or state_dir()
    folder = release_folder(work)
    return ScalingPorts(
        folder=folder, site=scaling_site(cloud, cluster(cloud, Role.verify, state)), effects=effects(folder, "verify-scaling"),
        progress=progress, plots=SvgPlots(), private_key=partial(private_key, sandbox_folder()), lock=partial(_lock, state, f"{Role.verify}-{cloud.name}"),
    )


def scaling_site(cloud: CloudConfig, found: Cluster) -> ScalingSite:
    """One cluster with its watches, polls and load."""
    app = cloud.app(cloud.proven_app)
    apm = cloud.app(cloud.apm_app) if cloud.apm_app else None
    return ScalingSite(
        cluster=found, clock=SystemClock(), load=LoadEngine(), recorder=partial(recorder, found),
        metrics=lambda selector: Poller(partial(pod_metrics, found, cloud.namespace, selector)),
        scale=lambda: Poller(partial(found.get, "apps/v1", "Deployment", app.deployment, cloud.namespace)),
        apm=(lambda: Poller(partial(instances, apm.endpoint_port))) if apm else None,
        host=lambda: Poller(host_load), housekeeping=housekeeping_of(kind_cluster(found.name).read_file(KUBELET_FLAGS_FILE)),
    )


def scaling_request(cloud: CloudConfig, *, reuse: bool, build: str = "") -> ScalingRequest:
    """The request with this host's name and this program's version."""
    return ScalingRequest(cloud=cloud, host=socket.gethostname(), naru_version=__version__, reuse=reuse, build=build)


def judge(evidence: Evidence, raw: Mapping[str, bytes]) -> Verdict:
    """Judge recorded evidence again from its raw files (path → content); raises Missing where they cannot be read."""
    files = {path.rpartition("/")[2]: data for path, data in raw.items()}
    return judge_files(files, evidence.limits).verdict


def pod_metrics(found: Cluster, namespace: str, selector: str) -> Any:
    """Pods of a selector in metrics.k8s.io, asked once: an outage must show at once, not after retries."""
    path = f"/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods?labelSelector={quote(selector)}"
    return parsed(b"".join(found.stream(path, read_timeout=READ_SECONDS)), "metrics.k8s.io")


def host_load() -> tuple[float, float]:
    """How busy this machine is: processor percent since the last call, load average of a minute."""
    import psutil

    return psutil.cpu_percent(), psutil.getloadavg()[0]


def instances(port: int) -> Any:
    """The APM's list of instances, through the cloud's own load balancer."""
    import requests

    try:
        answer = requests.get(f"http://127.0.0.1:{port}/api/instances", timeout=READ_SECONDS)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise OutsideDown(f"the APM did not list its instances: {type(error).__name__}") from None
    return parsed(answer.content, "the APM")


def parsed(data: bytes, who: str) -> Any:
    """JSON, or OutsideDown that names who sent something else."""
    try:
        return json.loads(data)
    except ValueError:
        raise OutsideDown(f"{who} answered something that is not JSON") from None


@contextmanager
def _lock(state: StateDir, cluster_name: str, doing: str) -> Iterator[None]:
    """Wait for other measurements; nobody may change the cluster meanwhile (raises OutsideDown where somebody does)."""
    with state.lock(LOCK, doing=doing, wait=True), state.lock(f"cluster-{cluster_name}", doing=doing):
        yield
