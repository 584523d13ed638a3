"""What a rollout is judged against: replicas, images, limits. Plain values, so that judging again needs nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from naru.core.image_identity import ReleaseImage
from naru.core.world import Object, World, name
from naru.model.cloud import RolloutLimits

WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job"})


@dataclass(frozen=True)
class Expected:
    """The release as it should run."""

    limits: RolloutLimits
    images: tuple[ReleaseImage, ...] = ()
    replicas: dict[str, int] = field(default_factory=dict)
    """Workload → expected replicas where no autoscaler owns the number."""
    conditions: dict[str, str] = field(default_factory=dict)
    """Kind of a custom resource → the condition that must be True."""
    objects: frozenset[str] = frozenset()
    """`Kind/name` of everything that belongs to the release; empty while that is not known."""


def allowed_replicas(world: World, workload: Object, expected: Expected) -> range:
    """The range of rule 2: the autoscaler's, else the cloud's number, else what was applied (never 0 by itself)."""
    autoscaler = world.autoscaler_of(workload)
    if autoscaler is not None:
        spec = autoscaler["spec"]
        return range(int(spec.get("minReplicas", 1)), int(spec["maxReplicas"]) + 1)
    wanted = expected.replicas.get(name(workload))
    if wanted is None:
        wanted = max(1, int(workload["spec"].get("replicas", 1)))
    return range(wanted, wanted + 1)


def stability_seconds(expected: Expected, workloads: list[Object]) -> float:
    """How long all conditions must hold: the limit, or longer where a workload asks for it."""
    return max([expected.limits.stability_seconds, *(float(w["spec"].get("minReadySeconds") or 0) for w in workloads)])


def changed_by_another(applied: Object, live: Object, world: World) -> bool:
    """True if another writer changed the spec since; a number of replicas that an autoscaler owns does not count."""
    if live["metadata"].get("uid") != applied["metadata"].get("uid"):
        return True
    if live["metadata"].get("generation", 0) <= applied["metadata"].get("generation", 0):
        return False
    ignored = {"replicas"} if world.autoscaler_of(live) is not None else set()
    return _without(live["spec"], ignored) != _without(applied["spec"], ignored)


def _without(spec: Object, ignored: set[str]) -> Object:
    return {key: value for key, value in spec.items() if key not in ignored}
