"""Connects the rollout proof: verification cluster, recorder, load balancer, config repository, keys, lock."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from naru import __version__
from naru.core.cluster_timing import PROFILE_FILES, profile_of
from naru.core.clusters import ClusterPlace
from naru.core.config_file import parse_config
from naru.core.run_log import START, chained_line
from naru.core.safe_yaml import load_plain
from naru.edge.clock import SystemClock
from naru.edge.cluster import Cluster
from naru.edge.files import read_capped
from naru.edge.http_probe import HttpProbe
from naru.edge.load import LoadEngine
from naru.edge.log_follow import LogFollower
from naru.edge.run_log import RunLogFile
from naru.edge.signing import private_key
from naru.edge.state_dir import StateDir
from naru.edge.watch import Watcher
from naru.errors import NaruError
from naru.model.cloud import CloudConfig, RolloutLimits
from naru.model.product import Product
from naru.model.record import Run
from naru.model.words import Profile, Role
from naru.steps.cloud_branch import read_tip, wanted_at
from naru.steps.cloud_routes import refresh_endpoints
from naru.steps.effects import Effects
from naru.steps.recorder import Recorder
from naru.steps.rollout_watch import OnLook
from naru.steps.verify_rollout import RolloutPorts, Running
from naru.wiring import clouds as machine
from naru.wiring.base import release_folder
from naru.wiring.clusters import cluster
from naru.wiring.config import load_product
from naru.wiring.git import config_repo, sandbox_folder
from naru.wiring.people import trusted_keys


class SharedRunLog:
    """One run log written by several clouds at once."""

    def __init__(self, path: Path) -> None:
        self._file = RunLogFile(path, chained_line, START)
        self._guard = threading.Lock()

    def append(self, entry: dict[str, Any]) -> None:
        """Write one entry."""
        with self._guard:
            self._file.append(entry)


def recorder(of: Cluster) -> Recorder:
    """A recorder that follows the log of each container that its watch sees."""
    follower = LogFollower(of)
    return Recorder(Watcher(of, follower.sample), follower)


def rollout_ports(
    product: Product, cloud: CloudConfig, work: Path, log: SharedRunLog, *, say: Callable[[str], None], look: OnLook
) -> RolloutPorts:
    """The outside of one cloud's proof."""
    state, clock = StateDir.from_environment(), SystemClock()
    verify = cluster(cloud, Role.verify, state)
    return RolloutPorts(
        cluster=verify, recorder=lambda: recorder(verify), connect=lambda: connect(cloud, Role.verify, state),
        running=lambda: running(product, cloud), probe=HttpProbe(), load=LoadEngine(), folder=release_folder(work),
        effects=Effects(log, clock, stage=f"verify_rollout {cloud.name}"), clock=clock, private_key=lambda: private_key(sandbox_folder()),
        lock=lambda: state.lock(f"cluster-{verify.name}", doing=f"verify-rollout in {work}"),
        run=run_block, profile=lambda: cluster_profile(verify.name), say=say, look=look,
    )


def running(product: Product, cloud: CloudConfig) -> Running | None:
    """What the branch cloud/NAME says the cloud runs."""
    repo = config_repo(product)
    tip = read_tip(repo, cloud.name)
    wanted = wanted_at(repo, tip.commit, tip.record) if tip.commit and tip.record else None
    return Running(wanted.version, wanted.rendered) if wanted is not None else None


def connect(cloud: CloudConfig, role: Role, state: StateDir) -> None:
    """Point the stand-in's load balancer at its Services."""
    place = ClusterPlace(cloud.name, role)
    refresh_endpoints(place, cloud, machine.kind_cluster(place.name), machine.parts(state))


def cluster_profile(name: str) -> Profile:
    """The timing profile that the stand-in's own flags show; `production` where they are neither, as Kubernetes' defaults are."""
    return profile_of(machine.kind_cluster(name).read_files(*PROFILE_FILES)) or Profile.production


def run_block(started: str) -> Run:
    """The ticking values of this execution."""
    return Run(started=started, finished=SystemClock().now().isoformat(), host=platform.node(), naru_version=__version__,
               build=os.environ.get("BUILD_TAG", ""))


def trusted(product: str) -> tuple[bytes, ...]:
    """Public keys that the installed product file trusts; none where the product is not known here."""
    try:
        return trusted_keys(load_product(product))
    except NaruError:
        return ()


def rollout_limits(path: Path) -> RolloutLimits:
    """The rollout limits of a cloud.yaml, or of a file that holds only them; raises Missing with what is wrong."""
    data = read_capped(path, 1 << 20)
    plain = load_plain(data, str(path))
    if isinstance(plain, dict) and "limits" in plain:
        return parse_config(data, CloudConfig, str(path)).limits.rollout
    return parse_config(data, RolloutLimits, str(path))
