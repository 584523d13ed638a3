"""Who owns which field of an object, and what that looks like after Naru has taken over the fields of a release.

Only the lists of owned fields change, never a value: what the release does not say stays with its owner, so that
nothing is dropped and a number of replicas that another set is not reset.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

MANAGER = "naru"
Fields = dict[str, Any]
Entry = dict[str, Any]


class Taken(NamedTuple):
    """One field that changes its owner."""

    field: str
    owner: str


def fields_of(managed: Iterable[Entry], manager: str = MANAGER) -> Fields:
    """What a manager owns by server-side apply; empty where it owns nothing."""
    for entry in managed:
        if entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource"):
            return dict(entry.get("fieldsV1") or {})
    return {}


def taken_over(managed: Iterable[Entry], ours: Entry) -> tuple[list[Entry], list[Taken]]:
    """The owners after the take-over, and what changes hands; `ours` is our entry as the API server made it in a dry run."""
    wanted = ours.get("fieldsV1") or {}
    kept, taken = [], []
    for entry in managed:
        if entry.get("manager") == MANAGER and entry.get("operation") == "Apply" and not entry.get("subresource"):
            continue
        if entry.get("subresource"):
            kept.append(entry)  # status and scale belong to the controllers
            continue
        fields = entry.get("fieldsV1") or {}
        taken += [Taken(path, str(entry.get("manager"))) for path in paths(common(fields, wanted))]
        rest = without(fields, wanted)
        if rest:
            kept.append({**entry, "fieldsV1": rest})
    return [*kept, ours], taken


def without(fields: Fields, others: Fields) -> Fields:
    """The fields that are not among the others."""
    rest: Fields = {}
    for key, below in fields.items():
        if key not in others or (not below and others[key]):
            rest[key] = below
        elif others[key] and (inner := without(below, others[key])):
            rest[key] = inner
    return rest


def common(fields: Fields, others: Fields) -> Fields:
    """The fields that are among the others too; that a map is there at all (`.`) is nobody's alone."""
    both: Fields = {}
    for key, below in fields.items():
        if key == "." or key not in others:
            continue
        if not others[key]:
            both[key] = {}
        elif inner := common(below, others[key]):
            both[key] = inner
    return both


def paths(fields: Fields, prefix: str = "") -> Iterator[str]:
    """Each leaf as a path: `.spec.template.spec.containers[name=app].image`."""
    for key, below in sorted(fields.items()):
        if key == ".":
            continue
        kind, _, text = key.partition(":")
        here = f"{prefix}.{text}" if kind == "f" else f"{prefix}[{text}]"
        inner = {k: v for k, v in below.items() if k != "."}
        if inner:
            yield from paths(inner, here)
        else:
            yield here


def other_owners(managed: Iterable[Entry]) -> list[str]:
    """Managers besides Naru that own fields of the object itself."""
    return sorted({str(entry.get("manager")) for entry in managed if entry.get("manager") != MANAGER and not entry.get("subresource")})
