"""What the objects need of a cloud and of its stand-in, and what a stand-in cannot prove of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from naru.core.init_apps import FoundApp
from naru.core.init_found import Found
from naru.core.rollout_kinds import JUDGES, STATELESS
from naru.core.scope import scope_of_proof
from naru.core.workloads import of_kind
from naru.model.cloud import ScopeRuleCoverage
from naru.model.overlays import Coverage

STANDARD = "standard"
"""The class that claims without one get in the stand-in."""

PULL_SECRET = "registry-login"  # noqa: S105 (the name of an object)
DOCKER = "kubernetes.io/dockerconfigjson"
COVERED_BY = {
    **dict.fromkeys(("load balancer annotations", "load balancer settings", "network policy", "placement", "pull secret", "secret values",
                     "storage class", "storage size", "node features", "autoscaling without load"), ScopeRuleCoverage.after_promotion),
    **dict.fromkeys(("disruption budget", "cluster"), ScopeRuleCoverage.dry_run),
}
"""Field class → what usually covers it; any other needs a waiver."""


@dataclass(frozen=True)
class Facts:
    """For cloud.yaml."""

    storage_classes: tuple[str, ...]
    default_class: str
    secrets: list[dict[str, Any]]
    custom_kinds: tuple[str, ...]
    uncovered: dict[str, str]
    scaling_unproven: str
    """Why the scaling proof has nothing to work on; empty where it has."""


def facts_of(found: Found, apps: Sequence[FoundApp]) -> Facts:
    """Everything that the objects say themselves."""
    classes, default = _classes(found.objects)
    return Facts(
        storage_classes=classes, default_class=default, secrets=_stand_in_secrets(found),
        custom_kinds=tuple(sorted({str(o["kind"]) for o in found.objects if o["kind"] not in JUDGES and o["kind"] not in STATELESS | {"Deployment"}})),
        uncovered=_uncovered(found, apps[0]), scaling_unproven=_scaling(apps[0]),
    )


def claims_of(objects: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], int]]:
    """(claim's spec, how many volumes it asks for)."""
    found = [(item.get("spec") or {}, 1) for item in of_kind(objects, "PersistentVolumeClaim")]
    for workload in of_kind(objects, "StatefulSet"):
        replicas = int(workload["spec"].get("replicas") or 1)
        found += [(claim.get("spec") or {}, replicas) for claim in workload["spec"].get("volumeClaimTemplates") or []]
    return found


def _classes(objects: Sequence[dict[str, Any]]) -> tuple[tuple[str, ...], str]:
    asked = [claim.get("storageClassName") for claim, _ in claims_of(objects)]
    named = {str(name) for name in asked if name}
    if any(name is None for name in asked):
        return tuple(sorted(named | {STANDARD})), STANDARD
    return tuple(sorted(named)), ""


def _stand_in_secrets(found: Found) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"name": name, **({"values": dict.fromkeys(sorted(keys), "sandbox-only")} if keys else {})}
        for name, keys in found.secrets.items() if name not in found.pull_secrets
    ]
    empty = {"values": {".dockerconfigjson": '{"auths":{}}'}}
    return rows + [{"name": name, "type": DOCKER, **({} if name == PULL_SECRET else empty)} for name in sorted(found.pull_secrets)]


def _uncovered(found: Found, proven: FoundApp) -> dict[str, str]:
    entries = scope_of_proof(found.objects, cloud="cloud", proven_deployment=proven.name)
    classes = sorted({entry.field_class for entry in entries if entry.coverage is not Coverage.exercised})
    return {name: str(COVERED_BY.get(name, ScopeRuleCoverage.waiver)) for name in classes}


def _scaling(app: FoundApp) -> str:
    if app.kind != "Deployment":
        return f"Scaling is not proven: {app.name} is a {app.kind}, and the proof works on a Deployment with a HorizontalPodAutoscaler."
    if not app.autoscaled:
        return f"Scaling is not proven: no HorizontalPodAutoscaler targets {app.name}."
    return ""
