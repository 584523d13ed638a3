"""All signs that one workload of the release will not come up, the gravest first."""

from __future__ import annotations

from collections.abc import Iterator

from naru.core.diagnosis_containers import container_signs, missing_config
from naru.core.history import History
from naru.core.said import Said
from naru.core.seen_container import first_words
from naru.core.sign import Reason, Sign
from naru.core.world import Object, World, conditions, is_true, labels, name, observed, uid

UNSCHEDULABLE_GRACE = 15.0
MOUNT_GRACE = 30.0
MISSING_GRACE = 10.0
FLAPS = 3
MOUNT_REASONS = {"FailedMount", "FailedAttachVolume", "FailedMapVolume"}


def workload_signs(world: World, workload: Object, history: History, least_start: float) -> Iterator[Sign]:
    """Signs of one applied workload (Deployment, StatefulSet, DaemonSet or Job) and its newest pods."""
    yield from _creation_signs(world, workload, history)
    if workload["kind"] == "Job":
        yield from _job_signs(world, workload)
    pods = world.pods(workload) if workload["kind"] == "Job" else world.new_pods(workload)
    for pod in pods:
        yield from pod_signs(world, pod, history, least_start, restarts=workload["kind"] != "Job")
    yield from _progress_signs(workload)


def pod_signs(world: World, pod: Object, history: History, least_start: float, *, restarts: bool = True) -> Iterator[Sign]:
    """Signs of one pod."""
    if pod["metadata"].get("deletionTimestamp"):
        return
    yield from _evicted(pod)
    yield from container_signs(world, pod, history, least_start, restarts=restarts)
    yield from _unscheduled(pod)
    yield from _not_prepared(world, pod, history)
    if restarts:
        yield from _flapping(pod, history)


def _evicted(pod: Object) -> Iterator[Sign]:
    status = pod.get("status") or {}
    if status.get("phase") == "Failed" and status.get("reason") in {"Evicted", "NodeShutdown", "NodeAffinity", "Terminated"}:
        text = first_words(str(status.get("message") or status["reason"]))
        yield _sign(Reason.node_pressure, pod, f"was put off its node: {text}", f"노드에서 밀려남: {text}")


def _unscheduled(pod: Object) -> Iterator[Sign]:
    found = conditions(pod).get("PodScheduled") or {}
    if found.get("status") == "False" and found.get("reason") == "Unschedulable":
        message = str(found.get("message") or "")
        text = first_words(message.partition(" preemption:")[0].replace(" no new claims to deallocate,", ""))
        yield _sign(Reason.unschedulable, pod, f"fits on no node: {text}", f"배치할 노드 없음: {text}", grace=UNSCHEDULABLE_GRACE, lines=(message,))


def _not_prepared(world: World, pod: Object, history: History) -> Iterator[Sign]:
    """Volumes and sandbox: only Events tell, and only while no container has begun."""
    status = pod.get("status") or {}
    begun = any((s.get("state") or {}).get("running") or (s.get("state") or {}).get("terminated")
                for group in ("initContainerStatuses", "containerStatuses") for s in status.get(group) or [])
    if begun or not is_true(pod, "PodScheduled"):
        return
    for event in reversed(world.events_of(pod)):
        if not history.is_new(event):
            continue
        message = str(event.get("message") or "")
        if event.get("reason") in MOUNT_REASONS:
            yield _mount_sign(pod, message)
            return
        if event.get("reason") == "FailedCreatePodSandBox":
            text = first_words(message)
            yield _sign(Reason.sandbox, pod, f"got no network or sandbox: {text}", f"네트워크 또는 샌드박스를 얻지 못함: {text}",
                        grace=MOUNT_GRACE, lines=(message,))
            return


def _mount_sign(pod: Object, message: str) -> Sign:
    missing = missing_config(message)
    if missing is not None:
        return _sign(Reason.missing_config, pod, f"cannot mount a volume, {missing.en}", f"볼륨을 마운트할 수 없음, {missing.ko}",
                     grace=MISSING_GRACE, lines=(message,))
    text = first_words(message)
    return _sign(Reason.volume, pod, f"cannot mount a volume: {text}", f"볼륨을 마운트할 수 없음: {text}", grace=MOUNT_GRACE, lines=(message,))


