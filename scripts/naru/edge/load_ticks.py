"""Counts one second of a running load and tells it when it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from naru.model.load import Row, Tick


class TickCounter:
    """Answers count in the second in which they came, offers in that in which they were due or, late, sent."""

    def __init__(self, report: Callable[[Tick], None]) -> None:
        self._report = report
        self.second = 0
        self._clear()

    def _clear(self) -> None:
        self.offered = 0
        self.ok = 0
        self.errors: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.lateness: list[float] = []
        self.pods: Counter[str] = Counter()
        self.clouds: Counter[str] = Counter()
        self.lanes: Counter[str] = Counter()

    def count(self, row: Row) -> None:
        """One request came to its end (or, dropped, was never begun)."""
        if row.error != "dropped":
            self.latencies.append(row.latency)
        if not row.ok:
            self.errors[row.error or f"http-{row.status}"] += 1
            return
        self.ok += 1
        self.lanes[row.lane] += 1
        self.clouds[row.cloud] += 1
        self.pods[row.pod] += 1

    def turn(self, now: float, in_flight: int) -> None:
        """Tell every second that is over at `now` (seconds since the origin)."""
        while now >= self.second + 1:
            self._report(self._tick(in_flight))
            self.second += 1
            self._clear()

    def _tick(self, in_flight: int) -> Tick:
        self.pods.pop("", None)
        self.clouds.pop("", None)
        return Tick(
            second=self.second, offered=self.offered, answered=len(self.latencies), ok=self.ok, errors=dict(self.errors),
            in_flight=in_flight, p50_milliseconds=quantile_ms(self.latencies, 0.5),
            p99_milliseconds=quantile_ms(self.latencies, 0.99),
            lateness_p99_milliseconds=quantile_ms(self.lateness, 0.99), pods=dict(self.pods), clouds=dict(self.clouds),
            lanes=dict(self.lanes),
        )


def quantile_ms(values: list[float], share: float) -> float | None:
    """The nearest-rank quantile of seconds, in milliseconds; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 3)
