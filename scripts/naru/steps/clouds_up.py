"""`clouds up`: makes what is missing, heals what is broken, leaves the rest alone and says what it did.

One cluster at a time is brought to its resting state by `bring_up`; the wiring runs several side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from naru.core.cluster_timing import PROFILE_FILES, profile_of
from naru.core.clusters import ClusterPlace, kind_config
from naru.core.stand_in import docker_login, hosts_file, setup_hash, stand_in_objects
from naru.errors import Missing, OutsideDown
from naru.model.cloud import CloudConfig
from naru.model.picture import ClusterPicture
from naru.model.sandbox import RegistryPlace, Sandbox
from naru.model.words import Profile, Role
from naru.steps.cloud_routes import refresh_and_read
from naru.steps.clouds_ports import ClusterPort, Parts
from naru.steps.cluster_timing import set_timing
from naru.steps.ports import Clock

SETUP_FILE = "/kind/naru-setup"
NODE_FILES = (SETUP_FILE, *PROFILE_FILES)
METRICS_SECONDS = 120.0
HEAL_SECONDS = 60.0


@dataclass(frozen=True)
class Site:
    """One cluster to bring up, and where its files stand."""

    place: ClusterPlace
    cloud: CloudConfig
    hosts: tuple[str, ...]
    """Registry hosts that images of this cloud may name."""
    kubeconfig: Path
    certificates: dict[str, str]
    picture: ClusterPicture | None = None
    """What `clouds capture` saw of the real cluster, where it did."""


def bring_up(site: Site, cluster: ClusterPort, parts: Parts, say: Callable[[str], None]) -> list[str]:
    """Bring one cluster to its resting state; gives what was done, nothing if all was so already.

    A cluster that answers but does not come to rest (a kubelet that lost its API server, say) is made again, once.
    """
    try:
        return _settle(site, cluster, parts, say)
    except OutsideDown:
        if cluster.state() != "running" or cluster.made_now:
            raise
        say("it does not come to rest; making it again")
        cluster.remove()
        return _settle(site, cluster, parts, say)


def _settle(site: Site, cluster: ClusterPort, parts: Parts, say: Callable[[str], None]) -> list[str]:
    state, files = cluster.look(*NODE_FILES)
    done = _ensure_running(state, site, cluster, parts, say)
    if "made" in done or "started" in done:
        files = cluster.look(*NODE_FILES)[1]
    objects, mirrors = _wanted(site, parts)
    wanted = setup_hash(objects, mirrors)
    stands = files[SETUP_FILE].strip() == wanted
    if not stands:
        say("setting up")
        _set_up(site, cluster, objects, mirrors)
        done.append("set up")
    # Of neither profile: an older naru's cluster, or one whose switch was cut off.
    if profile_of(files) is None and set_timing(cluster, files, Profile.fast):
        done.append("timing flags")
    routed, volumes = refresh_and_read(site.place, site.cloud, cluster, parts, "persistentvolumes")
    if routed:
        done.append("load balancer")
    if renew_volumes(cluster, objects, volumes):
        done.append("renewed volumes")
    say("waiting for metrics")
    if wait_for_metrics(cluster, parts.clock) and "set up" not in done:
        done.append("waited for metrics")
    if not stands:
        # Last, so that a run that was cut off before the metrics came sets up again.
        cluster.write_files({SETUP_FILE: wanted})
    return done


def renew_volumes(cluster: ClusterPort, objects: list[dict[str, Any]], live: list[dict[str, Any]]) -> bool:
    """Make local volumes of `objects` again whose claim is gone: nothing does so for a class without a provisioner.

    `live` are the cluster's PersistentVolumes. True if any was made.
    """
    free = {item["metadata"]["name"] for item in live if item["status"]["phase"] in {"Released", "Failed"}}
    again = [item for item in objects if item["kind"] == "PersistentVolume" and item["metadata"]["name"] in free]
    if not again:
        return False
    cluster.kubectl("delete", "persistentvolumes", *(item["metadata"]["name"] for item in again))
    cluster.empty_folders([item["spec"]["local"]["path"] for item in again])
    cluster.apply_all(again)
    return True


def wait_for_metrics(cluster: ClusterPort, clock: Clock, seconds: float = METRICS_SECONDS) -> bool:
    """Wait until the metrics API answers for the node; True if it had to be waited for."""
    deadline = clock.monotonic() + seconds
    waited = False
    while True:
        answer = cluster.kubectl("get", "--raw", "/apis/metrics.k8s.io/v1beta1/nodes", check=False)
        if '"usage"' in answer:
            return waited
        if clock.monotonic() > deadline:
            raise OutsideDown(f"{cluster.name} gave no metrics within {seconds:g} s; its last answer: {answer[:200]}", hint="Look at the pod metrics-server in kube-system.")
        waited = True
        clock.sleep(0.5)


def registry_of(place: ClusterPlace, sandbox: Sandbox) -> RegistryPlace:
    """The registry that a cluster pulls from: the release registry for stand-ins, the cloud's own for a target."""
    if place.role is Role.verify:
        return sandbox.release_registry
    registry = sandbox.target_registries.get(place.cloud)
    if registry is None:
        raise Missing(f"kind/sandbox.yaml has no target registry for {place.cloud}.", hint="Add container and port under target_registries.")
    return registry


