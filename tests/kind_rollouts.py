"""Releases that are broken for real, each in a namespace of its own, watched by the real rollout watch."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from naru.core.cause import cause_of
from naru.core.evidence_counts import count_all
from naru.core.image_identity import ReleaseImage
from naru.core.rollout_expected import Expected
from naru.core.rollout_story import judge_rollout
from naru.edge.clock import SystemClock
from naru.edge.cluster import Cluster
from naru.model.cloud import RolloutLimits
from naru.model.evidence import Cause
from naru.model.logs import ContainerLog
from naru.model.words import Verdict
from naru.steps.effects import Effects
from naru.steps.rollout_watch import WatchedRollout, watch_rollout
from naru.wiring.rollout import recorder

COREDNS = "registry.k8s.io/coredns/coredns:v1.12.1"
SERVES = {"args": ["-dns.port", "5353"], "readinessProbe": {"tcpSocket": {"port": 5353}, "periodSeconds": 1}}
SHELL_MOUNTS = {"bin": "/usr/bin", "lib": "/usr/lib", "lib64": "/usr/lib64"}
"""The node's own programs, mounted into an image that has none, so that a container can misbehave by a script."""


class Quiet:
    """A run log that keeps nothing."""

    def append(self, entry: dict[str, Any]) -> None:
        return None


@dataclass
class Broken:
    """One release and how it is to be watched."""

    objects: list[dict[str, Any]]
    before: list[dict[str, Any]] = field(default_factory=list)
    """What is in the namespace already; Deployments among it are waited for."""
    limits: dict[str, float] = field(default_factory=dict)
    images: tuple[ReleaseImage, ...] = ()
    replicas: dict[str, int] = field(default_factory=dict)


@dataclass
class Seen:
    """What came of it, and the cluster's own objects at the moment of the verdict."""

    watched: WatchedRollout
    cause: Cause | None
    logs: list[ContainerLog]
    objects: dict[str, list[dict[str, Any]]]
    counts: dict[str, int]
    again: Verdict | None
    """The verdict of the recording, judged again."""

    @property
    def decided(self) -> float:
        """Seconds from the first apply to the verdict."""
        assert self.watched.state.decided_at is not None
        return self.watched.state.decided_at - self.watched.begun

    def pods(self) -> list[dict[str, Any]]:
        return self.objects["Pod"]

    def waiting(self) -> set[str]:
        """Reasons for which containers waited at the moment of the verdict."""
        statuses = [s for pod in self.pods() for group in ("initContainerStatuses", "containerStatuses") for s in pod["status"].get(group) or []]
        return {s["state"]["waiting"]["reason"] for s in statuses if "waiting" in s["state"]}


def deployment(name: str = "app", *, replicas: int = 1, pod: dict[str, Any] | None = None, **container: Any) -> dict[str, Any]:
    whole = {"name": "app", "image": COREDNS, "imagePullPolicy": "IfNotPresent", **container}
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels},
                 "template": {"metadata": {"labels": labels}, "spec": {"terminationGracePeriodSeconds": 1, "containers": [whole], **(pod or {})}}},
    }


def script(text: str, ready: str = "exit 0", **more: Any) -> dict[str, Any]:
    """Container fields that run a shell script; `ready` is the readiness probe's script."""
    mounts = [{"name": name, "mountPath": f"/{name}", "readOnly": True} for name in SHELL_MOUNTS]
    probe = {"exec": {"command": ["/bin/sh", "-c", ready]}, "periodSeconds": 1, "failureThreshold": 1}
    return {"command": ["/bin/sh", "-c", text], "volumeMounts": mounts, "readinessProbe": probe, **more}


def shell_volumes() -> dict[str, Any]:
    """Pod fields that `script` needs."""
    return {"volumes": [{"name": name, "hostPath": {"path": path}} for name, path in SHELL_MOUNTS.items()]}


def watch(cluster: Cluster, name: str, broken: Broken) -> Seen:
    """Make a namespace, put the release there, watch it, look, and take the namespace away."""
    namespace = f"rollout-{name}-{uuid.uuid4().hex[:6]}"
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    try:
        _account(cluster, namespace)
        return _watch(cluster, namespace, broken)
    finally:
        cluster.delete("v1", "Namespace", namespace)


def watch_all(cluster: Cluster, releases: dict[str, Broken], workers: int = 6) -> dict[str, Seen]:
    """All side by side, each in its own namespace."""
    with ThreadPoolExecutor(workers) as pool:
        futures = {name: pool.submit(watch, cluster, name, broken) for name, broken in releases.items()}
    return {name: future.result() for name, future in futures.items()}


def _watch(cluster: Cluster, namespace: str, broken: Broken) -> Seen:
    if broken.before:
        earlier = _roll(cluster, namespace, broken.before, Expected(RolloutLimits(stability_seconds=1.0, deadline_seconds=120.0)))[0]
        assert earlier.verdict is Verdict.passed, earlier.sentence
    limits = RolloutLimits(**{"stability_seconds": 5.0, "start_seconds": 15.0, "deadline_seconds": 90.0, **broken.limits})
    expected = Expected(limits, broken.images, broken.replicas)
    watched, rec = _roll(cluster, namespace, broken.objects, expected, keep=True)
    objects = {kind: cluster.list(version, kind, namespace) for version, kind in
               (("v1", "Pod"), ("v1", "Event"), ("apps/v1", "Deployment"), ("apps/v1", "ReplicaSet"), ("batch/v1", "Job"))}
    rec.stop()
    again = judge_rollout(expected, watched.begun, rec.samples, watched.turns, watched.until)[1].verdict
    sign = watched.state.sign
    jobs = frozenset(pod["metadata"]["name"] for pod in objects["Pod"] if sign and sign.object.startswith("Job/"))
    cause = cause_of(sign, rec.logs(), jobs) if sign else None
    return Seen(watched, cause, rec.logs(), objects, count_all(rec.samples, rec.logs()), again)


def _roll(cluster: Cluster, namespace: str, objects: Sequence[dict[str, Any]], expected: Expected, *, keep: bool = False) -> tuple[WatchedRollout, Any]:
    rec = recorder(cluster)
    rec.begin(namespace)
    try:
        watched = watch_rollout(cluster, objects, namespace, expected, recorder=rec, effects=Effects(Quiet(), SystemClock(), stage="test"), clock=SystemClock())
    except BaseException:
        rec.stop()
        raise
    if not keep:
        rec.stop()
    return watched, rec


def _account(cluster: Cluster, namespace: str) -> None:
    """Pods are refused until the namespace has its service account."""
    clock = SystemClock()
    end = clock.monotonic() + 30
    while cluster.get("v1", "ServiceAccount", "default", namespace) is None:
        assert clock.monotonic() < end, "no service account"
        clock.sleep(0.05)
