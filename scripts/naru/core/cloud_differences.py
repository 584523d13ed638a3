"""How the clouds' rendered overlays differ from each other, and whether cloud.yaml says that they should.

What follows from cloud.yaml itself (registry host, prefix of pods, generated names) is no difference. A cloud that
deviates from the majority must declare it; where there is no majority, each must.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from naru.core.manifest_diff import base_name, flat
from naru.model.cloud import CloudConfig
from naru.model.record import Record, canonical_bytes

ABSENT = "(absent)"


class Difference(Record):
    """One field in which the clouds are not all alike."""

    object: str
    """`Kind/name` without prefix and hash."""
    path: str
    values: dict[str, Any]
    """Cloud → value, `(absent)` where there is none."""
    reasons: dict[str, str] = {}
    """Cloud → what its cloud.yaml says about it."""
    undeclared: tuple[str, ...] = ()
    """Clouds that deviate and do not say why."""


def differences(rendered: Mapping[str, Sequence[dict[str, Any]]], clouds: Sequence[CloudConfig]) -> tuple[Difference, ...]:
    """Every difference, in the order of the first cloud's objects."""
    tables = {cloud.name: dict(_fields(rendered[cloud.name], cloud)) for cloud in clouds}
    keys = list(dict.fromkeys(key for table in tables.values() for key in table))
    found = []
    for item, path in keys:
        values = {name: table.get((item, path), ABSENT) for name, table in tables.items()}
        if len({canonical_bytes([value]) for value in values.values()}) > 1:
            found.append(_difference(item, path, values, clouds))
    return tuple(found)


def unused_declarations(found: Sequence[Difference], clouds: Sequence[CloudConfig]) -> list[tuple[str, str]]:
    """(cloud, pattern) of declarations that no difference needs."""
    return [
        (cloud.name, pattern) for cloud in clouds for pattern in cloud.declared_differences
        if not any(_matches(pattern, item.object, item.path) for item in found)
    ]


def _fields(objects: Sequence[dict[str, Any]], cloud: CloudConfig) -> Iterator[tuple[tuple[str, str], Any]]:
    names = {str(item["metadata"]["name"]): base_name(item) for item in objects}
    for item in objects:
        name = _common(names[str(item["metadata"]["name"])], cloud, names)
        for path, value in flat(item):
            yield (f"{item['kind']}/{name}", path), _common(value, cloud, names)


def _common(value: Any, cloud: CloudConfig, names: Mapping[str, str]) -> Any:
    """The value with what cloud.yaml brings in taken out again."""
    if not isinstance(value, str):
        return value
    value = names.get(value, value)
    if cloud.pod_prefix and value in {app.deployment for app in cloud.apps}:
        value = value.removeprefix(cloud.pod_prefix)
    return value.replace(cloud.registry.host + "/", "{registry}/")


def _difference(item: str, path: str, values: dict[str, Any], clouds: Sequence[CloudConfig]) -> Difference:
    counts = Counter(canonical_bytes([value]) for value in values.values())
    most = counts.most_common()
    majority = most[0][0] if len(most) == 1 or most[0][1] > most[1][1] else None
    deviating = [cloud for cloud in clouds if canonical_bytes([values[cloud.name]]) != majority]
    reasons = {cloud.name: reason for cloud in clouds if (reason := _reason(cloud, item, path))}
    undeclared = tuple(cloud.name for cloud in deviating if cloud.name not in reasons)
    return Difference(object=item, path=path, values=values, reasons=reasons, undeclared=undeclared)


def _reason(cloud: CloudConfig, item: str, path: str) -> str:
    return next((why for pattern, why in cloud.declared_differences.items() if _matches(pattern, item, path)), "")


def _matches(pattern: str, item: str, path: str) -> bool:
    wanted, _, field = pattern.partition(":")
    return fnmatchcase(item, wanted) and fnmatchcase(path, field or "*")
