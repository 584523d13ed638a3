"""Predicts detection and RTO from a site's own settings (interval, timeout, fall, TTL), to hold the measurement against.

A check that fails at once is repeated each interval, so `fall` failures take between `fall - 1` and `fall` intervals from
the effect on. A check that gets no answer fails after its timeout, and the next one begins at the next tick of the interval
after that. A client that asked the DNS server just before the change keeps the lost address for a whole TTL.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from naru.core.failover_faults import Loss
from naru.core.failover_samples import DNS
from naru.model.cloud import GslbRules


@dataclass(frozen=True)
class Range:
    """Least, mean and most, seconds."""

    least: float
    mean: float
    most: float

    def plus(self, least: float, mean: float, most: float) -> Range:
        """The sum of two independent parts."""
        return Range(self.least + least, self.mean + mean, self.most + most)

    def plain(self) -> dict[str, float]:
        """Rounded to milliseconds, for the summary."""
        return {"least": round(self.least, 3), "mean": round(self.mean, 3), "most": round(self.most, 3)}


@dataclass(frozen=True)
class Clients:
    """The clients whose recovery is predicted: each keeps its own cached address and asks at its own rate."""

    number: int
    requests_per_second: float
    """Of each client."""
    lost_share: float = 1 / 3
    """Share of the clients that hold the lost address."""


def predicted_detection(rules: GslbRules, loss: Loss) -> Range:
    """From effect to the director's decision."""
    interval, fall = rules.interval_seconds, rules.fall
    if loss is not Loss.silent:
        return Range((fall - 1) * interval, (fall - 0.5) * interval, fall * interval)
    period = (math.floor(rules.timeout_seconds / interval + 1e-9) + 1) * interval
    after = (fall - 1) * period + rules.timeout_seconds
    return Range((fall - 1) * max(interval, rules.timeout_seconds) + rules.timeout_seconds, after + interval / 2, after + interval)


def predicted_rto(rules: GslbRules, loss: Loss, director: str, *, redispatch: bool = True, clients: Clients | None = None) -> Range:
    """From effect to the last failed request.

    Behind the HTTP director a refused request is sent elsewhere at once: nobody waits for the detection. With `clients`
    the mean is that of the last failure such a number of clients can *see*; without, that of the unluckiest of many.
    """
    detection = predicted_detection(rules, loss)
    if director != DNS:
        return Range(0, 0, 0) if loss is Loss.refused and redispatch else detection
    ttl = rules.dns_ttl_seconds
    return detection.plus(0, ttl if clients is None else seen_staleness(ttl, clients), ttl)


def seen_staleness(ttl: float, clients: Clients) -> float:
    """Mean time from the change to the last request that a cached address sends astray.

    A client that asks every p seconds uses an address last at the age of the last whole p within the TTL and asks DNS
    again one p later; where n clients hold the lost address, the youngest of these is one (n + 1)th of that cycle old.
    """
    pause = 1 / clients.requests_per_second
    uses = math.floor(ttl / pause + 1e-3)
    holders = max(1.0, clients.number * clients.lost_share)
    return max(0.0, uses * pause - (uses + 1) * pause / (holders + 1))


def deviation_percent(predicted: float, measured: float) -> float:
    """How far the measured value lies from the predicted one, signed, percent of the predicted."""
    return 0.0 if predicted == 0 else (measured - predicted) / predicted * 100
