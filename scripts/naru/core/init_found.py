"""What manifests or a cluster hold: which objects are taken over, which are not and why, and which Secrets are referred to.

Of a Secret only its name and the names of its keys are ever looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from naru.core.init_clean import cleaned, without_namespace
from naru.core.safe_yaml import load_documents
from naru.core.static_checks import Schemas
from naru.core.workloads import POD_KINDS, autoscaler_of, named, pod_template
from naru.core.yaml_scalars import kubernetes_value
from naru.errors import Missing

Object = dict[str, Any]

LEFT_OUT = {
    "Namespace": "the cloud's administrator makes it",
    **dict.fromkeys(("PersistentVolume", "StorageClass", "PriorityClass", "IngressClass", "CustomResourceDefinition", "ClusterRole",
                     "ClusterRoleBinding", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "APIService", "Node"),
                    "it belongs to the whole cluster, whose administrator makes it"),
    **dict.fromkeys(("Pod", "ReplicaSet", "ControllerRevision", "Endpoints", "EndpointSlice", "Event", "Lease"),
                    "a controller makes it"),
    "Secret": "a Secret's values do not belong into Git; the cloud's administrator makes it",
    "Ingress": "the stand-ins have no ingress controller, so that a rollout with it never ends; a Service of type LoadBalancer stands for it",
}
"""Kind → why it is not taken over."""

_JUDGED = POD_KINDS | {"Service", "HorizontalPodAutoscaler", "ConfigMap", "Secret"}
"""Kinds that are looked into: one of these in another API group is refused."""

MADE_BY_CLUSTER = frozenset({("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")})
_CLOSE = re.compile(r"passw|passphrase|secret|token|api_?key|private_?key|credential", re.IGNORECASE)


@dataclass(frozen=True)
class SourceFile:
    """One file of manifests; `data` is empty for objects that came from elsewhere."""

    path: str
    objects: tuple[Object, ...]
    data: bytes = b""
    plain: bool = False
    """The objects stand in `data` one by one, so that its bytes may be taken over."""


@dataclass(frozen=True)
class Found:
    """What will be taken over."""

    files: tuple[SourceFile, ...]
    """Path in the base folder → what stands there; files that need no change keep their bytes."""
    namespace: str
    secrets: dict[str, frozenset[str]]
    """Name → names of its keys, of every Secret that pods refer to or that the manifests hold."""
    pull_secrets: frozenset[str]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def objects(self) -> tuple[Object, ...]:
        """All objects that are taken over."""
        return tuple(obj for file in self.files for obj in file.objects)


def read_manifests(files: Mapping[str, bytes]) -> tuple[SourceFile, ...]:
    """Path → bytes as objects, lists taken apart; raises Missing with file and line for anything unsafe or doubtful."""
    return tuple(_read(path, data) for path, data in sorted(files.items()))


def check_objects(sources: Iterable[SourceFile], schemas: Schemas, version: str) -> None:
    """Raises Missing, with the file, for an object that Kubernetes would not take: nothing after this need look twice."""
    for source in sources:
        for obj in source.objects:
            _check_metadata(obj, source.path)
            standing, faults = schemas(obj, version)
            if faults:
                raise Missing(f"{source.path}: {named(obj)}: {faults[0]}.", hint="Mend the manifest and try again.")
            if standing != "served" and (standing == "gone" or obj["kind"] in _JUDGED):
                raise Missing(f"{source.path}: {named(obj)}: {str(obj['apiVersion'])[:80]} is not served by Kubernetes {version}.",
                              hint="Write the manifest for an API version that is.")


def _check_metadata(obj: Object, path: str) -> None:
    metadata = obj["metadata"]
    shapes: dict[str, type] = {"name": str, "namespace": str, "labels": dict, "annotations": dict, "ownerReferences": list, "finalizers": list}
    for key, kind in shapes.items():
        if metadata.get(key) is not None and not isinstance(metadata[key], kind):
            raise Missing(f"{path}: {str(named(obj))[:120]}: metadata.{key} is not of the form that Kubernetes takes.", hint="Mend the manifest.")
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.:_-]{0,251}[A-Za-z0-9])?", metadata["name"], re.ASCII):
        raise Missing(f"{path}: the name {metadata['name'][:60]!a} of a {str(obj['kind'])[:60]} has characters that are not allowed.", hint="Mend it.")


def found_in(sources: Sequence[SourceFile]) -> Found:
    """What of these sources is taken over; raises Missing where there is nothing, or objects of two namespaces."""
    every = [obj for source in sources for obj in source.objects]
    left = [f"{named(obj)} ({reason})" for obj in every if (reason := _reason(obj))]
    kept = [obj for obj in every if not _reason(obj)]
    if not kept:
        raise Missing("There is no object to take over among what was read.", hint="Give the folder that holds the application's manifests.")
    _once(kept)
    files = [file for source in sources if (file := _taken(source, kept)) is not None]
    secrets = _secrets(every, kept)
    return Found(tuple(files), _namespace(kept), secrets, frozenset(_pull_secrets(kept)), tuple(left), tuple(_notes(kept)))


def _read(path: str, data: bytes) -> SourceFile:
    documents = load_documents(data, path, lambda node: kubernetes_value(node.text))
    written = [document for document in documents if document is not None]
    apart = tuple(item for number, document in enumerate(written, start=1) for item in _apart(document, f"{path}: document {number}"))
    return SourceFile(path, apart, data, plain=len(apart) == len(written) and path.endswith((".yaml", ".yml")))


def _apart(document: Any, where: str) -> list[Object]:
    """The object, or those of a list; raises Missing for anything else."""
    listed = isinstance(document, dict) and str(document.get("kind")).endswith("List") and isinstance(document.get("items"), list)
    items = document["items"] if listed else [document]
    for item in items:
        named_one = isinstance(item, dict) and isinstance(item.get("metadata"), dict) and item["metadata"].get("name")
        if not (named_one and isinstance(item.get("kind"), str) and isinstance(item.get("apiVersion"), str)):
            raise Missing(f"{where} is not a Kubernetes object with apiVersion, kind and name.", hint="Give the folder that holds manifests alone.")
    return list(items)


def _reason(obj: Object) -> str:
    if (obj["kind"], obj["metadata"]["name"]) in MADE_BY_CLUSTER:
        return "the cluster makes it"
    if any(isinstance(owner, dict) and owner.get("controller") for owner in obj["metadata"].get("ownerReferences") or []):
        return "a controller makes it"
    return LEFT_OUT.get(str(obj["kind"]), "")


def _once(kept: Sequence[Object]) -> None:
    seen: set[str] = set()
    for obj in kept:
        if (key := f"{obj['apiVersion']} {named(obj)}") in seen:
            raise Missing(f"{named(obj)} is there twice.", hint="Give a folder that holds each object once.")
        seen.add(key)


def _taken(source: SourceFile, kept: Sequence[Object]) -> SourceFile | None:
    """The file with what is kept; its own bytes where every object in it may stand as it is."""
    mine = [obj for obj in source.objects if not _reason(obj)]
    if not mine:
        return None
    dumped = any(is_dump(obj) for obj in mine)
    after = tuple(_fitted(cleaned(obj) if dumped else without_namespace(obj), kept) for obj in mine)
    same = len(mine) == len(source.objects) and all(new == without_namespace(old) for new, old in zip(after, mine, strict=True))
    return SourceFile(source.path, after, source.data if same and source.plain else b"")


def is_dump(obj: Object) -> bool:
    """True if the object was read out of a cluster rather than written by a person."""
    return bool(obj.get("status")) or any(obj["metadata"].get(key) for key in ("uid", "resourceVersion", "managedFields"))


def _fitted(obj: Object, kept: Sequence[Object]) -> Object:
    """Without `replicas` where an autoscaler owns that number: each apply would reset it."""
    if isinstance(obj.get("spec"), dict) and "replicas" in obj["spec"] and autoscaler_of(obj, kept) is not None:
        return {**obj, "spec": {key: value for key, value in obj["spec"].items() if key != "replicas"}}
    return obj


def _namespace(kept: Sequence[Object]) -> str:
    names = sorted({str(obj["metadata"]["namespace"]) for obj in kept if obj["metadata"].get("namespace")})
    if len(names) > 1:
        raise Missing(f"The objects are of several namespaces ({', '.join(names)[:200]}).", hint="A product lives in one; give the objects of one.")
    return names[0] if names else ""


def _secrets(every: Sequence[Object], kept: Sequence[Object]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for obj in every:
        if obj["kind"] == "Secret":
            keys = {str(key) for group in ("data", "stringData") if isinstance(obj.get(group), dict) for key in obj[group]}
            found.setdefault(str(obj["metadata"]["name"]), set()).update(keys)
    for obj in kept:
        for name, key in _secret_references(obj):
            found.setdefault(name, set()).update({key} - {""})
    return {name: frozenset(keys) for name, keys in sorted(found.items())}


def _secret_references(value: Any) -> Iterator[tuple[str, str]]:
    """(Secret, key or empty) for each reference in a workload."""
    if isinstance(value, list):
        for item in value:
            yield from _secret_references(item)
        return
    for key, item in value.items() if isinstance(value, dict) else ():
        if key == "secretKeyRef" and isinstance(item, dict) and item.get("name"):
            yield str(item["name"]), str(item.get("key") or "")
        elif key in {"secretRef", "secret"} and isinstance(item, dict) and (item.get("name") or item.get("secretName")):
            name = str(item.get("name") or item.get("secretName"))
            yield from [(name, str(part["key"])) for part in item.get("items") or [] if isinstance(part, dict) and part.get("key")] or [(name, "")]
        else:
            yield from _secret_references(item)


def _pull_secrets(kept: Sequence[Object]) -> Iterator[str]:
    for obj in kept:
        accounts = obj.get("imagePullSecrets") if obj["kind"] == "ServiceAccount" else None
        for entry in [*((pod_template(obj).get("spec") or {}).get("imagePullSecrets") or []), *(accounts or [])]:
            if isinstance(entry, dict) and entry.get("name"):
                yield str(entry["name"])


def _notes(kept: Sequence[Object]) -> Iterator[str]:
    """Plain values that look like secrets, by the name they have; the value itself is never repeated."""
    for obj in kept:
        if obj["kind"] == "ConfigMap":
            for key in obj.get("data") or {}:
                if _CLOSE.search(str(key)):
                    yield f"{named(obj)} has the key {str(key)[:60]}, which looks like a secret and would stand in Git: move it into a Secret."
        for name in _plain_env(obj.get("spec")):
            if _CLOSE.search(name):
                yield f"{named(obj)} sets {name[:60]} to a plain value, which looks like a secret and would stand in Git: use a secretKeyRef."


def _plain_env(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _plain_env(item)
    elif isinstance(value, dict):
        if isinstance(value.get("name"), str) and isinstance(value.get("value"), str) and value["value"]:
            yield value["name"]
        for item in value.values():
            yield from _plain_env(item)
