"""Signs in a pod's containers: cannot be started, crash, run out of memory, miss their configuration, fail their probe."""

from __future__ import annotations

import re
from collections.abc import Iterator

from naru.core.diagnosis_images import image_signs
from naru.core.history import Death, History
from naru.core.probes import start_allowance
from naru.core.said import Said
from naru.core.seen_container import SeenContainer, first_words
from naru.core.sign import Reason, Sign
from naru.core.world import Object, World, container_statuses, uid

START_ERRORS = {"RunContainerError", "StartError", "CreateContainerError", "ContainerCannotRun", "PreStartHookError",
                "PostStartHookError", "PreCreateHookError"}
CONFIG_GRACE = 10.0


def container_signs(world: World, pod: Object, history: History, least_start: float, *, restarts: bool = True) -> Iterator[Sign]:
    """Signs of one pod of the release; without `restarts` (a Job's pod) crashes are left to its owner."""
    for group, status in container_statuses(pod):
        seen = SeenContainer(world, history, pod, group, status)
        yield from image_signs(seen)
        yield from _waiting_signs(seen)
        if restarts:
            yield from _crash_signs(seen)
            yield from _probe_signs(seen, least_start)


def missing_config(message: str) -> Said | None:
    """Which Secret or ConfigMap (or key of it) a message says is missing, or None."""
    found = re.search(r'(secret|configmap) "([^"]+)" not found', message, re.IGNORECASE)
    if found:
        kind = "Secret" if found.group(1).lower() == "secret" else "ConfigMap"
        return Said(f"the {kind} {found.group(2)} is missing", f"{kind} {found.group(2)}가 없음")
    key = re.search(r"couldn't find key (\S+) in (Secret|ConfigMap) (?:\S+/)?(\S+)", message)
    if key:
        kind, which = key.group(2), key.group(3).rstrip(".")
        return Said(f"the {kind} {which} has no key {key.group(1)}", f"{kind} {which}에 키 {key.group(1)}가 없음")
    return None


def _waiting_signs(seen: SeenContainer) -> Iterator[Sign]:
    reason, message = str(seen.waiting.get("reason") or ""), str(seen.waiting.get("message") or "")
    text = first_words(message)
    if reason == "CreateContainerConfigError":
        what = missing_config(message) or Said(text, text)
        yield seen.sign(Reason.missing_config, Said(f"cannot start, {what.en}", f"시작할 수 없음, {what.ko}"),
                        grace=CONFIG_GRACE, lines=(message,))
    elif reason in START_ERRORS:
        yield seen.sign(Reason.start_error, Said(f"cannot be started: {text}", f"시작할 수 없음: {text}"), lines=(message,))


def _crash_signs(seen: SeenContainer) -> Iterator[Sign]:
    deaths = seen.deaths()
    bad = [death for death in deaths if death.exit_code != 0]
    last = bad[-1] if bad else deaths[-1] if deaths else None
    restarts = int(seen.status.get("restartCount") or 0) - seen.history.restarts_before.get(seen.key, 0)
    if last is not None and last.reason == "OOMKilled":
        limit = ((seen.spec.get("resources") or {}).get("limits") or {}).get("memory", "none")
        yield seen.sign(Reason.out_of_memory, Said(
            f"was killed for using more memory than its limit of {limit}", f"메모리 한도 {limit}를 넘어 종료됨"))
    elif seen.waiting.get("reason") == "CrashLoopBackOff" or len(bad) >= 2 or (restarts >= 2 and bad):
        yield _crash(seen, last, max(restarts, len(bad), 1))
    elif last is not None and last.was_ready and not seen.deleting:
        why, killed = _killed(seen)
        yield seen.sign(Reason.died_after_ready, Said(
            f"ended {_how(last).en} after it had become ready{why.en}", f"준비된 뒤 {_how(last).ko} 종료됨{why.ko}"), lines=_words(last) + killed)


def _crash(seen: SeenContainer, last: Death | None, times: int) -> Sign:
    how = _how(last) if last else Said("again and again", "반복해서")
    why, killed = _killed(seen)
    said = Said(f"keeps crashing: it ended {how.en}{why.en}, {times} time{'s' if times > 1 else ''} so far",
                f"계속 죽음: {how.ko} 종료{why.ko}, 지금까지 {times}번")
    return seen.sign(Reason.crash_loop, said, lines=_words(last) + killed)


def _killed(seen: SeenContainer) -> tuple[Said, tuple[str, ...]]:
    """Whether the kubelet ended it for its liveness probe, and the Event that says so."""
    found = [str(e["message"]) for e in seen.world.events_of(seen.pod) if e.get("reason") == "Killing" and "liveness" in str(e.get("message"))]
    return (Said(" because its liveness probe failed", " (라이브니스 프로브 실패)") if found else Said("", "")), tuple(found[-1:])


def _probe_signs(seen: SeenContainer, least_start: float) -> Iterator[Sign]:
    running = (seen.status.get("state") or {}).get("running")
    if seen.group != "main" or not running or seen.status.get("ready") or seen.deleting:
        return
    if seen.history.ready_drops.get(uid(seen.pod), 0):
        return  # it was ready before: judged as flapping
    allowance = max(least_start, start_allowance(seen.spec))
    answers = [str(e.get("message")) for e in seen.world.events_of(seen.pod) if e.get("reason") == "Unhealthy" and seen.history.is_new(e)]
    answer = first_words(answers[-1]) if answers else "no probe was answered"
    yield seen.sign(Reason.probe, Said(
        f"runs but is not ready {allowance:g} s after its start: {answer}", f"실행 후 {allowance:g}초가 지나도 준비되지 않음: {answer}"),
        grace=allowance, lines=tuple(answers[-2:]))


def _how(death: Death) -> Said:
    if death.signal:
        return Said(f"by signal {death.signal}", f"시그널 {death.signal}로")
    return Said(f"with exit code {death.exit_code}", f"종료 코드 {death.exit_code}로")


def _words(death: Death | None) -> tuple[str, ...]:
    return tuple(death.message.splitlines()[-3:]) if death and death.message else ()
