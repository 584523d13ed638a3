"""Applies the rendered objects of a release to one cluster, in order, and prunes what the release no longer has.

Server-side apply as manager `naru`: applying the same again changes nothing. A field that another manager owns is a
conflict that stops, never forced; `./naru adopt` takes over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from naru.core.apply_order import PRUNED, in_namespace, left_over, phases_of, prune_selector
from naru.errors import Missing
from naru.steps.effects import Effects

Object = dict[str, Any]


class ApplyCluster(Protocol):
    """What applying needs of a cluster."""

    name: str

    def namespaced(self, api_version: str, kind: str) -> bool: ...

    def list(self, api_version: str, kind: str, namespace: str = "", selector: str = "") -> list[Object]: ...

    def apply(self, obj: Object, *, dry_run: bool = False, force: bool = False) -> Object:
        """Effect: server-side apply."""

    def delete(self, api_version: str, kind: str, name: str, namespace: str = "") -> bool:
        """Effect: delete in the background."""


class Applying(Protocol):
    """Who is told what was applied, and who waits for Jobs; the rollout's watcher is one."""

    def applied(self, obj: Object) -> None:
        """An object was applied; `obj` is the API server's answer."""

    def before_workloads(self, jobs: Sequence[Object]) -> bool:
        """Services are there: connect them, wait until the Jobs are complete. False stops before any workload is touched."""


def apply_release(cluster: ApplyCluster, objects: Sequence[Object], namespace: str, effects: Effects, applying: Applying) -> bool:
    """Apply everything; False where `applying` stopped it before the workloads (a migration failed)."""
    placed = [in_namespace(o, namespace, namespaced=cluster.namespaced(o["apiVersion"], o["kind"])) for o in objects]
    phases = phases_of(placed)
    apply_each(cluster, [*phases.before, *phases.jobs], effects, applying.applied)
    if not applying.before_workloads(phases.jobs):
        return False
    apply_each(cluster, [*phases.workloads, *phases.after], effects, applying.applied)
    prune(cluster, placed, namespace, effects)
    return True


def apply_each(cluster: ApplyCluster, objects: Sequence[Object], effects: Effects, applied: Callable[[Object], None]) -> None:
    """Apply one after the other, telling each answer."""
    for obj in objects:
        target = f"{cluster.name} {obj['kind']}/{obj['metadata']['name']}"
        answer = effects.perform("apply-object", target, partial(cluster.apply, obj))
        applied({"apiVersion": obj["apiVersion"], "kind": obj["kind"], **answer})


def plan_prune(cluster: ApplyCluster, objects: Sequence[Object], namespace: str) -> list[Object]:
    """What would be deleted: objects of this product, managed by naru, that the release does not have."""
    return _found(cluster, objects, prune_selector(objects), namespace)


def _found(cluster: ApplyCluster, kept: Sequence[Object], selector: str, namespace: str) -> list[Object]:
    if not selector:
        return []
    found: list[Object] = []
    for api_version, kind in PRUNED:
        try:
            found += left_over(cluster.list(api_version, kind, namespace, selector), kept)
        except Missing:
            continue  # the cluster does not serve this kind, or we may not list it: nothing of ours can be there
    return found


def prune(cluster: ApplyCluster, objects: Sequence[Object], namespace: str, effects: Effects) -> list[Object]:
    """Delete what `plan_prune` found."""
    return _delete(cluster, plan_prune(cluster, objects, namespace), namespace, effects)


def clear(cluster: ApplyCluster, objects: Sequence[Object], namespace: str, effects: Effects) -> list[Object]:
    """Delete everything of this product that naru manages in the namespace; volume claims stay."""
    return _delete(cluster, _found(cluster, (), prune_selector(objects), namespace), namespace, effects)


def _delete(cluster: ApplyCluster, found: list[Object], namespace: str, effects: Effects) -> list[Object]:
    for old in found:
        which = old["metadata"]["name"]
        effects.perform("prune-object", f"{cluster.name} {old['kind']}/{which}",
                        partial(cluster.delete, old["apiVersion"], old["kind"], which, namespace))
    return found
