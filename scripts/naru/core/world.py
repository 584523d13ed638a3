"""What is known of one namespace at one moment, folded from samples; and who owns whom in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from naru.model.samples import Sample

Object = dict[str, Any]


class World:
    """The last seen form of each object. Fed in order of receipt; everything else reads only."""

    def __init__(self, samples: Iterable[Sample] = ()) -> None:
        self._objects: dict[tuple[str, str], Object] = {}
        for sample in samples:
            self.feed(sample)

    def feed(self, sample: Sample) -> None:
        """Take one sample in."""
        if sample.type == "GAP":
            return
        key = (sample.object["kind"], sample.object["metadata"]["name"])
        if sample.type == "DELETED":
            self._objects.pop(key, None)
        else:
            self._objects[key] = sample.object

    def get(self, kind: str, name: str) -> Object | None:
        """The object or None."""
        return self._objects.get((kind, name))

    def all(self, kind: str) -> Iterator[Object]:
        """All objects of a kind, by name."""
        return (self._objects[key] for key in sorted(self._objects) if key[0] == kind)

    def owned(self, kind: str, owner: Object) -> list[Object]:
        """Objects of a kind whose controller is `owner`."""
        return [item for item in self.all(kind) if owner_uid(item) == uid(owner)]

    def replica_sets(self, deployment: Object) -> list[Object]:
        """The Deployment's ReplicaSets, newest revision first."""
        return sorted(self.owned("ReplicaSet", deployment), key=_revision, reverse=True)

    def newest(self, deployment: Object) -> Object | None:
        """The ReplicaSet of the Deployment's template; None while it was not seen (kinds are watched side by side)."""
        found = self.replica_sets(deployment)[:1]
        return found[0] if found and same_template(found[0], deployment) else None

    def pods(self, workload: Object) -> list[Object]:
        """Every pod of a workload, of all its ReplicaSets for a Deployment."""
        if workload["kind"] == "Deployment":
            return [pod for replica_set in self.replica_sets(workload) for pod in self.owned("Pod", replica_set)]
        return self.owned("Pod", workload)

    def new_pods(self, workload: Object) -> list[Object]:
        """Pods of the newest revision; none before the controller has seen the newest spec."""
        if not observed(workload):
            return []
        if workload["kind"] == "Deployment":
            newest = self.newest(workload)
            return self.owned("Pod", newest) if newest is not None else []
        pods = self.owned("Pod", workload)
        revision = (workload.get("status") or {}).get("updateRevision")
        if workload["kind"] == "StatefulSet" and revision:
            return [pod for pod in pods if labels(pod).get("controller-revision-hash") == revision]
        return pods

    def events_of(self, obj: Object) -> list[Object]:
        """Events about the object, oldest first."""
        return sorted((e for e in self.all("Event") if _about(e, obj)), key=event_time)

    def autoscaler_of(self, workload: Object) -> Object | None:
        """The HorizontalPodAutoscaler that targets a workload, or None."""
        for item in self.all("HorizontalPodAutoscaler"):
            target = item["spec"]["scaleTargetRef"]
            if target["kind"] == workload["kind"] and target["name"] == name(workload):
                return item
        return None

    def services_of(self, workload: Object) -> list[Object]:
        """Services whose selector fits the workload's pod template."""
        template = ((workload["spec"].get("template") or {}).get("metadata") or {}).get("labels") or {}
        return [s for s in self.all("Service") if (s["spec"].get("selector") or {}).items() <= template.items() and s["spec"].get("selector")]

    def endpoints_of(self, service: Object) -> list[Object]:
        """All endpoints of a Service, over its slices."""
        slices = [s for s in self.all("EndpointSlice") if labels(s).get("kubernetes.io/service-name") == name(service)]
        return [endpoint for item in slices for endpoint in item.get("endpoints") or []]


def name(obj: Object) -> str:
    """metadata.name."""
    return str(obj["metadata"]["name"])


def uid(obj: Object) -> str:
    """metadata.uid, empty where unset."""
    return str(obj["metadata"].get("uid") or "")


def labels(obj: Object) -> dict[str, str]:
    """metadata.labels."""
    return obj["metadata"].get("labels") or {}


def owner_uid(obj: Object) -> str:
    """The controlling owner's uid; a word that no uid has where there is none."""
    owners = obj["metadata"].get("ownerReferences") or []
    return next((str(owner["uid"]) for owner in owners if owner.get("controller")), "-none-")


def conditions(obj: Object) -> dict[str, Object]:
    """status.conditions by type."""
    return {condition["type"]: condition for condition in (obj.get("status") or {}).get("conditions") or []}


def is_true(obj: Object, condition: str) -> bool:
    """True if the condition is there and True."""
    return bool((conditions(obj).get(condition) or {}).get("status") == "True")


def observed(obj: Object) -> bool:
    """True if the controller has seen the newest spec."""
    generation = obj["metadata"].get("generation")
    return generation is None or int((obj.get("status") or {}).get("observedGeneration") or 0) >= int(generation)


def event_time(event: Object) -> str:
    """When an Event last happened, as text that sorts."""
    series = event.get("series") or {}
    return str(series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
               or event["metadata"].get("creationTimestamp") or "")


def container_statuses(pod: Object) -> list[tuple[str, Object]]:
    """(group, status) of each container: init containers first, with the group `init` or `main`."""
    status = pod.get("status") or {}
    return [("init", s) for s in status.get("initContainerStatuses") or []] + [
        ("main", s) for s in status.get("containerStatuses") or []
    ]


def container_spec(pod: Object, container: str) -> Object:
    """The container's spec in its pod; empty where unknown."""
    spec = pod.get("spec") or {}
    both = [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]
    return next((c for c in both if c["name"] == container), {})


def is_sidecar(pod: Object, container: str) -> bool:
    """True for an init container that keeps running beside the main ones."""
    return bool(container_spec(pod, container).get("restartPolicy") == "Always")


def same_template(replica_set: Object, deployment: Object) -> bool:
    """True if the ReplicaSet has the Deployment's pod template; the hash label is the controller's own."""
    return _template(replica_set) == _template(deployment)


def _template(workload: Object) -> Object:
    template = workload["spec"]["template"]
    meta = template.get("metadata") or {}
    kept = {key: value for key, value in (meta.get("labels") or {}).items() if key != "pod-template-hash"}
    return {**template, "metadata": {**meta, "labels": kept}}


def _revision(replica_set: Object) -> int:
    text = (replica_set["metadata"].get("annotations") or {}).get("deployment.kubernetes.io/revision", "0")
    return int(text) if text.isdigit() else 0


def _about(event: Object, obj: Object) -> bool:
    about = event.get("involvedObject") or event.get("regarding") or {}
    if about.get("kind") != obj["kind"] or about.get("name") != name(obj):
        return False
    return not about.get("uid") or not uid(obj) or about["uid"] == uid(obj)