def _flapping(pod: Object, history: History) -> Iterator[Sign]:
    drops = history.ready_drops.get(uid(pod), 0)
    if drops >= FLAPS:
        yield _sign(Reason.flapping, pod, f"keeps flapping: {drops} times ready and not ready again",
                    f"상태가 흔들림: 준비와 해제를 {drops}번 반복함")


def _creation_signs(world: World, workload: Object, history: History) -> Iterator[Sign]:
    """The controller cannot create pods: quota, admission, pod security."""
    if not observed(workload):
        return
    newest = world.newest(workload) if workload["kind"] == "Deployment" else None
    owners = [workload] if newest is None else [workload, newest]
    failed = [e for owner in owners for e in world.events_of(owner) if e.get("reason") == "FailedCreate" and history.is_new(e)]
    condition = conditions(workload).get("ReplicaFailure") or {}
    message = str(condition.get("message") or "") if condition.get("status") == "True" else ""
    if not message and failed:
        message = str(failed[-1].get("message") or "")
    if message and not _has_all_pods(workload):
        yield _creation_sign(workload, message)


def _creation_sign(workload: Object, message: str) -> Sign:
    text = first_words(message.removeprefix("Error creating: "))
    if "exceeded quota" in message:
        return _sign(Reason.quota, workload, f"gets no more pods, its quota is too small: {text}", f"쿼터가 작아 파드를 더 만들 수 없음: {text}",
                     lines=(message,))
    return _sign(Reason.admission, workload, f"gets no more pods, the cluster refuses them: {text}", f"클러스터가 파드 생성을 거부함: {text}",
                 lines=(message,))


def _has_all_pods(workload: Object) -> bool:
    """A refusal that was overcome is no sign any more."""
    wanted = int((workload.get("spec") or {}).get("replicas", 1))
    return workload["kind"] in {"Deployment", "StatefulSet"} and int((workload.get("status") or {}).get("updatedReplicas") or 0) >= wanted


def _job_signs(world: World, job: Object) -> Iterator[Sign]:
    failed = conditions(job).get("Failed") or {}
    if failed.get("status") != "True":
        return
    codes = sorted({int(((s.get("state") or {}).get("terminated") or {}).get("exitCode") or 0)
                    for pod in world.pods(job) for s in (pod.get("status") or {}).get("containerStatuses") or []} - {0})
    how = f" (exit code {', '.join(map(str, codes))})" if codes else ""
    korean = f" (종료 코드 {', '.join(map(str, codes))})" if codes else ""
    text = first_words(f"{failed.get('reason')}: {failed.get('message')}")
    what = Said("migration Job", "마이그레이션 Job") if labels(job).get("app.kubernetes.io/component") == "migration" or "migrat" in name(job) \
        else Said("Job", "Job")
    yield Sign(Reason.job_failed, f"Job/{name(job)}", Said(f"The {what.en} {name(job)} failed{how}: {text}.",
                                                          f"{what.ko} {name(job)} 실패{korean}: {text}."), lines=(text,))


def _progress_signs(workload: Object) -> Iterator[Sign]:
    found = conditions(workload).get("Progressing") or {}
    if observed(workload) and found.get("reason") == "ProgressDeadlineExceeded":
        text = first_words(str(found.get("message") or ""))
        yield _sign(Reason.progress_deadline, workload, f"made no progress: {text}", f"진행되지 않음: {text}")


def _sign(reason: Reason, obj: Object, en: str, ko: str, *, grace: float = 0, lines: tuple[str, ...] = ()) -> Sign:
    kind = {"Pod": "파드"}.get(obj["kind"], obj["kind"])
    return Sign(reason, f"{obj['kind']}/{name(obj)}", Said(f"{obj['kind']} {name(obj)} {en}.", f"{kind} {name(obj)}: {ko}."),
                grace, "", tuple(line for line in lines if line))
