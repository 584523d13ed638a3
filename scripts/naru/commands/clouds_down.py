"""`clouds down`: by name and label, volumes included, at last the daemon if naru started it; nothing else is touched."""

from __future__ import annotations

from naru.commands.clouds_up import ensure_daemon, exclusive
from naru.core.clusters import ClusterPlace
from naru.edge.clock import SystemClock
from naru.edge.docker import MADE, Docker
from naru.edge.dockerd import LOG, stop_dockerd
from naru.edge.state_dir import StateDir
from naru.model.words import Role
from naru.wiring import clouds as wiring
from naru.wiring.config import load_clouds


def down(names: list[str], role: Role | None, *, everything: bool) -> list[str]:
    """Remove clusters (with `everything` registries, balancers and the network too); gives what was removed."""
    state = StateDir.from_environment()
    docker = Docker()
    if not docker.running() and not (state.folder("dockerd") / LOG).is_file():
        return []
    with exclusive(state, "clouds down"):
        ensure_daemon(state)  # what `up` made is still there when its daemon has died, or the machine was restarted
        gone = [name for place in wiring.places(names, role, load_clouds()) for name in _remove(place, docker, state)]
        if everything:
            gone += _remove_made(docker)
            if not docker.ps() and stop_dockerd(state.folder("dockerd"), SystemClock()):
                gone.append("the Docker daemon that naru had started")
    return gone


def _remove(place: ClusterPlace, docker: Docker, state: StateDir) -> list[str]:
    gone = []
    if wiring.kind_cluster(place.name).state() not in {"absent", "foreign"}:
        docker.remove(place.node)
        gone.append(place.name)
    if place.balancer in docker.ps(f"label={MADE}"):
        docker.remove(place.balancer)
        gone.append(place.balancer)
    for suffix in (".yaml", ".uid", ".making"):
        (state.folder("kubeconfigs") / f"{place.name}{suffix}").unlink(missing_ok=True)
    return gone


def _remove_made(docker: Docker) -> list[str]:
    gone = docker.ps(f"label={MADE}")
    for name in gone:
        docker.remove(name)
    network = wiring.load_sandbox().network
    found = docker.inspect_network(network)
    if found is not None and found["Labels"].get("naru.dev/made") == "1" and not found["Containers"]:
        docker.remove_network(network)
        gone.append(f"network {network}")
    return gone
