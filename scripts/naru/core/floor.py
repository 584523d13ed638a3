"""The floor: the earliest moment at which an HPA can decide, given how often CPU is sampled, stored and looked at.

A model, not a measurement: cAdvisor samples each pod every H to H·(1 + jitter) seconds, metrics-server takes the newest sample every M
seconds and gives the rate between its last two, the HPA looks every S seconds; phases are random, everything else
takes no time. Calibration ends with a reading, so the step comes soon after a scrape; where readings show when, the
model takes that phase for given. The measured time minus the model's median is the *excess over floor*.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

TRIALS = 2_000
SEED = 20_231_130
"""The same model gives the same figures, so that evidence can be judged again."""
GIVE_UP_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class FloorModel:
    """What the time of a decision depends on; times in seconds, loads as shares of the CPU request."""

    housekeeping: float
    """H: between two CPU samples of a pod."""
    resolution: float
    """M: between two scrapes of metrics-server."""
    sync: float
    """S: between two looks of the HPA."""
    target: float
    before: float
    after: float
    tolerance: float = 0.1
    pods: int = 1
    """Their samples have phases of their own; the HPA looks at the mean."""
    jitter: float = 0.0
    """cAdvisor draws each distance anew between H and H·(1 + jitter); its own jitter is 1."""
    first_scrape: float | None = None
    """When after the step metrics-server scrapes first, where readings have shown it; None: its phase is random, too."""


@dataclass(frozen=True, slots=True)
class Floor:
    """Distribution of the earliest possible decision, seconds after the load step."""

    p5: float
    median: float
    p95: float
    maximum: float
    share_undecided: float
    """Trials in which the step never passes target and tolerance."""
    times: tuple[float, ...] = ()
    """All trials, in order."""

    def percentile_of(self, seconds: float) -> float:
        """Share of trials that decide no later than this."""
        return sum(time <= seconds for time in self.times) / len(self.times) if self.times else 0.0


@lru_cache(maxsize=64)
def floor_of(model: FloorModel, *, trials: int = TRIALS, seed: int = SEED) -> Floor:
    """Simulate; raises ValueError for a model without sensible times."""
    if min(model.housekeeping, model.resolution, model.sync, model.target) <= 0 or model.pods < 1:
        raise ValueError(f"the floor has no model with {model}")
    if model.after <= model.target * (1 + model.tolerance):
        return Floor(GIVE_UP_SECONDS, GIVE_UP_SECONDS, GIVE_UP_SECONDS, GIVE_UP_SECONDS, 1.0)
    dice = random.Random(seed)  # noqa: S311 (phases of a model, no secret)
    times = tuple(sorted(_decision(model, dice) for _ in range(trials)))

    def at(share: float) -> float:
        return round(times[min(trials - 1, int(share * trials))], 3)

    return Floor(at(0.05), at(0.5), at(0.95), at(1.0), 0.0, times)


def _decision(model: FloorModel, dice: random.Random) -> float:
    """One trial with phases of its own: the first look that sees a rate above the threshold."""
    samples = [_sampling(model, dice) for _ in range(model.pods)]
    scrape = dice.uniform(0, model.resolution) if model.first_scrape is None else model.first_scrape
    look = dice.uniform(0, model.sync)
    back = 2 * max(1, round(model.housekeeping * (1 + model.jitter) / model.resolution + 0.5))
    seen_from = _visible(model, samples, scrape - back * model.resolution)
    return look if look >= seen_from else look + -(-(seen_from - look) // model.sync) * model.sync


def _visible(model: FloorModel, pods: list[Iterator[float]], scrape: float) -> float:
    """When metrics-server first stores a mean rate above the threshold."""
    threshold = model.target * (1 + model.tolerance)
    coming = [next(samples) for samples in pods]
    last = [0.0] * len(pods)
    known = [False] * len(pods)
    rates = [model.before] * len(pods)
    while True:
        for number, samples in enumerate(pods):
            newest = None
            while coming[number] <= scrape:
                newest, coming[number] = coming[number], next(samples)
            if newest is None:
                continue
            if known[number]:
                rates[number] = (_used(newest, model) - _used(last[number], model)) / (newest - last[number])
            last[number], known[number] = newest, True
        if all(known) and sum(rates) / len(rates) > threshold:
            return scrape
        scrape += model.resolution


def _sampling(model: FloorModel, dice: random.Random) -> Iterator[float]:
    """Times of one pod's samples, from well before the step at 0."""
    longest = model.housekeeping * (1 + model.jitter)
    at = -2 * (longest + model.resolution) + dice.uniform(0, longest)
    while True:
        yield at
        at += model.housekeeping * (1 + dice.uniform(0, model.jitter) if model.jitter else 1)


def _used(at: float, model: FloorModel) -> float:
    """CPU used up to `at`; the step comes at 0."""
    return at * (model.after if at > 0 else model.before)
