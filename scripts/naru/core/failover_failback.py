"""Fail-back, a verdict of its own: from the undo to ready, first answer, share back; no error, no flapping, HPA at its minimum."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from naru.core.failover_faults import FAULTS, Loss
from naru.core.failover_marks import between, percentile, shares, span
from naru.core.failover_samples import DIRECT, HTTP, HTTP_LANES, Drill, FaultRun, StateChange, intended
from naru.model.cloud import FailoverLimits
from naru.model.evidence import Check
from naru.model.load import Row
from naru.model.words import Verdict

SHARE_WINDOW = 5.0
COLD_ANSWERS = 100
"""The returned cloud's first answers that count as cold."""


@dataclass(frozen=True)
class FailbackMarks:
    """Seconds on the drill's axis; None where the mark never came."""

    undo: float
    ready: float | None
    in_again: float | None
    """The director took the cloud in again."""
    first_answer: float | None
    share_back: float | None
    errors: int
    requests: int
    changes: int
    """State changes of the HTTP director since the clouds were ready, and one for each that it had taken in before."""
    cold_p99: float
    """Seconds."""


def failback_marks(drill: Drill, run: FaultRun, limits: FailoverLimits) -> FailbackMarks:
    """What happened from the undo to the end of this fault's part of the drill."""
    rows = [row for lane in HTTP_LANES for row in between(drill, lane, run.undo_sent, run.ended)]
    rows.sort(key=intended)
    changes = [c for c in drill.changes if c.director == HTTP and run.undo_sent <= c.at < run.ended and c.cloud in run.clouds]
    changes.sort(key=lambda change: change.at)
    ups = [c.at for c in changes if c.up]
    answers = [row for row in rows if row.ok and row.cloud in run.clouds and (not ups or row.done >= ups[0])]
    return FailbackMarks(
        undo=run.undo_sent, ready=run.ready, in_again=ups[-1] if ups else None,
        first_answer=answers[0].intended if answers else None,
        share_back=share_back(drill, run, rows, ups[0] if ups else run.undo_sent, limits),
        errors=sum(not row.ok for row in rows), requests=len(rows), changes=flaps(run, changes),
        cold_p99=percentile([row.latency for row in answers[:COLD_ANSWERS]], 99),
    )


def flaps(run: FaultRun, changes: list[StateChange]) -> int:
    """Changes of mind about clouds whose pods are all ready again; one for each is right.

    Before that a director only follows what it sees: starved pods are restarted by their liveness probe after the starving
    has ended, and the cloud answers, is gone and answers again.
    """
    ready = run.ready if run.ready is not None else run.ended
    count = 0
    for cloud in run.clouds:
        before = [change.up for change in changes if change.cloud == cloud and change.at < ready]
        after = [change for change in changes if change.cloud == cloud and change.at >= ready]
        count += len(after) + (before[-1:] == [True])
    return count


def share_back(drill: Drill, run: FaultRun, rows: list[Row], begin: float, limits: FailoverLimits) -> float | None:
    """Begin of the first window in which every restored cloud is within the allowed points of its weight."""
    total = sum(drill.weights.values()) or 1
    moment = begin
    while moment + SHARE_WINDOW <= run.ended + 1e-9:
        first, last = (bisect_left(rows, at, key=intended) for at in (moment, moment + SHARE_WINDOW))
        found = shares(rows[first:last])
        apart = [abs(found.get(cloud, 0) - drill.weights.get(cloud, 0) / total) * 100 for cloud in run.clouds]
        if max(apart, default=0) <= limits.share_points:
            return moment
        moment += 0.1
    return None


def judge_failback(drill: Drill, run: FaultRun, limits: FailoverLimits) -> list[Check]:
    """The checks of one fail-back."""
    marks = failback_marks(drill, run, limits)
    checks = [judge_restored(run), judge_ready(run, limits)]
    if FAULTS[run.fault].loss is Loss.healed:
        return [*checks, judge_errors(run, marks, limits, drill)]
    return [*checks, judge_share(run, marks, limits), judge_errors(run, marks, limits, drill), judge_flapping(run, marks),
            judge_cold(run, marks, limits), judge_pods(run)]


def judge_restored(run: FaultRun) -> Check:
    """The undo must be seen in the cluster's own objects."""
    return Check(
        name=f"{run.fault}: restored", verdict=Verdict.passed if run.restored else Verdict.failed,
        sentence="What the fault changed is as it was before." if run.restored
        else "What the fault changed could not be shown to be as before; run ./naru clouds up, which undoes what is left.",
        sentence_ko="장애 주입으로 바뀐 것이 모두 원복되었습니다." if run.restored else "원복이 확인되지 않았습니다. ./naru clouds up 을 실행하세요.",
    )


