"""Figures of a load: availability, errors by word, percentiles from the intended send time, second by second.

Percentiles are exact (nearest rank over all requests); an HDR histogram (three digits, to ten minutes) in its encoded
form goes into the evidence, since other tools can read and add it up.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hdrh.histogram import HdrHistogram

from naru.model.load import Row

LOWEST, HIGHEST, DIGITS = 1, 600_000_000, 3
"""Microseconds and significant digits of every histogram."""
PERCENTILES = (50.0, 90.0, 99.0, 99.9)


@dataclass(frozen=True, slots=True)
class LoadStats:
    """Figures of some rows; latencies in milliseconds, None of nothing answered."""

    intended: int
    sent: int
    ok: int
    dropped: int
    errors: dict[str, int]
    p50: float | None
    p90: float | None
    p99: float | None
    p999: float | None
    longest: float | None
    histogram: str
    """Latencies in microseconds as an encoded HDR histogram (V2, base64)."""

    @property
    def availability(self) -> float | None:
        """Good answers among the requests that were sent; None where none was."""
        return self.ok / self.sent if self.sent else None

    def plain(self) -> dict[str, Any]:
        """For evidence and report, units in the names."""
        return {
            "intended": self.intended, "sent": self.sent, "ok": self.ok, "dropped": self.dropped, "errors": dict(self.errors),
            "availability": self.availability, "p50_milliseconds": self.p50, "p90_milliseconds": self.p90,
            "p99_milliseconds": self.p99, "p999_milliseconds": self.p999, "longest_milliseconds": self.longest,
            "histogram_microseconds": self.histogram,
        }


@dataclass(frozen=True, slots=True)
class Second:
    """One second of the load, by intended send time (latency, errors) and by time of answer (served)."""

    second: int
    offered: int
    served: int
    ok: int
    errors: int
    p50: float | None
    p90: float | None
    p99: float | None
    p999: float | None


def word_of(row: Row) -> str:
    """Empty for a good answer, else the engine's word or `http-503`."""
    return "" if row.ok else row.error or f"http-{row.status}"


def stats_of(rows: Iterable[Row], *, histogram: bool = False) -> LoadStats:
    """Figures of these rows; failed requests count with the time until they failed. `histogram` adds the encoded form."""
    errors: Counter[str] = Counter()
    latencies: list[float] = []
    intended = 0
    for row in rows:
        intended += 1
        word = word_of(row)
        if word == "dropped":
            continue
        latencies.append(row.latency)
        if word:
            errors[word] += 1
    latencies.sort()
    sent = len(latencies)
    at = [nearest_rank(latencies, p / 100) for p in (*PERCENTILES, 100.0)]
    return LoadStats(
        intended=intended, sent=sent, ok=sent - errors.total(), dropped=intended - sent, errors=dict(sorted(errors.items())),
        p50=at[0], p90=at[1], p99=at[2], p999=at[3], longest=at[4], histogram=encoded(latencies) if histogram and latencies else "",
    )


def encoded(latencies: Iterable[float]) -> str:
    """Seconds as an HDR histogram of microseconds (V2, base64)."""
    histogram = HdrHistogram(LOWEST, HIGHEST, DIGITS)
    for micros, count in Counter(max(LOWEST, min(HIGHEST, round(latency * 1_000_000))) for latency in latencies).items():
        histogram.record_value(micros, count)
    return str(histogram.encode().decode())


def seconds_of_load(rows: Sequence[Row]) -> list[Second]:
    """A series without holes from the first to the last second."""
    by_second: dict[int, list[Row]] = defaultdict(list)
    served: Counter[int] = Counter()
    for row in rows:
        by_second[math.floor(row.intended)].append(row)
        if row.ok:
            served[math.floor(row.done)] += 1
    if not by_second:
        return []
    return [_second(number, by_second.get(number, []), served[number])
            for number in range(min(by_second), max([*by_second, *served]) + 1)]


def _second(number: int, rows: list[Row], served: int) -> Second:
    latencies = sorted(row.latency for row in rows if row.error != "dropped")
    good = sum(row.ok for row in rows)
    at = [nearest_rank(latencies, p / 100) for p in PERCENTILES]
    return Second(number, len(rows), served, good, len(rows) - good, at[0], at[1], at[2], at[3])


def nearest_rank(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share does not exceed, in milliseconds; None of nothing."""
    if not ordered:
        return None
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)] * 1000, 3)


def lateness_p99(rows: Iterable[Row]) -> float | None:
    """p99 of real minus intended send time in milliseconds: how good the measurement was."""
    return nearest_rank(sorted(row.lateness for row in rows if not math.isnan(row.sent)), 0.99)

