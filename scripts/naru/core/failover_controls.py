"""Is the drill itself to be trusted: steady state, load generator, and the control runs in which nothing may shift."""

from __future__ import annotations

import math
from collections.abc import Sequence

from naru.core.failover_marks import SUCCESS, between, percentile, shares
from naru.core.failover_samples import DNS, DNS_TTL, HTTP, HTTP_LANES, Drill, Stretch
from naru.model.cloud import FailoverLimits
from naru.model.evidence import Check
from naru.model.load import Row
from naru.model.words import Verdict


def rows_of(drill: Drill, lanes: Sequence[str], begin: float, end: float) -> list[Row]:
    """The rows of several lanes in that time."""
    return [row for lane in lanes for row in between(drill, lane, begin, end)]


def judge_steady(drill: Drill, limits: FailoverLimits) -> Check:
    """Before any fault: success >= 99.9 %, each cloud near its weight. Otherwise nothing is learned from a fault."""
    stretch = drill.stretch("steady")
    rows = [] if stretch is None else rows_of(drill, HTTP_LANES, stretch.begin, stretch.end)
    if not rows:
        return Check(
            name="steady state", verdict=Verdict.inconclusive,
            sentence="No request was answered before the first fault, so there is nothing to compare with.",
            sentence_ko="첫 장애 이전에 응답이 하나도 없어 비교할 기준이 없습니다.",
        )
    success = sum(row.ok for row in rows) / len(rows)
    worst, points = worst_share(rows, drill.weights)
    good = success >= SUCCESS and points <= limits.share_points
    return Check(
        name="steady state", verdict=Verdict.passed if good else Verdict.inconclusive,
        sentence=f"Before the faults {success:.2%} of {len(rows)} requests were answered well; "
                 f"the share of {worst} lay {points:.1f} points from its weight.",
        sentence_ko=f"장애 이전 요청 {len(rows)}건 중 {success:.2%}가 정상 응답; {worst}의 비중은 가중치와 {points:.1f}포인트 차이.",
        measured=round(points, 2), limit=limits.share_points, unit="points",
    )


def worst_share(rows: Sequence[Row], weights: dict[str, float]) -> tuple[str, float]:
    """The cloud whose share lies farthest from its weight, and by how many points of 100."""
    found, total = shares(rows), sum(weights.values()) or 1
    apart = {cloud: abs(found.get(cloud, 0) - weight / total) * 100 for cloud, weight in weights.items()}
    worst = max(apart, key=lambda cloud: (apart[cloud], cloud), default="")
    return worst, apart.get(worst, 0.0)


def judge_generator(drill: Drill, limits: FailoverLimits) -> Check:
    """Late or dropped sends mean that the measurement was not good enough, whatever the system did."""
    late = percentile([row.lateness for row in drill.rows if not math.isnan(row.sent)], 99) * 1000
    good = late <= limits.late_send_p99_milliseconds and not drill.dropped and bool(drill.rows)
    return Check(
        name="load generator", verdict=Verdict.passed if good else Verdict.inconclusive,
        sentence=f"{len(drill.rows)} requests, p99 of the delay between intended and real send time {late:.1f} ms, "
                 f"{drill.dropped} not sent.",
        sentence_ko=f"요청 {len(drill.rows)}건, 예정 대비 실제 전송 지연 p99 {late:.1f} ms, 미전송 {drill.dropped}건.",
        measured=round(late, 2), limit=limits.late_send_p99_milliseconds, unit="ms",
    )


def judge_rate(drill: Drill, limits: FailoverLimits) -> Check:
    """Enough requests per second for the marks to mean something (100/s resolves 10 ms)."""
    first = min((row.intended for row in drill.rows), default=0.0)
    seconds = max((row.intended for row in drill.rows), default=0.0) - first
    rate = len(drill.rows) / seconds if seconds else 0.0
    return Check(
        name="request rate", verdict=Verdict.passed if rate >= limits.requests_per_second else Verdict.inconclusive,
        sentence=f"{rate:.0f} requests per second over {seconds:.0f} s.", sentence_ko=f"{seconds:.0f}초 동안 초당 {rate:.0f}건.",
        measured=round(rate, 1), limit=limits.requests_per_second, unit="requests/s",
    )


def judge_control(drill: Drill, stretch: Stretch, limits: FailoverLimits) -> Check:
    """Nothing may shift where nothing (or a blip shorter than detection) happened."""
    moved = [c for c in drill.changes if stretch.begin <= c.at < stretch.end]
    http = rows_of(drill, HTTP_LANES, stretch.begin, stretch.end)
    _, points = worst_share(http, drill.weights)
    failed = sum(not row.ok for row in http)
    blip = stretch.name == "blip"
    good = bool(http) and not moved and (blip or (not failed and points <= limits.share_points))
    what, what_ko = (
        (f"A blip of {stretch.blip_seconds:.2g} s in {stretch.cloud}", f"{stretch.cloud}의 {stretch.blip_seconds:.2g}초 순간 장애")
        if blip else (f"{stretch.end - stretch.begin:.0f} s without a fault", f"장애 없는 {stretch.end - stretch.begin:.0f}초 구간")
    )
    return Check(
        name=f"{stretch.name} run", verdict=Verdict.passed if good else Verdict.failed if http else Verdict.inconclusive,
        sentence=f"{what}: {len(moved)} state changes of the directors{named(moved)}, {failed} of {len(http)} requests failed.",
        sentence_ko=f"{what_ko}: GSLB 상태 변경 {len(moved)}회, 요청 {len(http)}건 중 {failed}건 실패.",
        measured=len(moved), limit=0, unit="changes",
    )


def named(changes: Sequence[object]) -> str:
    """Which directors moved which clouds, for a sentence; empty where none did."""
    words = sorted({f"{getattr(c, 'director', '')} {getattr(c, 'cloud', '')}" for c in changes})
    return f" ({', '.join(words)})" if words else ""


def judge_stamps(drill: Drill) -> Check | None:
    """Our stamp of each change against the director's own, which must agree within 50 ms; None where it has none."""
    apart = [abs(c.at - c.logged) * 1000 for c in drill.changes if c.logged is not None and c.director == HTTP]
    if not apart:
        return None
    worst = max(apart)
    return Check(
        name="stamps agree", verdict=Verdict.passed if worst <= 50 else Verdict.inconclusive,
        sentence=f"Our stamps of {len(apart)} state changes lie at most {worst:.1f} ms from HAProxy's log.",
        sentence_ko=f"상태 변경 {len(apart)}건의 시각이 HAProxy 로그와 최대 {worst:.1f} ms 차이.",
        measured=round(worst, 2), limit=50, unit="ms",
    )


def dns_lane_exists(drill: Drill) -> bool:
    """True if DNS mode was part of the drill."""
    return any(row.lane.startswith(DNS_TTL) for row in drill.rows) or any(c.director == DNS for c in drill.changes)
