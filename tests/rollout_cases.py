"""Reads tests/data/rollout/*.yaml: a rollout told in a few lines, and the verdict that it must get.

Each line of `story` has `at` (seconds, 0 is the change) and one kind with shorthand keys; unknown keys are refused.
"""
# ruff: noqa: A002 (arguments are the shorthand keys of the cases)

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from naru.core.image_identity import ReleaseImage
from naru.core.rollout import RolloutJudge, RolloutState
from naru.core.rollout_expected import Expected
from naru.model.cloud import RolloutLimits
from naru.model.samples import Sample

FOLDER = Path(__file__).parent / "data" / "rollout"
IMAGE = "khan.example.com/khan/egov:1@sha256:" + "a" * 64
GOOD = "khan.example.com/khan/egov@sha256:" + "a" * 64
START = 1000.0


@dataclass
class Case:
    sentence: str
    story: list[dict[str, Any]]
    expect: dict[str, Any]
    limits: dict[str, Any] = field(default_factory=dict)
    digests: list[str] = field(default_factory=lambda: ["sha256:" + "a" * 64])
    replicas: int | None = None
    conditions: dict[str, str] = field(default_factory=dict)
    until: float = 300.0


def cases() -> list[Any]:
    return sorted(FOLDER.glob("*.yaml"))


def read(path: Path) -> Case:
    case = Case(**yaml.load(path.read_text(), Loader=yaml.CSafeLoader))
    assert set(case.expect) <= {"verdict", "reason", "at", "says", "says_ko", "unmet"}, path
    return case


def told(case: Case, jump: str = "") -> tuple[RolloutJudge, RolloutState]:
    """The judge after the whole story; `jump` replaces the wall clock of all samples."""
    limits = {"deadline_seconds": 120.0, "stability_seconds": 10.0, "start_seconds": 20.0, "progress_seconds": 300.0, **{k: float(v) for k, v in case.limits.items()}}
    images = (ReleaseImage("khan/egov", frozenset(case.digests)),)
    replicas = {} if case.replicas is None else {"app": case.replicas}
    confirms = any("confirm" in line for line in case.story)
    judge = RolloutJudge(Expected(RolloutLimits(**limits), images, replicas, case.conditions), START, confirms=confirms)
    for line in case.story:
        one(judge, dict(line), jump)
    return judge, judge.at(START + case.until)


def one(judge: RolloutJudge, line: dict[str, Any], jump: str) -> None:
    mono = START + float(line.pop("at"))
    (what, value), = line.items()
    if what == "apply":
        for item in value:
            (kind, spec), = item.items()
            judge.note_applied(mono, KINDS[kind](**(spec or {})))
        return
    if what == "applied":
        judge.apply_done(mono)
        return
    if what == "confirm":
        judge.confirm(mono)
        return
    deleted = what.startswith("gone ")
    obj = {"kind": value.pop("kind", "Pod"), **value} if what == "gap" else KINDS[what.removeprefix("gone ")](**(value or {}))
    kind = "GAP" if what == "gap" else "DELETED" if deleted else "MODIFIED"
    judge.feed(Sample(jump or f"2026-11-23T00:00:{mono % 60:09.6f}Z", mono, kind, obj))


def meta(name: str, owner: str = "", **more: Any) -> dict[str, Any]:
    owners = [{"uid": owner, "controller": True, "kind": "x", "name": owner}] if owner else []
    return {"name": name, "namespace": "khan", "uid": f"uid-{name}", **({"ownerReferences": owners} if owners else {}), **more}


def deployment(
    name: str = "app", wanted: int = 1, gen: int = 1, seen: int | None = None, done: bool = False, have: int | None = None, old: int = 0,
    image: str = IMAGE, failing: str = "", paused: bool = False, progress: str = "", uid: str = "", window: int = 0, min_ready: int = 0,
) -> dict[str, Any]:
    have = have if have is not None else (wanted if done else 0)
    conditions = [
        {"type": "Progressing", "status": "False" if progress else "True", "message": "no progress for 120 s",
         "reason": progress or ("NewReplicaSetAvailable" if done else "ReplicaSetUpdated")},
        {"type": "Available", "status": "True" if done else "False"},
    ]
    if failing:
        conditions.append({"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": failing})
    status = {"observedGeneration": gen if seen is None else seen, "replicas": have + old, "updatedReplicas": have, "readyReplicas": have + old,
              "availableReplicas": have + old, "conditions": conditions}
    spec = {"replicas": wanted, "paused": paused, "minReadySeconds": min_ready, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "app", "image": image}]}}}
    found = meta(name, generation=gen)
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {**found, "uid": uid or found["uid"]}, "spec": spec, "status": status}


def replica_set(name: str = "app-new", revision: int = 2, owner: str = "app", image: str = "") -> dict[str, Any]:
    image = image or (IMAGE if revision == 2 else "khan.example.com/khan/egov:0")
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": meta(name, f"uid-{owner}", annotations={"deployment.kubernetes.io/revision": str(revision)}),
            "spec": {"template": {"metadata": {"labels": {"app": owner, "pod-template-hash": name}},
                                  "spec": {"containers": [{"name": "app", "image": image}]}}}, "status": {}}


