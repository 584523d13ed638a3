"""Connects the fail-over proof to the verification clusters, the directors, the faults and the plots."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from naru import __version__
from naru.core.cluster_timing import PROFILE_FILES, profile_of
from naru.core.failover_record import judge_files
from naru.core.gslb_config import GslbMember
from naru.edge.apm_stores import ApmStores
from naru.edge.app_watch import AppWatch
from naru.edge.clock import SystemClock
from naru.edge.cloud_app import CloudApp
from naru.edge.docker import Docker
from naru.edge.fault_journal import FaultJournal
from naru.edge.fault_kinds import cluster_handlers
from naru.edge.faults import Faults
from naru.edge.load import LoadEngine
from naru.edge.plots import SvgPlots
from naru.edge.shield import shielded
from naru.edge.signing import private_key
from naru.edge.state_dir import StateDir
from naru.model.cloud import CloudConfig
from naru.model.evidence import Evidence
from naru.model.failover import FaultEntry
from naru.model.record import Run
from naru.model.words import Profile, Role, Verdict
from naru.steps.ports import Progress
from naru.steps.verify_failover import FailoverPorts, FailoverRequest, store_ports
from naru.steps.verify_scaling import LOCK
from naru.wiring.base import effects, release_folder, state_dir
from naru.wiring.clouds import kind_cluster, load_sandbox
from naru.wiring.clusters import cluster
from naru.wiring.config import load_clouds
from naru.wiring.git import sandbox_folder
from naru.wiring.gslb_site import GslbSite


def failover_ports(request: FailoverRequest, work: Path, progress: Progress, state: StateDir | None = None) -> FailoverPorts:
    """Everything real, for the verification clusters of these clouds."""
    state = state or state_dir()
    folder, clock = release_folder(work), SystemClock()
    apps = {cloud.name: cloud_app(cloud, state) for cloud in request.clouds}

    def run(started: str) -> Run:
        return Run(started=started, finished=clock.now().isoformat(), host=socket.gethostname(), naru_version=__version__)

    return FailoverPorts(
        folder=folder, site=partial(watched_site, request, apps), apps=apps, faults=cluster_faults(apps, state), load=LoadEngine(),
        effects=effects(folder, "verify-failover"), clock=clock, progress=progress, shield=shielded, plots=SvgPlots(),
        private_key=partial(private_key, sandbox_folder()), lock=partial(all_locks, request, state), run=run,
        profile=partial(profile_of_clouds, request), stores=stores_of(request.clouds),
    )


def stores_of(clouds: tuple[CloudConfig, ...]) -> ApmStores | None:
    """The stores of numbered writes: each cloud's APM; None unless every cloud has one."""
    ports = store_ports(clouds)
    return ApmStores(ports) if ports else None


def cloud_app(cloud: CloudConfig, state: StateDir) -> CloudApp:
    """The proven app of one cloud's verification cluster."""
    app = cloud.app(cloud.proven_app)
    other = next((each.service for each in cloud.apps if each.service != app.service), "")
    return CloudApp(cloud.name, cluster(cloud, Role.verify, state), Docker(), cloud.namespace, app.deployment, app.service, other)


def cluster_faults(apps: Mapping[str, CloudApp], state: StateDir) -> Faults:
    """The faults of the verification clusters, with the machine's journal."""
    return Faults(FaultJournal(state.folder("faults")), cluster_handlers(apps))


def undo_leftovers(state: StateDir | None = None) -> list[FaultEntry]:
    """Take back whatever a killed drill left (called by `clouds up`, too); gives what was taken back."""
    state = state or state_dir()
    left = {entry.cloud for entry in FaultJournal(state.folder("faults")).leftovers()}
    if not left:
        return []
    apps = {cloud.name: cloud_app(cloud, state) for cloud in load_clouds() if cloud.name in left}
    return cluster_faults(apps, state).undo_leftovers()


def members(clouds: tuple[CloudConfig, ...]) -> list[GslbMember]:
    """The clouds behind the GSLB, each by its own load balancer's loopback port."""
    found = []
    for number, cloud in enumerate(clouds):
        app, rules = cloud.app(cloud.proven_app), cloud.gslb
        path = rules.path or app.health_path
        marker = app.marker if path == app.home_path else ""
        found.append(GslbMember(cloud.name, "127.0.0.1", app.endpoint_port, rules, path, marker, app.name, f"127.81.0.{number + 1}"))
    return found


@contextmanager
def watched_site(request: FailoverRequest, apps: Mapping[str, CloudApp]) -> Iterator[GslbSite]:
    """Directors and watch for the time of the drill."""
    first = request.clouds[0].proven_app
    with AppWatch(tuple(apps.values())) as watch:
        site = GslbSite(members(request.clouds), load_sandbox().gslb_port, first, watch, with_dns=request.with_dns)
        with site:
            yield site


@contextmanager
def all_locks(request: FailoverRequest, state: StateDir, doing: str) -> Iterator[None]:
    """The machine's measurement lock, and every cluster that will be broken; raises OutsideDown where one is busy."""
    with ExitStack() as stack:
        stack.enter_context(state.lock(LOCK, doing=doing, wait=True))
        for cloud in request.clouds:
            stack.enter_context(state.lock(f"cluster-{Role.verify}-{cloud.name}", doing=doing))
        yield


def profile_of_clouds(request: FailoverRequest) -> Profile:
    """The timing profile of the verification clusters; the fast one where any of them has it."""
    found = {profile_of(kind_cluster(f"{Role.verify}-{cloud.name}").read_files(*PROFILE_FILES)) for cloud in request.clouds}
    return Profile.production if found == {Profile.production} else Profile.fast


def judge(evidence: Evidence, raw: Mapping[str, bytes]) -> Verdict:
    """Judge recorded evidence again from its raw files (path → content)."""
    files = {path.rpartition("/")[2].removesuffix(".gz"): gzip.decompress(data) if path.endswith(".gz") else data for path, data in raw.items()}
    return judge_files(files, evidence.limits).verdict