def _ensure_running(state: str, site: Site, cluster: ClusterPort, parts: Parts, say: Callable[[str], None]) -> list[str]:
    if state == "foreign":
        raise Missing(f"A container named {cluster.node} is there, but naru did not make it.", hint="Rename or remove it, then try again.")
    if state in {"stopped", "paused"}:
        say("starting the node")
        cluster.wake()
        try:
            cluster.wait_ready(HEAL_SECONDS)
        except OutsideDown:
            say("the node does not come back; making it again")
            state = "half-made"
        else:
            return ["started"]
    if state == "running" and _answers(cluster):
        if not site.kubeconfig.is_file():
            cluster.export_kubeconfig(site.kubeconfig)
            return ["kubeconfig"]
        return []
    say("making the cluster")
    cluster.create(parts.image, kind_config(site.place, site.cloud), site.kubeconfig)
    say("waiting for the node")
    cluster.wait_ready()
    return ["made"]


def _answers(cluster: ClusterPort) -> bool:
    try:
        cluster.wait_ready(HEAL_SECONDS)
    except OutsideDown:
        return False
    return True


def _wanted(site: Site, parts: Parts) -> tuple[list[dict[str, Any]], dict[str, str]]:
    user, password = parts.stand_ins.login(site.cloud.name)
    registry = registry_of(site.place, parts.sandbox)
    login = docker_login(list(site.hosts), user, password)
    objects = stand_in_objects(
        site.place, site.cloud, login=login, volumes_per_class=parts.sandbox.volumes_per_class, certificates=site.certificates,
        picture=site.picture,
    )
    mirrors = {f"/etc/containerd/certs.d/{host}/hosts.toml": hosts_file(registry.inside) for host in site.hosts}
    return objects, mirrors


def _set_up(site: Site, cluster: ClusterPort, objects: list[dict[str, Any]], mirrors: dict[str, str]) -> None:
    cluster.write_files(mirrors)
    cluster.make_folders([item["spec"]["local"]["path"] for item in objects if item["kind"] == "PersistentVolume"])
    cluster.apply_all([item for item in objects if item["kind"] == "Namespace"])
    cluster.apply_all([item for item in objects if item["kind"] != "Namespace"])
    # One replica each: a second one only costs base load on a single node.
    cluster.kubectl("--namespace=kube-system", "scale", "deployment", "coredns", "--replicas=1")
    uid = cluster.kubectl("get", "namespace", "kube-system", "--output", "jsonpath={.metadata.uid}")
    site.kubeconfig.with_suffix(".uid").write_text(uid)
