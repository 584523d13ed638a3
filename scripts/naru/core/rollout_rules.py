"""All rules over one moment: what is not true yet, in the order of the list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from naru.core.history import History
from naru.core.rollout_deployment import deployment_unmet, replicas_unmet
from naru.core.rollout_expected import Expected, allowed_replicas
from naru.core.rollout_kinds import custom_unmet, kind_unmet
from naru.core.rollout_pods import pods_unmet
from naru.core.said import Said
from naru.core.unmet import Unmet
from naru.core.world import Object, World

WATCHED = (
    ("apps/v1", "Deployment"), ("apps/v1", "ReplicaSet"), ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet"), ("v1", "Pod"),
    ("v1", "Event"), ("v1", "Service"), ("v1", "PersistentVolumeClaim"), ("discovery.k8s.io/v1", "EndpointSlice"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"), ("batch/v1", "Job"), ("v1", "Node"),
)
"""Kinds that the judge sees change; other applied kinds count by the API server's answer alone."""

_SEEN = {kind for _, kind in WATCHED}


def unmet_of(world: World, applied: dict[tuple[str, str], Object], expected: Expected, history: History) -> Iterator[Unmet]:
    """What of the rules is not true of the applied objects."""
    if not applied:
        yield Unmet(1, "Release/all", Said("nothing is applied yet", "아직 적용된 것이 없음"))
    found: list[Unmet] = []
    for (kind, which), answer in applied.items():
        live = world.get(kind, which) if kind in _SEEN or kind in expected.conditions else answer
        found += [_absent(kind, which)] if live is None else _object_unmet(world, live, expected, history)
    yield from sorted(found, key=lambda unmet: unmet.rule)


def _object_unmet(world: World, live: Object, expected: Expected, history: History) -> list[Unmet]:
    kind = live["kind"]
    found: list[Unmet] = []
    if kind == "Deployment":
        found += deployment_unmet(world, live, allowed_replicas(world, live, expected))
    elif kind in expected.conditions:
        found += custom_unmet(live, expected.conditions[kind])
    else:
        found += kind_unmet(world, live)
        if kind == "StatefulSet":
            found += replicas_unmet(live, allowed_replicas(world, live, expected))
    if kind in {"Deployment", "StatefulSet", "DaemonSet"}:
        found += pods_unmet(world, live, expected.images, history.restarts_before)
    return found


def _absent(kind: str, which: str) -> Unmet:
    return Unmet(1, f"{kind}/{which}", Said(f"{kind} {which} is not there", f"{kind} {which} 없음"))


def rules_plain(unmet: tuple[Unmet, ...]) -> list[dict[str, Any]]:
    """What is awaited, for the live view and for `--json`."""
    return [{"rule": u.rule, "object": u.object, "awaited": u.said.en, "awaited_ko": u.said.ko} for u in unmet]


def awaited(unmet: tuple[Unmet, ...]) -> str:
    """The first thing that is still awaited, in one line."""
    return unmet[0].said.en if unmet else ""

