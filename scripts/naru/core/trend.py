"""Figures over the nights: a change is called out only beyond the noise that the nights before it had.

Noise is the median absolute deviation, so that one bad night neither hides a change nor invents one.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from naru.model.nights import ProofRecord

NEEDED_NIGHTS = 5
WINDOW_NIGHTS = 14
SIGMAS = 4.0
NORMAL = 1.4826
"""Median absolute deviation of a normal distribution → its standard deviation."""
LEAST_SHARE = 0.10
"""A change below this share of the median is never called out, however quiet the nights were."""


@dataclass(frozen=True)
class Change:
    """One figure that moved."""

    cloud: str
    proof: str
    figure: str
    before: float
    """Median of the nights before."""
    now: float
    noise: float

    @property
    def sentence(self) -> str:
        """`naver scaling first_pod_ready_seconds: 12.1 → 19.4 (noise ±1.2)`."""
        return f"{self.cloud} {self.proof} {self.figure}: {self.before:.4g} → {self.now:.4g} (noise ±{self.noise:.2g})"


def changes(history: Iterable[ProofRecord]) -> list[Change]:
    """The figures whose last night left the noise of up to 14 nights before it; fewer than 5 say nothing."""
    series: dict[tuple[str, str, str], dict[str, float]] = {}
    for record in sorted((record for record in history if record.controls_good), key=lambda record: record.day):
        for figure, value in record.figures.items():
            series.setdefault((record.cloud, record.proof.value, figure), {})[record.day] = value
    last_day = max((day for nights in series.values() for day in nights), default="")
    found = [_change(key, list(nights.values())) for key, nights in sorted(series.items()) if last_day in nights]
    return [change for change in found if change is not None]


@dataclass(frozen=True)
class Departure:
    """The last of a series of values, outside the noise of those before it."""

    before: float
    """Median of the values before."""
    now: float
    noise: float


def departure(values: Sequence[float]) -> Departure | None:
    """None where the last value is within the noise of up to 14 before it, or where there are fewer than 5."""
    before, now = values[-WINDOW_NIGHTS - 1 : -1], values[-1]
    if len(before) < NEEDED_NIGHTS:
        return None
    median = statistics.median(before)
    noise = SIGMAS * NORMAL * statistics.median(abs(value - median) for value in before)
    limit = max(noise, LEAST_SHARE * abs(median))
    return Departure(median, now, limit) if abs(now - median) > limit else None


def _change(key: tuple[str, str, str], values: Sequence[float]) -> Change | None:
    found = departure(values)
    return None if found is None else Change(*key, before=found.before, now=found.now, noise=found.noise)
