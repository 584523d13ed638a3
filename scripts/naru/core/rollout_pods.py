"""Rules 6 to 9: pods, restarts, image identity, endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from naru.core.image_identity import ReleaseImage, expected_digests, reported_digest
from naru.core.said import Said
from naru.core.unmet import Unmet
from naru.core.world import Object, World, container_spec, container_statuses, is_sidecar, is_true, name, uid


def pods_unmet(world: World, workload: Object, images: Sequence[ReleaseImage], restarts_before: dict[str, int]) -> Iterator[Unmet]:
    """What of rules 6 to 9 is not true of a workload's newest pods."""
    pods = world.new_pods(workload)
    for pod in pods:
        yield from _running(pod)
        yield from _restarts(pod, restarts_before)
    yield from identity_unmet(pods, images)
    for service in world.services_of(workload):
        yield from _endpoints(world, service, world.pods(workload))


def identity_unmet(pods: Sequence[Object], images: Sequence[ReleaseImage]) -> Iterator[Unmet]:
    """Rule 8: each container runs a digest of the release; without one, the same digest in all pods."""
    first: dict[str, str] = {}
    for pod in pods:
        for _, status in container_statuses(pod):
            actual = reported_digest(str(status.get("imageID") or ""))
            if not actual:
                continue
            reference = str(container_spec(pod, status["name"]).get("image") or "")
            wanted = expected_digests(reference, images) or {first.setdefault(status["name"], actual)}
            if actual not in wanted:
                yield Unmet(8, f"Pod/{name(pod)}", Said(
                    f"{name(pod)}: container {status['name']} runs {actual[:19]}…, the release is {min(wanted)[:19]}…",
                    f"{name(pod)}: 컨테이너 {status['name']}가 {actual[:19]}…로 실행 중, 릴리스는 {min(wanted)[:19]}…",
                ))


def _running(pod: Object) -> Iterator[Unmet]:
    which, key = name(pod), f"Pod/{name(pod)}"
    if pod["metadata"].get("deletionTimestamp"):
        yield Unmet(6, key, Said(f"{which} is terminating", f"{which} 종료 중"))
        return
    phase = (pod.get("status") or {}).get("phase")
    if phase != "Running":
        yield Unmet(6, key, Said(f"{which} is {phase}", f"{which} 상태 {phase}"))
        return
    for condition in ("Ready", "ContainersReady", *_gates(pod)):
        if not is_true(pod, condition):
            yield Unmet(6, key, Said(f"{which} is not {condition}", f"{which} {condition} 아님"))
            return
    for group, status in container_statuses(pod):
        if not _container_good(pod, group, status):
            yield Unmet(6, key, Said(f"{which}: container {status['name']} is not ready",
                                     f"{which}: 컨테이너 {status['name']} 준비 안 됨"))


def _container_good(pod: Object, group: str, status: Object) -> bool:
    if group == "init" and not is_sidecar(pod, status["name"]):
        ended = (status.get("state") or {}).get("terminated") or {"exitCode": 1}
        return int(ended.get("exitCode") or 0) == 0
    return bool(status.get("ready")) and status.get("started") is not False


def _restarts(pod: Object, before: dict[str, int]) -> Iterator[Unmet]:
    for _, status in container_statuses(pod):
        count = int(status.get("restartCount") or 0) - before.get(f"{uid(pod)}/{status['name']}", 0)
        if count > 0:
            yield Unmet(7, f"Pod/{name(pod)}", Said(
                f"{name(pod)}: container {status['name']} restarted {count} times since the rollout began",
                f"{name(pod)}: 컨테이너 {status['name']}가 배포 시작 후 {count}번 재시작함",
            ))


def _endpoints(world: World, service: Object, pods: Sequence[Object]) -> Iterator[Unmet]:
    key = f"Service/{name(service)}"
    wanted = {name(pod) for pod in pods}
    serving = set()
    for endpoint in world.endpoints_of(service):
        target = (endpoint.get("targetRef") or {}).get("name", "")
        state = endpoint.get("conditions") or {}
        if state.get("terminating"):
            yield Unmet(9, key, Said(f"{name(service)} still lists {target}, which is terminating",
                                     f"{name(service)}가 종료 중인 {target}를 아직 가리킴"))
        elif state.get("ready") and state.get("serving") is not False:
            serving.add(target)
    for missing in sorted(wanted - serving)[:1]:
        yield Unmet(9, key, Said(f"{name(service)} does not send to {missing} yet", f"{name(service)}가 아직 {missing}로 보내지 않음"))
    for other in sorted(serving - wanted)[:1]:
        yield Unmet(9, key, Said(f"{name(service)} also sends to {other}, which is not of this workload",
                                 f"{name(service)}가 이 워크로드가 아닌 {other}로도 보냄"))


def _gates(pod: Object) -> list[str]:
    return [gate["conditionType"] for gate in (pod.get("spec") or {}).get("readinessGates") or []]
