"""When each part of a scaling run is over: pure questions to what was recorded so far. Also the lengths of the profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from naru.core.scaling_objects import moment_of, scale_down_window
from naru.core.scaling_record import MetricPoll, Timing
from naru.core.scaling_timeline import Timeline
from naru.model.cloud import ScalingLimits
from naru.model.words import Profile

READING_SECONDS = 3.0
"""A reading's window may begin this much before the last change: a new pod's first one begins with its start."""
SPARKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Lengths:
    """Lengths and deadlines of one run's parts, seconds."""

    quiet: float
    """Replicas must have stood at the minimum for so long before the load."""
    settle: float
    """Deadline of getting there."""
    baseline: float
    calibrate: float
    """Deadline of the baseline."""
    hold: float
    """Replicas must stand still for so long under the step."""
    rise: float
    """Deadline of the step, when a decision was seen."""
    fall: float
    """Deadline of the way down."""

    @property
    def usual(self) -> float:
        """What a healthy run takes, for the time left."""
        return self.baseline * 1.5 + self.hold * 2.5 + self.fall * 0.5


def lengths_of(profile: Profile, timing: Timing, limits: ScalingLimits, window: float) -> Lengths:
    """Short windows for the fast profile, the full ones for production timing."""
    base = 15.0 if profile is Profile.fast else 60.0
    hold = max(base, 4 * timing.sync)
    return Lengths(
        quiet=base, settle=window + base + 120, baseline=base,
        calibrate=base + 3 * (timing.housekeeping * (1 + timing.jitter) + timing.resolution),
        hold=hold, rise=limits.decide_seconds + limits.ready_seconds + 3 * hold, fall=window + limits.scale_down_seconds + 10,
    )


def stands_still(line: Timeline, now: float, since: float, hold: float) -> bool:
    """A decision was made after `since`, all pods are ready, and nothing has moved for `hold` seconds."""
    risen = [change for change in line.changes if change.mono > since]
    if not risen or line.at(line.ready, now) != line.at(line.spec, now):
        return False
    moved = max([change.mono for change in risen] + [mono for mono, _ in line.ready if mono > since])
    return now - moved >= hold


def readings_settled(line: Timeline, polls: Sequence[MetricPoll], now: float, since: float, epoch_of: float, *, act: float) -> bool:
    """Each ready pod has had a CPU reading from after the last change for `act` seconds: only then a hold shows what the scale needs.

    Ended as soon as the readings are there, the hold would be over before the HPA could act on them. `epoch_of` is the
    epoch at monotonic 0; API timestamps have steps of a second.
    """
    moved = max([mono for mono, _ in line.ready if since < mono <= now], default=since)
    ready = {pod.name for pod in line.pods.values() if pod.ready is not None and pod.leaving is None and pod.unready is None}
    seen = next((poll.pods for poll in reversed(polls) if poll.mono <= now - act), {})
    return bool(ready) and all(
        name in seen and moment_of(seen[name].at) + 1 - epoch_of - seen[name].window >= moved - READING_SECONDS for name in ready)


def decision_missed(line: Timeline, now: float, since: float, limit: float) -> bool:
    """Nothing was decided although the limit (and a little more) is over."""
    return now - since > limit + 5 and not any(change.mono > since for change in line.changes)


def back_at_minimum(line: Timeline, now: float, low: int) -> bool:
    """The scale is at its minimum, that many are ready, and who left is gone."""
    leaving = [pod for pod in line.pods.values() if pod.leaving is not None and pod.gone is None]
    return line.at(line.spec, now) <= low and line.at(line.ready, now) == low and not leaving


def window_of(hpa: dict[str, object], timing: Timing) -> float:
    """Seconds that the HPA waits before it takes pods away."""
    return scale_down_window(hpa, timing.downscale_window)


def live_line(part: str, *, offered: int, served: int, p99: float | None, replicas: list[int], left: float) -> str:
    """One line for the terminal: part, rates, p99, replicas as a spark line, time left."""
    wait = f"{p99:.0f} ms" if p99 is not None else "–"
    count = replicas[-1] if replicas else 0
    return f"{part}  {offered}→{served}/s  p99 {wait}  pods {spark(replicas[-24:])} {count}  {max(0, left):.0f} s left"


def spark(values: list[int]) -> str:
    """Numbers as a line of bars, the highest of them full."""
    top = max(values, default=0)
    return "".join(SPARKS[round(value / top * (len(SPARKS) - 1))] if top else SPARKS[0] for value in values)
