"""Entry checks of the scaling proof: can this HPA work at all? Judged from the cluster's objects before any load."""

from __future__ import annotations

from naru.core.scaling_objects import (
    condition,
    containers_without_request,
    cpu_target,
    foreign_pods,
    is_ready,
    moment_of,
    replica_range,
)
from naru.core.scaling_record import MetricPoll, ScalingRun, Timing
from naru.core.scaling_words import check
from naru.model.evidence import Check

ROOM = 4
"""maxReplicas must exceed minReplicas by so much that a number lies strictly between min+1 and max-1."""


def entry_checks(run: ScalingRun) -> list[Check]:
    """All entry checks, in the order in which a person would look."""
    return [_requests(run), _metric(run), _room(run), _foreign(run), _hpa(run), _fresh(run), _minimum(run)]


def freshness_limit(timing: Timing) -> float:
    """Seconds without a new CPU reading that this cluster's own timing still explains."""
    return 2 * timing.resolution + timing.housekeeping * (1 + timing.jitter)


def longest_silence(polls: tuple[MetricPoll, ...], begin: float, end: float) -> tuple[float, str]:
    """(longest time between two new readings within the span, the fault that was seen in it)."""
    newest, since, longest, fault, worst = "", begin, 0.0, "", ""
    for poll in polls:
        if poll.mono > end:
            break
        latest = max((cpu.at for cpu in poll.pods.values()), default="")
        if latest > newest:
            newest = latest
            if poll.mono >= begin:
                since, fault = poll.mono, ""
        fault = poll.fault or fault
        if poll.mono >= begin and poll.mono - since > longest:
            longest, worst = poll.mono - since, fault
    if polls and end != float("inf") and end - since > longest:  # the last poll may still have been waiting for its answer
        longest, worst = end - since, fault
    return longest, worst


def _requests(run: ScalingRun) -> Check:
    without = containers_without_request(run.entry["deployment"])
    names = ", ".join(without)
    if without:
        return check("requests_set", False,
                     f"Container {names} of {run.deployment} sets no CPU request, so the HPA cannot compute a utilization.",
                     f"{run.deployment}의 컨테이너 {names}에 CPU 요청값이 없어 HPA가 사용률을 계산할 수 없습니다.", measured=len(without), limit=0)
    return check("requests_set", True, "Every container sets a CPU request.", "모든 컨테이너에 CPU 요청값이 있습니다.", measured=0, limit=0)


def _metric(run: ScalingRun) -> Check:
    target = cpu_target(run.entry["hpa"])
    if target is None:
        return check("cpu_metric", False, f"HPA {run.hpa} has no CPU utilization target, so CPU load cannot prove it.",
                     f"HPA {run.hpa}에 CPU 사용률 목표가 없어 CPU 부하로 검증할 수 없습니다.")
    return check("cpu_metric", True, f"HPA {run.hpa} aims at {target:.0%} of the CPU request.",
                 f"HPA {run.hpa}의 목표는 CPU 요청값의 {target:.0%}입니다.", measured=target)


def _room(run: ScalingRun) -> Check:
    low, high = replica_range(run.entry["hpa"])
    if high - low < ROOM:
        return check("room_to_scale", False,
                     f"HPA {run.hpa} may run {low} to {high} pods: its maximum is too low, no load step fits strictly between {low + 1} and "
                     f"{high - 1}, so overshoot could not show. It needs maxReplicas {low + ROOM} or more.",
                     f"HPA {run.hpa}의 범위가 {low}~{high}개로 최대값이 너무 낮아 {low + 1}개와 {high - 1}개 사이의 단계를 만들 수 없습니다. "
                     f"maxReplicas가 {low + ROOM} 이상이어야 합니다.", measured=high, limit=low + ROOM, unit="pods")
    return check("room_to_scale", True, f"HPA {run.hpa} may run {low} to {high} pods.", f"HPA {run.hpa}의 범위는 {low}~{high}개입니다.",
                 measured=high, limit=low + ROOM, unit="pods")


def _foreign(run: ScalingRun) -> Check:
    strange = foreign_pods(run.entry["pods"], run.entry["replica_sets"], run.deployment)
    if strange:
        names = ", ".join(strange[:3])
        return check("no_foreign_pods", False,
                     f"Pod {names} matches the HPA's selector but does not belong to {run.deployment}: its CPU counts in every decision.",
                     f"파드 {names}은(는) {run.deployment} 소속이 아니지만 HPA 셀렉터에 걸려 모든 결정에 반영됩니다.", measured=len(strange), limit=0)
    return check("no_foreign_pods", True, f"Only pods of {run.deployment} match the HPA's selector.",
                 f"HPA 셀렉터에는 {run.deployment}의 파드만 있습니다.", measured=0, limit=0)


def _hpa(run: ScalingRun) -> Check:
    for kind in ("AbleToScale", "ScalingActive"):
        found = condition(run.entry["hpa"], kind)
        if found is None or found.get("status") != "True":
            why = f"{found.get('reason')}: {found.get('message')}" if found else "the HPA has not looked yet"
            return check("hpa_ready", False, f"HPA {run.hpa} cannot scale: {kind} is not True ({why}).",
                         f"HPA {run.hpa}이(가) 동작할 수 없습니다: {kind} 조건이 True가 아닙니다 ({why}).")
    return check("hpa_ready", True, f"HPA {run.hpa} is able to scale and active.", f"HPA {run.hpa}이(가) 동작할 수 있습니다.")


def _fresh(run: ScalingRun) -> Check:
    limit = freshness_limit(run.timing)
    ready = [pod["metadata"]["name"] for pod in run.entry["pods"] if is_ready(pod)]
    last = run.metrics[0] if run.metrics else None
    missing = [name for name in ready if last is None or name not in last.pods]
    if last is None or last.fault or missing:
        why = (last.fault if last else "") or f"no reading of {', '.join(missing[:3])}"
        return check("metrics_fresh", False, f"metrics.k8s.io has no CPU reading for every pod of {run.deployment}: {why}.",
                     f"metrics.k8s.io에 {run.deployment}의 모든 파드에 대한 CPU 값이 없습니다: {why}.")
    age = moment_of(str(run.entry.get("at", ""))) - min(moment_of(last.pods[name].at) for name in ready)
    return check("metrics_fresh", age <= limit, f"The oldest CPU reading was {age:.0f} s old (limit {limit:.0f} s).",
                 f"가장 오래된 CPU 값은 {age:.0f}초 전입니다(한도 {limit:.0f}초).", measured=age, limit=limit, unit="s")


def _minimum(run: ScalingRun) -> Check:
    low, _ = replica_range(run.entry["hpa"])
    count = sum(is_ready(pod) for pod in run.entry["pods"])
    spec = int(run.entry["deployment"]["spec"].get("replicas", 1))
    good = count == spec == low
    return check("at_minimum", good, f"{count} pods are ready and {spec} wanted before the load; the minimum is {low}.",
                 f"부하 전 준비된 파드는 {count}개, 요청된 수는 {spec}개이며 최소값은 {low}개입니다.", measured=count, limit=low, unit="pods")