def judge_ready(run: FaultRun, limits: FailoverLimits) -> Check:
    """From the undo to ready endpoints; a deadline of our own, since Kubernetes has none for scaling."""
    took = span(run.undo_sent, run.ready)
    where = ", ".join(run.clouds)
    return Check(
        name=f"{run.fault}: fail-back, ready", verdict=Verdict.passed if took is not None and took <= limits.restore_seconds
        else Verdict.failed,
        sentence=f"The app in {where} was not ready within {run.ended - run.undo_sent:.0f} s after it was restored."
        if took is None else f"The app in {where} was ready {took:.1f} s after it was restored.",
        sentence_ko=f"{where}의 앱이 복구 뒤 {run.ended - run.undo_sent:.0f}초 안에 준비되지 않음."
        if took is None else f"{where}의 앱이 복구 {took:.1f}초 뒤 준비됨.",
        measured=None if took is None else round(took, 2), limit=limits.restore_seconds, unit="s",
    )


def judge_share(run: FaultRun, marks: FailbackMarks, limits: FailoverLimits) -> Check:
    """From ready to the cloud's share within the allowed points of its weight."""
    took = span(run.ready, marks.share_back)
    first = span(run.ready, marks.first_answer)
    where = ", ".join(run.clouds)
    tail = "" if first is None else f" (first answer after {first:.2f} s)"
    return Check(
        name=f"{run.fault}: fail-back, share", verdict=Verdict.passed if took is not None and took <= limits.failback_seconds
        else Verdict.failed,
        sentence=f"The share of {where} did not come back{tail}." if took is None
        else f"The share of {where} was back {took:.1f} s after ready{tail}.",
        sentence_ko=f"{where}의 비중이 돌아오지 않음." if took is None else f"{where} 준비 {took:.1f}초 뒤 비중 회복.",
        measured=None if took is None else round(took, 2), limit=limits.failback_seconds, unit="s",
    )


def judge_errors(run: FaultRun, marks: FailbackMarks, limits: FailoverLimits, drill: Drill) -> Check:
    """Coming back may not cost a single request."""
    errors, total = marks.errors, marks.requests
    if FAULTS[run.fault].clouds >= 3:  # until the first cloud is back there is nobody who could answer
        begin = marks.first_answer if marks.first_answer is not None else run.ended
        rows = [row for lane in HTTP_LANES for row in between(drill, lane, begin, run.ended)]
        errors, total = sum(not row.ok for row in rows), len(rows)
    return Check(
        name=f"{run.fault}: fail-back, errors", verdict=Verdict.passed if errors <= limits.failback_errors else Verdict.failed,
        sentence=f"{errors} of {total} requests failed while traffic came back.",
        sentence_ko=f"트래픽이 돌아오는 동안 요청 {total}건 중 {errors}건 실패.",
        measured=errors, limit=limits.failback_errors, unit="requests",
    )


def judge_flapping(run: FaultRun, marks: FailbackMarks) -> Check:
    """At most one change of the director for each restored cloud."""
    allowed = len(run.clouds)
    return Check(
        name=f"{run.fault}: fail-back, flapping", verdict=Verdict.passed if marks.changes <= allowed else Verdict.failed,
        sentence=f"The load balancer changed its mind {marks.changes} times after the restore (once for each cloud is right).",
        sentence_ko=f"복구 뒤 GSLB 상태 변경 {marks.changes}회 (클라우드마다 1회가 정상).",
        measured=marks.changes, limit=allowed, unit="changes",
    )


def judge_cold(run: FaultRun, marks: FailbackMarks, limits: FailoverLimits) -> Check:
    """The first answers of cold pods."""
    cold = marks.cold_p99 * 1000
    return Check(
        name=f"{run.fault}: fail-back, cold p99", verdict=Verdict.passed if cold <= limits.cold_p99_milliseconds else Verdict.failed,
        sentence=f"p99 of the first answers after the return was {cold:.0f} ms.", sentence_ko=f"복귀 직후 응답 p99 {cold:.0f} ms.",
        measured=round(cold, 1), limit=limits.cold_p99_milliseconds, unit="ms",
    )


def judge_pods(run: FaultRun) -> Check:
    """`scale 0` switches the HPA off; after `scale 1` it must have gone to its minimum again."""
    good = run.ready_pods >= run.minimum_pods
    return Check(
        name=f"{run.fault}: fail-back, pods", verdict=Verdict.passed if good else Verdict.failed,
        sentence=f"{run.ready_pods} pods ready at the end, minimum {run.minimum_pods}.",
        sentence_ko=f"종료 시 준비된 파드 {run.ready_pods}개, 최소 {run.minimum_pods}개.",
        measured=run.ready_pods, limit=run.minimum_pods, unit="pods",
    )


def direct_errors(drill: Drill, run: FaultRun) -> int:
    """Failures of the restored clouds' own lanes after they were ready: who sent traffic to them would have met these."""
    if run.ready is None:
        return 0
    rows = [row for cloud in run.clouds for row in between(drill, DIRECT + cloud, run.ready, run.ended)]
    return sum(not row.ok for row in rows)
