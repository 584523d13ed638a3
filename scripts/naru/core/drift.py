"""What a cluster runs against what it was told to run: differing fields, images as pods report them, and is it settled?

The wanted form of an object is the API server's own answer to a dry run of the apply, so that defaults are no drift.
Fields that an autoscaler owns are left out, as is everything that the server writes by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from naru.core.image_identity import reported_digest, repository_of
from naru.model.promotion import LiveImage

Object = Mapping[str, Any]

SERVER_OWNED = frozenset({
    "metadata.managedFields", "metadata.resourceVersion", "metadata.generation", "metadata.uid", "metadata.creationTimestamp",
    "metadata.selfLink", "status",
})
REVISION = "metadata.annotations.deployment.kubernetes.io/revision"
MAX_SHOWN = 20


def differences(live: Object | None, wanted: Object, *, autoscaled: bool = False) -> tuple[str, ...]:
    """One sentence for each field in which the live object is not as wanted; empty where it is."""
    where = f"{wanted.get('kind', '?')}/{(wanted.get('metadata') or {}).get('name', '?')}"
    if live is None:
        return (f"{where} is not there",)
    ignored = SERVER_OWNED | ({"spec.replicas"} if autoscaled else set())
    found = [f"{where} {path} is {_short(old)}, not {_short(new)}" for path, old, new in _walk(live, wanted, "", ignored)]
    return tuple(found[:MAX_SHOWN])


def autoscaled_names(objects: Sequence[Object]) -> frozenset[tuple[str, str]]:
    """(kind, name) of every workload whose number of replicas an autoscaler of these objects owns."""
    targets = (obj["spec"]["scaleTargetRef"] for obj in objects if obj.get("kind") == "HorizontalPodAutoscaler")
    return frozenset((target["kind"], target["name"]) for target in targets)


def live_images(pods: Sequence[Object], repositories: Mapping[str, str]) -> tuple[LiveImage, ...]:
    """Images of the product (repository → image name) as the running pods report them, each workload's once."""
    found: dict[tuple[str, str, str], LiveImage] = {}
    for pod in pods:
        if pod["metadata"].get("deletionTimestamp") or (pod.get("status") or {}).get("phase") not in {"Running", "Pending"}:
            continue
        workload = (pod["metadata"].get("labels") or {}).get("app.kubernetes.io/name") or pod["metadata"]["name"]
        for image in _containers(pod, repositories):
            found[workload, *image] = LiveImage(workload=workload, container=image[0], digest=image[1])
    return tuple(found[key] for key in sorted(found))


def unsettled(workloads: Sequence[Object]) -> tuple[str, ...]:
    """Why a Deployment or StatefulSet does not run wholly as its spec says; empty where all do."""
    return tuple(sentence for obj in workloads for sentence in _unsettled(obj))


def _unsettled(obj: Object) -> Iterator[str]:
    spec, status, name = obj["spec"], obj.get("status") or {}, f"{obj.get('kind', 'Deployment')}/{obj['metadata']['name']}"
    wanted = int(spec.get("replicas", 1))
    if status.get("observedGeneration", 0) < obj["metadata"].get("generation", 0):
        yield f"{name} has a change that its controller has not seen"
    elif wanted < 1:
        yield f"{name} is scaled to 0"
    elif not int(status.get("updatedReplicas", 0)) == int(status.get("readyReplicas", 0)) == int(status.get("replicas", 0)) == wanted:
        yield f"{name} has {status.get('readyReplicas', 0)} of {wanted} pods ready"


def _containers(pod: Object, repositories: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    status = pod.get("status") or {}
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        digest = reported_digest(container.get("imageID") or "")
        if digest and repository_of(_reference(pod, container)) in repositories:
            yield container["name"], digest


def _reference(pod: Object, status: Object) -> str:
    spec = pod.get("spec") or {}
    declared = [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]
    return next((str(item["image"]) for item in declared if item["name"] == status["name"]), str(status.get("image", "")))


def _walk(live: Any, wanted: Any, path: str, ignored: frozenset[str] | set[str]) -> Iterator[tuple[str, Any, Any]]:
    if path in ignored or path == REVISION:
        return
    if isinstance(live, Mapping) and isinstance(wanted, Mapping):
        for name in sorted({*live, *wanted}):
            yield from _walk(live.get(name), wanted.get(name), f"{path}.{name}" if path else str(name), ignored)
    elif isinstance(live, list) and isinstance(wanted, list) and len(live) == len(wanted):
        for number, (old, new) in enumerate(zip(live, wanted, strict=True)):
            yield from _walk(old, new, f"{path}.{number}", ignored)
    elif live != wanted:
        yield path, live, wanted


def _short(value: Any) -> str:
    text = "absent" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
