"""Rules 11 and 12: what kinds other than Deployments must have reached. An unknown kind is never healthy."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from naru.core.said import Said
from naru.core.unmet import Unmet
from naru.core.world import Object, World, conditions, is_true, name, observed

STATELESS = frozenset({
    "ConfigMap", "Secret", "ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "NetworkPolicy",
    "LimitRange", "ResourceQuota", "PriorityClass", "StorageClass", "IngressClass", "PodDisruptionBudget", "Endpoints",
    "EndpointSlice", "Event", "Node", "Namespace", "Pod", "ReplicaSet", "CronJob",
})
"""Kinds that are what they should be as soon as they are there (or that are judged with their owner)."""


def kind_unmet(world: World, obj: Object) -> Iterator[Unmet]:
    """What an object has not reached; Deployments are judged elsewhere."""
    if obj["metadata"].get("deletionTimestamp"):
        yield Unmet(12, _key(obj), Said(f"{name(obj)} is being deleted", f"{name(obj)} 삭제 중"))
    judge = JUDGES.get(obj["kind"])
    if judge is not None:
        yield from judge(world, obj)
    elif obj["kind"] not in STATELESS:
        yield Unmet(12, _key(obj), Said(f"the kind {obj['kind']} is unknown to naru; enter a rule for it in cloud.yaml",
                                        f"종류 {obj['kind']}를 알 수 없음; cloud.yaml에 규칙이 필요함"))


def custom_unmet(obj: Object, condition: str, status: str = "True") -> Iterator[Unmet]:
    """A custom resource by its declared condition; the observed generation must be the newest where it is told."""
    found = conditions(obj).get(condition) or {}
    stale = "observedGeneration" in (obj.get("status") or {}) and not observed(obj)
    if stale or found.get("status") != status:
        yield _not_yet(obj, f"{condition} is {found.get('status', 'not told')}, expected {status}",
                       f"{condition}이 {found.get('status', '없음')}, 기대값 {status}")


def _stateful_set(_: World, obj: Object) -> Iterator[Unmet]:
    status, wanted = obj.get("status") or {}, int(obj["spec"].get("replicas", 1))
    rolling = (obj["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    partition = int(rolling.get("partition") or 0)
    ready, updated = int(status.get("readyReplicas") or 0), int(status.get("updatedReplicas") or 0)
    whole = status.get("currentRevision") == status.get("updateRevision") if not partition else updated >= wanted - partition
    if not observed(obj) or ready != wanted or not whole:
        yield _not_yet(obj, f"{ready} of {wanted} ready, {updated} updated", f"{wanted} 중 {ready} 준비, {updated} 갱신")


def _daemon_set(_: World, obj: Object) -> Iterator[Unmet]:
    status = obj.get("status") or {}
    wanted = int(status.get("desiredNumberScheduled") or 0)
    have = [int(status.get(field) or 0) for field in ("updatedNumberScheduled", "numberAvailable", "numberReady")]
    if not observed(obj) or any(count != wanted for count in have) or wanted == 0:
        yield _not_yet(obj, f"{min(have)} of {wanted} nodes", f"노드 {wanted} 중 {min(have)}")


def _job(_: World, obj: Object) -> Iterator[Unmet]:
    if not is_true(obj, "Complete"):
        yield _not_yet(obj, "not complete", "완료되지 않음")


def _claim(world: World, obj: Object) -> Iterator[Unmet]:
    if (obj.get("status") or {}).get("phase") != "Bound" and not _waits_for_consumer(world, obj):
        yield _not_yet(obj, "not bound", "바인딩되지 않음")


def _waits_for_consumer(world: World, obj: Object) -> bool:
    """A claim that no pod mounts yet stays Pending by design of its class."""
    mounted = any((v.get("persistentVolumeClaim") or {}).get("claimName") == name(obj)
                  for pod in world.all("Pod") for v in (pod.get("spec") or {}).get("volumes") or [])
    return not mounted and any(e.get("reason") == "WaitForFirstConsumer" for e in world.events_of(obj))


def _service(_: World, obj: Object) -> Iterator[Unmet]:
    balanced = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress")
    if obj["spec"].get("type") == "LoadBalancer" and not balanced:
        yield _not_yet(obj, "the load balancer has no address", "로드 밸런서 주소 없음")


def _definition(_: World, obj: Object) -> Iterator[Unmet]:
    if not is_true(obj, "Established"):
        yield _not_yet(obj, "not established", "등록되지 않음")


def _ingress(_: World, obj: Object) -> Iterator[Unmet]:
    if not ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress"):
        yield _not_yet(obj, "no address", "주소 없음")


def _autoscaler(_: World, obj: Object) -> Iterator[Unmet]:
    for condition in ("AbleToScale", "ScalingActive"):
        found = conditions(obj).get(condition) or {}
        if found.get("status") != "True":
            why = found.get("reason") or "not told yet"
            yield Unmet(11, _key(obj), Said(f"autoscaler {name(obj)}: {condition} is not True ({why})",
                                            f"자동 확장 {name(obj)}: {condition} 아님 ({why})"))


def _not_yet(obj: Object, en: str, ko: str) -> Unmet:
    return Unmet(12, _key(obj), Said(f"{obj['kind']} {name(obj)}: {en}", f"{obj['kind']} {name(obj)}: {ko}"))


def _key(obj: Object) -> str:
    return f"{obj['kind']}/{name(obj)}"


JUDGES: dict[str, Callable[[World, Object], Iterator[Unmet]]] = {
    "StatefulSet": _stateful_set, "DaemonSet": _daemon_set, "Job": _job, "PersistentVolumeClaim": _claim,
    "Service": _service, "CustomResourceDefinition": _definition, "Ingress": _ingress, "HorizontalPodAutoscaler": _autoscaler,
}
"""Kind → what it has not reached."""
