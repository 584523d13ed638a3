"""The schemas of Kubernetes' own kinds, as shipped in the package kubernetes-validate. Reads files, changes nothing."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import resources
from typing import Any

MAX_FAULTS = 20


class ManifestSchemas:
    """Checks one object at a time against the strict schemas (no unknown fields)."""

    def check(self, item: dict[str, Any], version: str) -> tuple[str, list[str]]:
        """(`served`, `gone` or `custom`; what the schema does not allow) for a Kubernetes version such as `v1.34.4`.

        The newest shipped version that is not newer is taken. `custom` kinds have no schema here.
        """
        folder = _folder(version)
        group, name = _group(item), _file(item)
        if name not in _names(folder):
            return ("gone" if group in _groups(folder) else "custom"), []
        errors = sorted(_validator(folder, name).iter_errors(item), key=lambda error: list(map(str, error.path)))
        return "served", [_sentence(error) for error in errors[:MAX_FAULTS]]


def _group(item: dict[str, Any]) -> str:
    group, slash, _ = str(item.get("apiVersion", "")).partition("/")
    return group if slash else ""


def _file(item: dict[str, Any]) -> str:
    api = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", str(item.get("apiVersion", "")))
    return f"{str(item.get('kind', '')).lower()}-{api}.json"


def _sentence(error: Any) -> str:
    path = ".".join(str(part) for part in error.absolute_path) or "the object"
    return f"{path}: {error.message[:200]}"


def _root() -> Any:
    return resources.files("kubernetes_validate") / "kubernetes-json-schema"


@lru_cache(maxsize=8)
def _folder(version: str) -> str:
    """Folder of the newest schemas that are not newer than the version; the oldest where all are."""
    wanted = _number(version)
    shipped = sorted((_number(entry.name), entry.name) for entry in _root().iterdir() if entry.name.endswith("-local-strict"))
    older = [name for number, name in shipped if wanted is None or (number or (0, 0)) <= wanted]
    return str(older[-1] if older else shipped[0][1])


def _number(version: str) -> tuple[int, int] | None:
    match = re.match(r"v?([0-9]{1,3})\.([0-9]{1,3})", version)
    return (int(match[1]), int(match[2])) if match else None


@lru_cache(maxsize=8)
def _names(folder: str) -> frozenset[str]:
    return frozenset(entry.name for entry in (_root() / folder).iterdir())


@lru_cache(maxsize=8)
def _groups(folder: str) -> frozenset[str]:
    """API groups that are Kubernetes' own, also those whose versions are all gone."""
    definitions = _read(folder, "_definitions.json")["$defs"]
    found = {kind["group"] for entry in definitions.values() for kind in entry.get("x-kubernetes-group-version-kind") or []}
    return frozenset(found | {"extensions", ""})


@lru_cache(maxsize=128)
def _validator(folder: str, name: str) -> Any:
    from jsonschema.validators import Draft202012Validator

    return Draft202012Validator(_read(folder, name), registry=_registry(folder))


@lru_cache(maxsize=8)
def _registry(folder: str) -> Any:
    from referencing import Registry, Resource

    return Resource.from_contents(_read(folder, "_definitions.json")) @ Registry()


@lru_cache(maxsize=8)
def _read(folder: str, name: str) -> Any:
    return json.loads((_root() / folder / name).read_text())
