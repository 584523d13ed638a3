"""Rules 1 to 5: what a Deployment's own object and its ReplicaSets must say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from naru.core.said import Said
from naru.core.unmet import Unmet
from naru.core.world import Object, World, conditions, is_true, name, observed


def deployment_unmet(world: World, deployment: Object, allowed: range) -> Iterator[Unmet]:
    """What of rules 1 to 5 is not true of a Deployment; `allowed` is the expected range of replicas."""
    yield from _seen(deployment)
    yield from replicas_unmet(deployment, allowed)
    yield from _counts(deployment)
    yield from _reported(deployment)
    yield from _one_replica_set(world, deployment)


def replicas_unmet(workload: Object, allowed: range) -> Iterator[Unmet]:
    """Rule 2, for every scaled workload: 0 never counts unless it is expected."""
    wanted = int(workload["spec"].get("replicas", 1))
    if wanted not in allowed:
        span = f"{allowed.start}" if len(allowed) == 1 else f"{allowed.start} to {allowed.stop - 1}"
        yield Unmet(2, _key(workload), Said(
            f"{name(workload)} asks for {wanted} replicas, expected are {span}",
            f"{name(workload)}의 복제 수가 {wanted}, 기대값은 {span}",
        ))


def _seen(deployment: Object) -> Iterator[Unmet]:
    which = name(deployment)
    if deployment["metadata"].get("deletionTimestamp"):
        yield Unmet(1, _key(deployment), Said(f"{which} is being deleted", f"{which} 삭제 중"))
    if deployment["spec"].get("paused"):
        yield Unmet(1, _key(deployment), Said(f"{which} is paused", f"{which} 일시 중지됨"))
    if not observed(deployment):
        yield Unmet(1, _key(deployment), Said(f"{which}: the controller has not seen the new spec",
                                              f"{which}: 컨트롤러가 새 명세를 아직 보지 않음"))


def _counts(deployment: Object) -> Iterator[Unmet]:
    wanted = int(deployment["spec"].get("replicas", 1))
    status: dict[str, Any] = deployment.get("status") or {}
    for field, word, korean in (
        ("updatedReplicas", "updated", "갱신"), ("replicas", "there", "존재"), ("readyReplicas", "ready", "준비"),
        ("availableReplicas", "available", "가용"),
    ):
        have = int(status.get(field) or 0)
        if have != wanted:
            yield Unmet(3, _key(deployment), Said(f"{name(deployment)}: {have} of {wanted} replicas {word}",
                                                  f"{name(deployment)}: 복제 {wanted} 중 {have} {korean}"))
            return
    left = int(status.get("unavailableReplicas") or 0) + int(status.get("terminatingReplicas") or 0)
    if left:
        yield Unmet(3, _key(deployment), Said(f"{name(deployment)}: {left} pods unavailable or terminating",
                                              f"{name(deployment)}: 파드 {left}개가 미가용 또는 종료 중"))


def _reported(deployment: Object) -> Iterator[Unmet]:
    found = conditions(deployment)
    progressing = found.get("Progressing") or {}
    complete = progressing.get("status") == "True" and progressing.get("reason") == "NewReplicaSetAvailable"
    without_deadline = "Progressing" not in found and deployment["spec"].get("progressDeadlineSeconds") in {None, 2147483647}
    if not complete and not without_deadline:
        yield Unmet(4, _key(deployment), Said(f"{name(deployment)}: rollout in progress", f"{name(deployment)}: 배포 진행 중"))
    if not is_true(deployment, "Available"):
        yield Unmet(4, _key(deployment), Said(f"{name(deployment)} is not Available", f"{name(deployment)} 가용 상태 아님"))
    if is_true(deployment, "ReplicaFailure"):
        yield Unmet(4, _key(deployment), Said(f"{name(deployment)}: pods cannot be created", f"{name(deployment)}: 파드를 만들 수 없음"))


def _one_replica_set(world: World, deployment: Object) -> Iterator[Unmet]:
    newest = world.newest(deployment)
    if newest is None:
        yield Unmet(5, _key(deployment), Said(f"{name(deployment)} has no ReplicaSet of the release yet",
                                              f"{name(deployment)}: 이 릴리스의 ReplicaSet이 아직 없음"))
    for old in world.replica_sets(deployment):
        if old is not newest and (pods := world.owned("Pod", old)):
            yield Unmet(5, f"Pod/{name(pods[0])}", Said(f"old pod {name(pods[0])} is still there", f"이전 파드 {name(pods[0])}가 남아 있음"))


def _key(obj: Object) -> str:
    return f"{obj['kind']}/{name(obj)}"
