"""Takes over objects that client-side `kubectl apply` or another manager owns, without changing a value.

Each object's list of owned fields is rewritten with its resource version as the condition: fields that the release
names become Naru's, all others stay with their owner. The next promotion then changes only what the release says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from naru.core.apply_order import in_namespace
from naru.core.field_owners import MANAGER, Taken, fields_of, other_owners, taken_over
from naru.errors import Judged, OutsideDown
from naru.steps.effects import Effects
from naru.steps.outcome import Outcome

Object = dict[str, Any]

TRIES = 5
"""A controller may write between our look and our write; then we look again."""


class AdoptCluster(Protocol):
    """What adopting needs of a cluster."""

    name: str

    def namespaced(self, api_version: str, kind: str) -> bool: ...

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> Object | None: ...

    def dry_apply(self, obj: Object) -> Object: ...

    def hand_over(self, obj: Object, managed: list[Object]) -> Object:
        """Effect: write the list of owned fields if the object is still of that version."""


@dataclass(frozen=True)
class Adoption:
    """One object as it would be taken over."""

    wanted: Object
    """As the release has it."""
    live: Object
    managed: list[Object]
    taken: tuple[Taken, ...]
    kept: tuple[str, ...]
    """Owners that keep fields which the release does not name."""

    def plain(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "object": f"{self.live['kind']}/{self.live['metadata']['name']}",
            "taken": [{"field": field, "owner": owner} for field, owner in self.taken], "other_owners": list(self.kept),
            "replicas": (self.live.get("spec") or {}).get("replicas"),
        }


def plan_adoption(cluster: AdoptCluster, objects: Sequence[Object], namespace: str) -> list[Adoption]:
    """What would change hands; objects that are not there, or are ours already, are left out."""
    placed = [in_namespace(o, namespace, namespaced=cluster.namespaced(o["apiVersion"], o["kind"])) for o in objects]
    found = [_plan(cluster, obj) for obj in placed]
    return [adoption for adoption in found if adoption is not None and adoption.taken]


def adopt(cluster: AdoptCluster, objects: Sequence[Object], namespace: str, effects: Effects) -> Outcome:
    """Take over every object of the release that another manager owns."""
    plans = [_taken(cluster, plan, effects) for plan in plan_adoption(cluster, objects, namespace)]
    if not plans:
        return Outcome(changed=False, sentence=f"{cluster.name}: every object of the release that is there is naru's already.")
    fields = sum(len(plan.taken) for plan in plans)
    return Outcome(changed=True, sentence=f"{cluster.name}: {len(plans)} objects taken over, {fields} fields, no value changed.",
                   plain={"objects": [plan.plain() for plan in plans]})


def _plan(cluster: AdoptCluster, obj: Object) -> Adoption | None:
    meta = obj["metadata"]
    live = cluster.get(obj["apiVersion"], obj["kind"], meta["name"], meta.get("namespace", ""))
    if live is None:
        return None
    live = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], **live}
    managed = live["metadata"].get("managedFields") or []
    ours = next((e for e in cluster.dry_apply(obj)["metadata"].get("managedFields") or []
                 if e.get("manager") == MANAGER and e.get("operation") == "Apply" and not e.get("subresource")), None)
    if ours is None:
        return None
    after, taken = taken_over(managed, ours)
    return Adoption(obj, live, after, tuple(taken), tuple(other_owners(after)))


def _taken(cluster: AdoptCluster, plan: Adoption, effects: Effects) -> Adoption:
    """Hand over; where somebody wrote meanwhile, look again, a few times."""
    for left in reversed(range(TRIES)):
        try:
            _hand_over(cluster, plan, effects)
        except Judged:
            if left == 0:
                raise
            plan = _plan(cluster, plan.wanted) or plan
        else:
            break
    return plan


def _hand_over(cluster: AdoptCluster, plan: Adoption, effects: Effects) -> None:
    target = f"{cluster.name} {plan.live['kind']}/{plan.live['metadata']['name']}"
    answer = effects.perform("adopt-object", target, partial(cluster.hand_over, plan.live, plan.managed))
    if _values(answer) != _values(plan.live):
        raise OutsideDown(f"{target} changed while it was taken over.", hint="Another writer is at work; look with kubectl get -o yaml.")
    if not fields_of(answer["metadata"].get("managedFields") or []):
        raise OutsideDown(f"{target}: the API server did not keep naru as owner.")


def _values(obj: Object) -> Object:
    """Everything but status and what the API server counts."""
    meta = {key: value for key, value in obj["metadata"].items() if key not in {"managedFields", "resourceVersion", "generation"}}
    return {**{key: value for key, value in obj.items() if key not in {"status", "metadata"}}, "metadata": meta}