def pod(
    name: str = "app-1", rs: str = "app-new", ready: bool = False, running: bool | None = None, waiting: str = "", message: str = "",
    died: int | None = None, last: int | None = None, reason: str = "Error", words: str = "", restarts: int = 0, id: str = "c1",
    image_id: str = GOOD, group: str = "main", unschedulable: str = "", deleting: bool = False, phase: str = "", evicted: str = "",
    probe: dict[str, Any] | None = None, memory: str = "", owner: str = "", image: str = IMAGE, since: str = "",
) -> dict[str, Any]:
    running = running if running is not None else ready
    state: dict[str, Any] = {"waiting": {"reason": waiting or "ContainerCreating", "message": message}}
    if running:
        state = {"running": {"startedAt": "2026-11-23T00:00:00Z"}}
    if died is not None:
        state = {"terminated": {"exitCode": died, "reason": reason, "message": words, "containerID": id}}
    status: dict[str, Any] = {"name": "app", "state": state, "ready": ready, "started": running, "restartCount": restarts,
                              "containerID": id if running or died is not None else "", "imageID": image_id if running else ""}
    if last is not None:
        status["lastState"] = {"terminated": {"exitCode": last, "reason": reason, "message": words, "containerID": f"c{int(id[1:]) - 1}"}}
    container = {"name": "app", "image": image, "readinessProbe": probe or {"periodSeconds": 1, "failureThreshold": 3}}
    if memory:
        container["resources"] = {"limits": {"memory": memory}}
    conditions = [{"type": "PodScheduled", "status": "True"}]
    if unschedulable:
        conditions = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": unschedulable}]
    turned = {"lastTransitionTime": f"2026-11-23T00:{since}Z"} if since else {}
    conditions += [{"type": word, "status": str(ready), **turned} for word in ("Ready", "ContainersReady")]
    spec: dict[str, Any] = {"containers": [container], "nodeName": "" if unschedulable else "node-1"}
    found: dict[str, Any] = {"phase": phase or ("Running" if running or died is not None or last is not None else "Pending"), "conditions": conditions}
    if group == "main":
        found["containerStatuses"] = [status]
    else:
        spec["containers"], spec["initContainers"] = [{"name": "web", "image": IMAGE}], [container]
        if group == "sidecar":
            container["restartPolicy"] = "Always"
        found["initContainerStatuses"] = [status]
    if unschedulable or evicted:
        found.pop("containerStatuses", None)
    if evicted:
        found.update(phase="Failed", reason="Evicted", message=evicted)
    more = {"deletionTimestamp": "2026-11-23T00:00:30Z"} if deleting else {}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta(name, f"uid-{owner or rs}", labels={"app": "app"}, **more), "spec": spec, "status": found}


def event(about: str = "Pod/app-1", reason: str = "Unhealthy", message: str = "", name: str = "", count: int = 1) -> dict[str, Any]:
    kind, _, which = about.partition("/")
    return {"apiVersion": "v1", "kind": "Event", "metadata": meta(name or f"{which}.{reason}"), "type": "Warning", "reason": reason,
            "message": message, "count": count, "lastTimestamp": "2026-11-23T00:00:00Z",
            "involvedObject": {"kind": kind, "name": which, "uid": f"uid-{which}"}}


def service(name: str = "app", type: str = "ClusterIP", address: str = "") -> dict[str, Any]:
    balancer = {"ingress": [{"hostname": address}]} if address else {}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta(name), "spec": {"type": type, "selector": {"app": "app"}},
            "status": {"loadBalancer": balancer}}


def endpoints(ready: list[str] | None = None, terminating: list[str] | None = None, service: str = "app") -> dict[str, Any]:
    rows = [{"targetRef": {"kind": "Pod", "name": one}, "conditions": {"ready": True, "serving": True, "terminating": False}} for one in ready or []]
    rows += [{"targetRef": {"kind": "Pod", "name": one}, "conditions": {"ready": False, "serving": True, "terminating": True}} for one in terminating or []]
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": meta(f"{service}-slice", labels={"kubernetes.io/service-name": service}), "endpoints": rows}


def autoscaler(name: str = "app", min: int = 2, max: int = 6, active: bool = True) -> dict[str, Any]:
    conditions = [{"type": word, "status": str(active), "reason": "" if active else "FailedGetResourceMetric"} for word in ("AbleToScale", "ScalingActive")]
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta(name),
            "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "app"}, "minReplicas": min, "maxReplicas": max}, "status": {"conditions": conditions}}


def job(name: str = "migrate", complete: bool = False, failed: str = "") -> dict[str, Any]:
    conditions = [{"type": "Complete", "status": "True"}] if complete else []
    if failed:
        conditions = [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": failed}]
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta(name, labels={"app.kubernetes.io/component": "migration"}), "spec": {"template": {}},
            "status": {"conditions": conditions}}


def claim(name: str = "data", bound: bool = False) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta(name), "spec": {}, "status": {"phase": "Bound" if bound else "Pending"}}


def stateful_set(name: str = "app", wanted: int = 1, ready: int = 0, current: str = "r1", update: str = "r1", updated: int = 0) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": meta(name, generation=1), "spec": {"replicas": wanted, "template": {}},
            "status": {"observedGeneration": 1, "readyReplicas": ready, "updatedReplicas": updated, "currentRevision": current, "updateRevision": update}}


def daemon_set(name: str = "app", desired: int = 1, ready: int = 0, updated: int = 0) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": meta(name, generation=1), "spec": {"template": {}},
            "status": {"observedGeneration": 1, "desiredNumberScheduled": desired, "numberReady": ready, "numberAvailable": ready, "updatedNumberScheduled": updated}}


def other(kind: str = "Widget", name: str = "thing", condition: str = "", status: str = "True") -> dict[str, Any]:
    found = {"conditions": [{"type": condition, "status": status}]} if condition else {}
    return {"apiVersion": "example.com/v1", "kind": kind, "metadata": meta(name), "spec": {}, "status": found}


KINDS = {
    "deployment": deployment, "replica_set": replica_set, "pod": pod, "event": event, "service": service, "endpoints": endpoints,
    "autoscaler": autoscaler, "job": job, "claim": claim, "stateful_set": stateful_set, "daemon_set": daemon_set, "other": other,
}
