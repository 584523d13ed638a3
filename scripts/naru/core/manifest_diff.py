"""What changes between two rendered overlays, by object and field.

Objects whose names carry a hash (generated ConfigMaps) or a version (migration Jobs) are recognised as the same thing
under a new name. List items that have a name are compared by it: `spec.template.spec.containers.egov.image`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from naru.core.manifests import key_of
from naru.core.workloads import named
from naru.model.record import Record

_HASHED = re.compile(r"(.+)-[a-z0-9]{10}")
_HASHED_KINDS = {"ConfigMap", "Secret"}
NAME_LABEL = "app.kubernetes.io/name"


class FieldDiff(Record):
    """One value; None on the side where it is not there."""

    path: str
    old: Any = None
    new: Any = None


class ObjectDiff(Record):
    """One object that is added, removed or changed."""

    object: str
    """`Kind/name`, by its new name."""
    change: Literal["added", "removed", "changed"]
    old_name: str = ""
    """The name before, where it is another one."""
    fields: tuple[FieldDiff, ...] = ()


def diff_objects(old: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]) -> tuple[ObjectDiff, ...]:
    """Differences in the order of the new objects, removed ones last."""
    pairs = pair_objects(old, new)
    taken = {id(before) for before, _ in pairs if before is not None}
    found = [_object_diff(before, after) for before, after in pairs]
    gone = [ObjectDiff(object=named(item), change="removed") for item in old if id(item) not in taken]
    return (*(item for item in found if item is not None), *gone)


def pair_objects(
    old: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]
) -> list[tuple[dict[str, Any] | None, dict[str, Any]]]:
    """Each new object with what it was before, or None."""
    left = {key_of(item): item for item in old}
    found: dict[int, dict[str, Any] | None] = {id(item): left.pop(key_of(item), None) for item in new}
    for same in (_same_base, _same_app):
        for item in new:
            if found[id(item)] is None:
                found[id(item)] = _only(item, left, [n for n in new if found[id(n)] is None], same)
    return [(found[id(item)], item) for item in new]


def base_name(item: Mapping[str, Any]) -> str:
    """The name without the hash that kustomize adds to generated objects."""
    name = str((item.get("metadata") or {}).get("name", ""))
    match = _HASHED.fullmatch(name)
    return match[1] if match and item.get("kind") in _HASHED_KINDS else name


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its path; list items by their name where all have one."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from flat(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for step, item in zip(_steps(value), value, strict=True):
            yield from flat(item, f"{path}.{step}")
    else:
        yield path, value


def _steps(items: list[Any]) -> list[str]:
    for key in ("name", "mountPath"):
        names = [item.get(key) for item in items if isinstance(item, dict)]
        if len(names) == len(items) and all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return [str(name) for name in names]
    return [str(number) for number in range(len(items))]


def _object_diff(before: dict[str, Any] | None, after: dict[str, Any]) -> ObjectDiff | None:
    if before is None:
        return ObjectDiff(object=named(after), change="added")
    old, new = dict(flat(before)), dict(flat(after))
    paths = [*new, *(path for path in old if path not in new)]
    old_name = str(before["metadata"]["name"])
    fields = tuple(
        FieldDiff(path=path, old=old.get(path), new=new.get(path)) for path in paths if path != "metadata.name" and _differs(old, new, path)
    )
    if not fields and old_name == after["metadata"]["name"]:
        return None
    return ObjectDiff(object=named(after), change="changed", old_name="" if old_name == after["metadata"]["name"] else old_name, fields=fields)


def _differs(old: dict[str, Any], new: dict[str, Any], path: str) -> bool:
    if path not in old or path not in new:
        return True
    return bool(old[path] != new[path] or type(old[path]) is not type(new[path]))


def _only(item: dict[str, Any], left: dict[Any, dict[str, Any]], rivals: list[dict[str, Any]], same: Any) -> dict[str, Any] | None:
    """Take the one old object that is the same thing, if nothing else could be meant."""
    fits = [key for key, before in left.items() if same(before, item)]
    if len(fits) != 1 or sum(same(rival, item) for rival in rivals) != 1:
        return None
    return left.pop(fits[0])


def _same_base(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return (a.get("kind"), base_name(a)) == (b.get("kind"), base_name(b))


def _same_app(a: dict[str, Any], b: dict[str, Any]) -> bool:
    labels = [((item.get("metadata") or {}).get("labels") or {}).get(NAME_LABEL) for item in (a, b)]
    return a.get("kind") == b.get("kind") and labels[0] is not None and labels[0] == labels[1]
