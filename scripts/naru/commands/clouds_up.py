"""`clouds up` as a whole: daemon, image, registries, then clusters side by side, with one progress display."""

from __future__ import annotations

import platform
import shutil
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from naru.core.clusters import PORTS_PER_CLOUD, ClusterPlace, first_port
from naru.core.preflight import disk_fault, port_faults, system_fault
from naru.core.stand_in import docker_login
from naru.edge.clock import SystemClock
from naru.edge.console import Console
from naru.edge.docker import Docker
from naru.edge.dockerd import ensure_dockerd, raise_inotify_limits
from naru.edge.node_image import Step
from naru.edge.ports import taken_ports
from naru.edge.state_dir import StateDir
from naru.errors import Missing, OutsideDown
from naru.model.words import Role
from naru.steps.clouds_ports import Parts
from naru.steps.clouds_up import bring_up, registry_of
from naru.wiring import clouds as wiring
from naru.wiring.base import CLONE
from naru.wiring.config import load_clouds
from naru.wiring.failover import undo_leftovers

SIDE_BY_SIDE = 3
"""Clusters made at once: more only slow each other down on two cores."""

TARGET_SHARES = "256"
"""CPU shares of target nodes (1024 is usual): they must not disturb what is measured beside them."""


def ensure_daemon(state: StateDir) -> bool:
    """A Docker daemon answers afterwards; True if it was started."""
    wrapper = CLONE / "kind" / "runtime" / "runc-within-bounds"
    folder = state.folder("dockerd")
    copy = folder / "runc-within-bounds"
    if not copy.is_file() or copy.read_bytes() != wrapper.read_bytes():
        shutil.copy2(wrapper, copy)  # the daemon outlives this clone
    return ensure_dockerd(Docker(), folder=folder, wrapper=copy, clock=SystemClock())


def up(names: list[str], role: Role | None, console: Console, *, image: str = "") -> list[str]:
    """Bring clusters up; gives what was done, line by line, nothing if all was so already."""
    if fault := system_fault(platform.system(), platform.machine()):
        raise Missing(f"{fault.what}.", hint=fault.mend)
    state = StateDir.from_environment()
    with state.lock("clouds", doing="clouds up"):
        done = ["started dockerd"] if ensure_daemon(state) else []
        done += [f"raised {name}" for name in raise_inotify_limits()]
        places = wiring.places(names, role, load_clouds())
        _check_disk(places, state, image)
        _check_ports(places)
        tag = _ensure_images(state, console, image, done)
        parts = wiring.parts(state, tag)
        done += _ensure_registries(places, parts)
        done += _clusters(places, parts, state, console)
        return done + [f"undid {entry.fault} in {entry.cloud}, which a killed drill had left" for entry in undo_leftovers(state)]


def _check_disk(places: list[ClusterPlace], state: StateDir, image: str) -> None:
    docker = Docker()
    new = sum(docker.inspect(place.node) is None for place in places)
    there = bool(image) or wiring.node_image_builder(state).present()
    if not new and there:
        return
    fault = disk_fault(wiring.free_disk(state), image_there=there, new_clusters=new)
    if fault:
        raise Missing(f"{fault.what}.", hint=fault.mend)


def _check_ports(places: list[ClusterPlace]) -> None:
    sandbox = wiring.load_sandbox()
    wanted = {sandbox.release_registry.port: "the release registry"}
    for place in places:
        cloud = next(item for item in load_clouds() if item.name == place.cloud)
        first = first_port(cloud, place.role, sandbox.target_port_offset)
        wanted |= dict.fromkeys(range(first, first + PORTS_PER_CLOUD), f"the load balancer of {place.name}")
        if place.role is Role.target:
            wanted[registry_of(place, sandbox).port] = f"the registry of {place.cloud}"
    faults = port_faults(wanted, taken_ports(), Docker().published_ports())
    if faults:
        raise OutsideDown(f"{faults[0].what}.", hint=faults[0].mend)


def _ensure_images(state: StateDir, console: Console, image: str, done: list[str]) -> str:
    docker = Docker()
    if wiring.stand_ins(state).present() is False:
        with console.task("Image of registries and load balancers") as task:
            task.say("Debian packages")
            wiring.stand_ins(state).ensure_image()
        done.append("built the stand-ins image")
    if image:
        if docker.inspect_image(image) is None:
            with console.task(f"Node image {image}"):
                docker.pull(image, console.detail)
            done.append(f"pulled {image}")
        return image
    builder = wiring.node_image_builder(state)
    if not builder.present():
        with console.task("Node image", total=builder.seconds()) as task:
            builder.build(_reporter(task))
        done.append("built the node image")
    return builder.tag


def _reporter(task: object) -> Callable[[Step, float], None]:
    """Turns (step, share) into movement of one bar whose unit is a second of a cold build."""
    at: dict[str, float] = {}

    def report(step: Step, share: float) -> None:
        task.say(step.title)  # type: ignore[attr-defined]  # both kinds of task have it
        task.advance((share - at.get(step.title, 0.0)) * step.seconds)  # type: ignore[attr-defined]
        at[step.title] = share

    return report


def _ensure_registries(places: list[ClusterPlace], parts: Parts) -> list[str]:
    done = ["made the network"] if parts.stand_ins.ensure_network() else []
    if parts.stand_ins.ensure_registry(parts.sandbox.release_registry, None):
        done.append("release registry")
    for place in places:
        if place.role is Role.target:
            login, registry = parts.stand_ins.login(place.cloud), registry_of(place, parts.sandbox)
            if parts.stand_ins.ensure_registry(registry, login):
                done.append(f"registry of {place.cloud}")
            if parts.stand_ins.keep_login(place.cloud, docker_login([registry.address], *login)):
                done.append(f"login to the registry of {place.cloud}")
    return done


def _clusters(places: list[ClusterPlace], parts: Parts, state: StateDir, console: Console) -> list[str]:
    done: list[str] = []
    guard = threading.Lock()
    wiring.kind_program()

    def task_for(place: ClusterPlace) -> Callable[[], None]:
        def work() -> None:
            with console.task(place.name) as bar:
                what = bring_up(wiring.site(place, state), wiring.kind_cluster(place.name), parts, bar.say)
            if place.role is Role.target and "made" in what:
                Docker().limit_cpu(place.node, TARGET_SHARES)
            with guard:
                done.extend(f"{place.name}: {item}" for item in what)

        return work

    wiring.side_by_side([task_for(place) for place in places], SIDE_BY_SIDE)
    return done


def exclusive(state: StateDir, doing: str) -> AbstractContextManager[None]:
    """The lock that `up`, `down` and `profile` share."""
    return state.lock("clouds", doing=doing)
