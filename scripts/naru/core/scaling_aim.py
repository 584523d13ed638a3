"""Calibration: what one request costs, and the load step that the HPA must answer with one certain number of pods."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from naru.core.scaling_objects import moment_of
from naru.core.scaling_record import Aim, MetricPoll

BASE_SHARE = 0.4
"""The baseline load is aimed at this share of the target, well below any decision."""
FIRST_GUESS_CORES = 0.006
"""CPU seconds of a request before any was measured."""
IDLE_SHARE = 0.25
"""A reading from before the load that is more than this share of the loaded one still holds earlier work (a start, a
rollout's requests): it is not taken for idle CPU."""
CLEAN_SHARE = 0.5
"""Of what the baseline may cost: a reading before the load that is higher may hold earlier work and is taken again."""
LANDING = 0.4
"""The step aims this much below a whole number of pods n: the middle between a fall to n-1 (below n-1 pods at target) and n+1
pods (above n at target and tolerance), for n = 4 a room of 17 % below and 22 % above."""
LEAST_RATE = 10.0
"""Below this percentiles in windows of a second say nothing."""


def base_rate(target_cores: float, pods: int, most: float) -> float:
    """Requests per second of the baseline before anything is known; never enough to make a sane HPA act."""
    return round(min(most, max(LEAST_RATE, BASE_SHARE * target_cores * pods / FIRST_GUESS_CORES)), 1)


def clean_idle(rate: float, pods: int) -> float:
    """CPU of one pod without load up to which a reading is believed at once: half of what the baseline may cost."""
    return CLEAN_SHARE * rate * FIRST_GUESS_CORES / max(1, pods)


def aimed_replicas(low: int, high: int) -> int:
    """A number strictly between min+1 and max-1, as near the middle as can be."""
    return min(max(round((low + high) / 2), low + 2), high - 2)


def mean_cores(polls: Iterable[MetricPoll], begin: float, end: float, epoch_of: float, *,
               pods: set[str] | None = None) -> float | None:
    """Mean CPU of one pod over readings whose whole window lies between two moments (monotonic).

    `epoch_of` is the epoch at monotonic 0. None where no reading fits.
    """
    found: dict[tuple[str, str], float] = {}
    for poll in polls:
        for name, cpu in poll.pods.items():
            at = moment_of(cpu.at) - epoch_of
            if (pods is None or name in pods) and begin <= at - cpu.window and at <= end + 1:
                found[name, cpu.at] = cpu.cores
    by_pod: dict[str, list[float]] = {}
    for (name, _), value in found.items():
        by_pod.setdefault(name, []).append(value)
    return sum(median(values) for values in by_pod.values()) / len(by_pod) if by_pod else None


def latest_cores(polls: Iterable[MetricPoll], pods: set[str]) -> float | None:
    """Mean CPU of one pod by the last reading of each; None where a pod has none."""
    found: dict[str, float] = {}
    for poll in polls:
        found |= {name: cpu.cores for name, cpu in poll.pods.items() if name in pods}
    return sum(found.values()) / len(found) if found and len(found) == len(pods) else None


def aim_step(*, idle: float, loaded: float, rate: float, pods: int, low: int, high: int, target_cores: float,
             most: float) -> Aim | None:
    """The step from two means of CPU per pod (without load, at `rate`); None where the load left no trace."""
    if loaded <= idle:
        return None
    idle = idle if idle <= IDLE_SHARE * loaded else 0.0
    return aimed(idle=idle, cost=(loaded - idle) * pods / rate, rate=rate, low=low, high=high, target_cores=target_cores,
                 most=most)


def aim_again(*, first: Aim, loaded: float, total: float, ready: int, low: int, high: int, target_cores: float,
              most: float) -> Aim | None:
    """The step of a second measurement, from the first one's baseline and hold: two points give idle CPU and cost.

    `loaded` is the first baseline's CPU of one pod, `total` that of all `ready` pods under the first step.
    """
    before, after = loaded * low, total
    determinant = low * first.step_rate - ready * first.base_rate
    if determinant <= 0:
        return None
    idle = max(0.0, (before * first.step_rate - after * first.base_rate) / determinant)
    cost = (after - idle * ready) / first.step_rate
    return aimed(idle=idle, cost=cost, rate=first.base_rate, low=low, high=high, target_cores=target_cores, most=most)


def aimed(*, idle: float, cost: float, rate: float, low: int, high: int, target_cores: float, most: float) -> Aim | None:
    """The step of known idle CPU and cost."""
    if cost <= 0:
        return None
    wanted = aimed_replicas(low, high)
    total = (wanted - LANDING) * target_cores
    needed = (total - idle * wanted) / cost
    step = min(most, max(needed, rate))
    return Aim(idle_cores=round(idle, 6), cores_per_request=round(cost, 6), replicas=wanted, base_rate=rate,
               step_rate=round(step, 1), capped=needed > most)

