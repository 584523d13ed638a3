"""A cluster in memory with controllers that behave as the test says, and the recorder's two ports over it."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from naru.errors import Judged
from naru.model.samples import Sample

IMAGE_ID = "registry.example/khan/egov@sha256:"


class FakeCluster:
    """Applied objects come alive: Deployments get pods after a while, Jobs complete."""

    def __init__(self, clock: Any, *, name: str = "verify-naver") -> None:
        self.name, self.clock = name, clock
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        self.watches: list[FakeWatch] = []
        self.due: list[tuple[float, int, Callable[[], None]]] = []
        self.refused: dict[str, str] = {}
        self.job_fails = False
        self.waiting: dict[str, str] = {}
        """Set to make pods wait for ever with this reason and message."""
        self.digests: dict[str, str] = {}
        self._version = 0

    # what steps call

    def namespaced(self, api_version: str, kind: str) -> bool:
        return kind not in {"Namespace", "ClusterRole"}

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> dict[str, Any] | None:
        return {"kind": kind} if kind == "Namespace" else self.objects.get((kind, name))

    def list(self, api_version: str, kind: str, namespace: str = "", selector: str = "") -> list[dict[str, Any]]:
        wanted = dict(part.split("=") for part in selector.split(",")) if selector else {}
        return [o for (k, _), o in sorted(self.objects.items()) if k == kind and wanted.items() <= (o["metadata"].get("labels") or {}).items()]

    def apply(self, obj: dict[str, Any], *, dry_run: bool = False, force: bool = False) -> dict[str, Any]:
        key = (obj["kind"], obj["metadata"]["name"])
        if key[1] in self.refused:
            raise Judged(f"{self.name}: conflict when applying {key[0]} {key[1]}: {self.refused[key[1]]}")
        self.calls.append(("apply", f"{key[0]}/{key[1]}"))
        old = self.objects.get(key)
        changed = old is None or old.get("spec") != obj.get("spec")
        generation = (old["metadata"]["generation"] if old else 0) + changed
        kept = {k: v for k, v in (old or {}).items() if k == "status"}
        answer = {**kept, **obj, "metadata": {**obj["metadata"], "uid": f"uid-{key[1]}", "generation": generation}}
        self.put(answer)
        if changed:
            getattr(self, f"_alive_{key[0].lower()}", lambda _o: None)(answer)
        return answer

    def delete(self, api_version: str, kind: str, name: str, namespace: str = "") -> bool:
        self.calls.append(("delete", f"{kind}/{name}"))
        gone = self.objects.pop((kind, name), None)
        if gone:
            self.tell("DELETED", gone)
        return gone is not None

    # how it comes alive

    def put(self, obj: dict[str, Any]) -> None:
        self._version += 1
        obj["metadata"]["resourceVersion"] = str(self._version)
        self.objects[(obj["kind"], obj["metadata"]["name"])] = obj
        self.tell("MODIFIED", obj)

    def tell(self, kind: str, obj: dict[str, Any]) -> None:
        for watch in self.watches:
            watch.samples.append(Sample("2026-11-23T06:00:00.000000Z", self.clock.monotonic(), kind, obj))

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        heapq.heappush(self.due, (self.clock.monotonic() + seconds, len(self.due) + self._version, call))

    def _alive_deployment(self, obj: dict[str, Any]) -> None:
        name, wanted = obj["metadata"]["name"], int(obj["spec"].get("replicas", 1))
        generation = obj["metadata"]["generation"]
        self.after(0.5, lambda: self._replica_set(obj, generation))
        for number in range(wanted):
            self.after(1.0, lambda number=number: self.put(self._pod(obj, generation, number, ready=False)))
            if name not in self.waiting:
                self.after(3.0, lambda number=number: self.put(self._pod(obj, generation, number, ready=True)))
        if name not in self.waiting:
            self.after(3.1, lambda: self._done(obj, generation, wanted))

    def _replica_set(self, obj: dict[str, Any], generation: int) -> None:
        name = obj["metadata"]["name"]
        for key in [k for k in self.objects if k[0] == "Pod" and k[1].startswith(f"{name}-") and f"-{generation}-" not in k[1]]:
            self.delete("v1", *key)
        self.put({"apiVersion": "apps/v1", "kind": "ReplicaSet", "spec": {"template": obj["spec"]["template"]}, "status": {}, "metadata": {
            "name": f"{name}-{generation}", "uid": f"uid-{name}-{generation}", "ownerReferences": [owner(obj["metadata"]["uid"])],
            "annotations": {"deployment.kubernetes.io/revision": str(generation)}}})
        self.put({**obj, "status": {"observedGeneration": generation}})

    def _pod(self, obj: dict[str, Any], generation: int, number: int, *, ready: bool) -> dict[str, Any]:
        name = obj["metadata"]["name"]
        template = obj["spec"]["template"]
        container = template["spec"]["containers"][0]
        state = {"running": {}} if ready else {"waiting": {"reason": self.waiting.get(name, "ContainerCreating").partition(":")[0],
                                                           "message": self.waiting.get(name, "").partition(":")[2]}}
        status = {"name": container["name"], "ready": ready, "started": ready, "restartCount": 0, "state": state, "containerID": f"id-{name}-{generation}-{number}",
                  "imageID": self.digests.get(name, container["image"]) if ready else ""}
        return {"apiVersion": "v1", "kind": "Pod", "spec": template["spec"], "metadata": {
            "name": f"{name}-{generation}-{number}", "namespace": "khan", "uid": f"uid-{name}-{generation}-{number}",
            "ownerReferences": [owner(f"uid-{name}-{generation}")]},
            "status": {"phase": "Running" if ready else "Pending", "containerStatuses": [status],
                       "conditions": [{"type": t, "status": str(ready)} for t in ("Ready", "ContainersReady")]}}

    def _done(self, obj: dict[str, Any], generation: int, wanted: int) -> None:
        name = obj["metadata"]["name"]
        counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), wanted)
        conditions = [{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}, {"type": "Available", "status": "True"}]
        self.put({**obj, "status": {"observedGeneration": generation, **counts, "conditions": conditions}})
        for service in self.list("v1", "Service"):
            if service["spec"]["selector"].items() <= obj["spec"]["template"]["metadata"]["labels"].items():
                rows = [{"targetRef": {"name": f"{name}-{generation}-{n}"}, "conditions": {"ready": True, "serving": True}} for n in range(wanted)]
                which = service["metadata"]["name"]
                self.put({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "endpoints": rows, "metadata": {
                    "name": f"{which}-slice", "labels": {"kubernetes.io/service-name": which}}})

    def _alive_job(self, obj: dict[str, Any]) -> None:
        condition = {"type": "Failed", "reason": "BackoffLimitExceeded", "message": "it failed"} if self.job_fails else {"type": "Complete"}
        self.after(2.0, lambda: self.put({**obj, "status": {"conditions": [{**condition, "status": "True"}]}}))


class FakeWatch:
    """The recorder's watch over a FakeCluster; waiting moves the clock to what is due next."""

    def __init__(self, cluster: FakeCluster) -> None:
        self.cluster, self.samples = cluster, []
        self.blind = False

    def begin(self, kinds: Any, namespace: str) -> None:
        for obj in self.cluster.objects.values():
            self.samples.append(Sample("2026-11-23T06:00:00.000000Z", self.cluster.clock.monotonic(), "ADDED", obj))
        self.cluster.watches.append(self)
        self.cluster.clock.at += 0.001

    def stop(self) -> None:
        if self in self.cluster.watches:
            self.cluster.watches.remove(self)

    def beyond(self, count: int) -> list[Sample]:
        return self.samples[count:]

    def wait_beyond(self, count: int, seconds: float) -> bool:
        clock, end = self.cluster.clock, self.cluster.clock.at + seconds
        while len(self.samples) <= count and self.cluster.due and self.cluster.due[0][0] <= end:
            at, _, call = heapq.heappop(self.cluster.due)
            clock.at = max(clock.at, at)
            call()
        if len(self.samples) <= count:
            clock.at = end
        return len(self.samples) > count

    def confirm(self) -> bool:
        return not self.blind


class NoLogs:
    """The recorder's log follower where there is nothing to say."""

    def logs(self) -> list[Any]:
        return []

    def stop(self, grace_seconds: float = 2.0) -> None:
        return None


def owner(uid: str) -> dict[str, Any]:
    return {"uid": uid, "controller": True}


def unlocked() -> Any:
    return nullcontext()
