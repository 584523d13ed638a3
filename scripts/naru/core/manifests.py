"""Rendered manifests as plain dicts, and the hash that names exactly these bytes."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from naru.core.safe_yaml import load_documents
from naru.core.yaml_scalars import kubernetes_value
from naru.errors import Missing

MAX_RENDERED = 8 * 1024 * 1024
MAX_VALUES = 500_000


class ObjectKey(NamedTuple):
    """What tells one object from another inside a cluster."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def sha256_of(data: bytes) -> str:
    """The name of these very bytes."""
    return hashlib.sha256(data).hexdigest()


def objects_of(rendered: bytes, where: str) -> list[dict[str, Any]]:
    """The objects in the order in which they were rendered; raises Missing for anything that is not an object."""
    documents = load_documents(rendered, where, lambda node: kubernetes_value(node.text), max_bytes=MAX_RENDERED, max_nodes=MAX_VALUES)
    objects = [document for document in documents if document is not None]
    seen: set[ObjectKey] = set()
    for number, item in enumerate(objects, start=1):
        key = _checked(item, number, where)
        if key in seen:
            raise Missing(f"{where} renders {key} twice.", hint="Keep one of the two.")
        seen.add(key)
    return objects


def key_of(item: dict[str, Any]) -> ObjectKey:
    """The key of an object that was read by `objects_of` or from a cluster."""
    metadata = item.get("metadata") or {}
    return ObjectKey(str(item.get("apiVersion", "")), str(item.get("kind", "")), str(metadata.get("namespace", "")), str(metadata.get("name", "")))


def _checked(item: Any, number: int, where: str) -> ObjectKey:
    if not isinstance(item, dict) or not isinstance(item.get("metadata"), dict):
        raise Missing(f"{where}: document {number} is not a Kubernetes object.")
    key = key_of(item)
    if not (key.api_version and key.kind and key.name):
        raise Missing(f"{where}: document {number} has no apiVersion, kind or name.")
    return key
