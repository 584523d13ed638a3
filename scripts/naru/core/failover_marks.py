"""The marks of one fault in one lane, and what follows from them: detection, error window, RTO, error-seconds.

effect       first failure on the direct lane of the lost cloud: from here on a user could notice
first_error  first failed request of the lane
detect       the lane's director took the (last of the) lost clouds out
share0       the lane's last answer from a lost cloud: from here on all traffic went elsewhere
last_error   last failed request of the lane
recovered    from here on every 5 s window is good: success >= 99.9 % and p99 <= the latency limit
All by intended send time.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from naru.core.failover_samples import (
    AGENT,
    DIRECT,
    DNS,
    DNS_CACHED,
    DNS_TTL,
    HTTP,
    Drill,
    FaultRun,
    failure_word,
    intended,
)
from naru.model.load import Row

WINDOW_SECONDS = 5.0
STEP_SECONDS = 0.05
SUCCESS = 0.999
LONGEST_SECONDS = 30.0
"""No request is under way for longer."""
BUCKET_SECONDS = 0.5
"""Resolution of error-seconds."""


@dataclass(frozen=True)
class Marks:
    """The marks of one lane, seconds on the drill's axis; None where the mark never came."""

    lane: str
    effect: float | None
    first_error: float | None
    detect: float | None
    share0: float | None
    last_error: float | None
    recovered: float | None
    requests: int
    failed: int
    error_seconds: float
    longest_run: int
    """Longest run of failed requests in a row."""
    classes: dict[str, int]
    """Kind of failure → number."""

    @property
    def detection(self) -> float | None:
        """Seconds from effect to the director's decision; a decision that came before the first failure counts 0."""
        return span(self.effect, self.detect)

    @property
    def convergence(self) -> float | None:
        """Seconds from the decision to share 0."""
        return span(self.detect, self.share0)

    @property
    def error_window(self) -> float:
        """Seconds from the first to the last failed request; 0 where none failed."""
        return span(self.first_error, self.last_error) or 0.0

    @property
    def rto(self) -> float | None:
        """Seconds from effect until the lane was good again for the rest of the fault; None where it never was."""
        return span(self.effect, self.recovered)


def span(begin: float | None, end: float | None) -> float | None:
    """Seconds between two marks, never below 0; None where one is missing."""
    return None if begin is None or end is None else max(0.0, end - begin)


def marks_of(drill: Drill, run: FaultRun, lane: str, *, latency_limit: float) -> Marks:
    """The marks of one fault in one lane; `latency_limit` in seconds."""
    effect = effect_mark(drill, run)
    begin = run.sent if effect is None else effect
    rows = rows_during(drill, lane, run)
    failures = [row for row in rows if not row.ok]
    lost = [row.intended for row in rows if row.cloud in run.clouds]
    return Marks(
        lane=lane,
        effect=effect,
        first_error=max(failures[0].intended, run.sent) if failures else None,
        detect=detect_mark(drill, run, director_of(lane)),
        share0=None if effect is None else max([effect, *lost]),
        last_error=max(failures[-1].intended, run.sent) if failures else None,
        recovered=recovered_mark(rows, begin, run.undo_sent, latency_limit=latency_limit) if rows else None,
        requests=len(rows),
        failed=len(failures),
        error_seconds=error_seconds(rows),
        longest_run=longest_run(rows),
        classes=classes_of(failures),
    )


def rows_during(drill: Drill, lane: str, run: FaultRun) -> list[Row]:
    """The lane's rows that the fault could touch: those under way when it came, and those begun before its undo."""
    return [row for row in between(drill, lane, run.sent - LONGEST_SECONDS, run.undo_sent) if row.done >= run.sent]


def director_of(lane: str) -> str:
    """The director that this lane depends on."""
    return DNS if lane in {DNS_TTL, DNS_CACHED, AGENT} else HTTP


def effect_mark(drill: Drill, run: FaultRun) -> float | None:
    """First failure on a lost cloud's direct lane, never before the fault was asked for.

    A request that was on its way when the cloud froze was intended earlier but failed because of the fault, hence `done`.
    """
    rows = [row for cloud in run.clouds for row in rows_during(drill, DIRECT + cloud, run)]
    return min((max(row.intended, run.sent) for row in rows if not row.ok), default=None)


def detect_mark(drill: Drill, run: FaultRun, director: str) -> float | None:
    """When the director had taken out every lost cloud that it did take out; None where one is still in."""
    moments = []
    for cloud in run.clouds:
        downs = [
            change.at for change in drill.changes
            if change.director == director and change.cloud == cloud and not change.up and run.sent <= change.at < run.undo_sent
        ]
        if not downs:
            return None
        moments.append(downs[0])
    return max(moments, default=None)


def between(drill: Drill, lane: str, begin: float, end: float) -> list[Row]:
    """The lane's rows that were meant to be sent in that time, in order."""
    rows = drill.by_lane.get(lane, [])
    return rows[bisect_left(rows, begin, key=intended):bisect_left(rows, end, key=intended)]


def recovered_mark(rows: Sequence[Row], begin: float, end: float, *, latency_limit: float) -> float | None:
    """Begin of the first window after the last bad one; None where the last whole window is still bad.

    Scans backwards from the last whole window, so that a lull between two outages is not taken for recovery.
    """
    steps = max(0, math.floor((end - WINDOW_SECONDS - begin) / STEP_SECONDS + 1e-9))
    mark = None
    for step in range(steps, -1, -1):
        moment = begin + step * STEP_SECONDS
        if not window_is_good(rows, moment, latency_limit=latency_limit):
            break
        mark = moment
    return mark


def window_is_good(rows: Sequence[Row], begin: float, *, latency_limit: float) -> bool:
    """Success >= 99.9 % and p99 within the limit in `[begin, begin + 5 s)`; an empty window is not good. Rows in order."""
    first, last = (bisect_left(rows, moment - 1e-9, key=intended) for moment in (begin, begin + WINDOW_SECONDS))
    window = rows[first:last]
    good = [row.latency for row in window if row.ok]
    return bool(window) and len(good) / len(window) >= SUCCESS and percentile(good, 99) <= latency_limit


def error_seconds(rows: Sequence[Row]) -> float:
    """Sum over time of the failing share: one second in which a third fails counts a third of a second."""
    buckets: dict[int, list[int]] = {}
    for row in rows:
        bucket = buckets.setdefault(int(row.intended / BUCKET_SECONDS), [0, 0])
        bucket[0] += 1
        bucket[1] += not row.ok
    return sum(failed / total for total, failed in buckets.values()) * BUCKET_SECONDS


def longest_run(rows: Sequence[Row]) -> int:
    """Most failures in a row."""
    best = current = 0
    for row in rows:
        current = 0 if row.ok else current + 1
        best = max(best, current)
    return best


def classes_of(failures: Iterable[Row]) -> dict[str, int]:
    """Kind of failure → number, most frequent first."""
    counts: dict[str, int] = {}
    for row in failures:
        word = failure_word(row)
        counts[word] = counts.get(word, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest-rank percentile; 0 for no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def shares(rows: Iterable[Row]) -> dict[str, float]:
    """Cloud → share of the answers that named a cloud, 0 to 1."""
    counts: dict[str, int] = {}
    for row in rows:
        if row.cloud:
            counts[row.cloud] = counts.get(row.cloud, 0) + 1
    total = sum(counts.values())
    return {cloud: number / total for cloud, number in sorted(counts.items())}
