"""The cluster's timing, read from its own flags: controller-manager, metrics-server; CPU sampling as observed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from naru.core.scaling_objects import moment_of, seconds_of
from naru.core.scaling_record import MetricPoll, Timing
from naru.model.words import Profile

SYNC = "horizontal-pod-autoscaler-sync-period"
DOWN = "horizontal-pod-autoscaler-downscale-stabilization"
TOLERANCE = "horizontal-pod-autoscaler-tolerance"
DEFAULTS = Timing()
METRICS_DEFAULT = 60.0
"""metrics-server's built-in resolution, where its flag is not set."""


def flags_of(pods: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """`--name=value` of all containers of these pods."""
    found: dict[str, str] = {}
    for pod in pods:
        for container in pod["spec"].get("containers") or []:
            for word in [*(container.get("command") or []), *(container.get("args") or [])]:
                name, equals, value = word.removeprefix("--").partition("=")
                if word.startswith("--") and equals:
                    found[name] = value
    return found


def timing_of(controller: Mapping[str, str], metrics: Mapping[str, str], housekeeping: float = DEFAULTS.housekeeping) -> Timing:
    """Kubernetes' defaults where a flag is not set."""
    return Timing(
        housekeeping=housekeeping,
        resolution=seconds_of(metrics.get("metric-resolution", "")) or METRICS_DEFAULT,
        sync=seconds_of(controller.get(SYNC, "")) or DEFAULTS.sync,
        downscale_window=seconds_of(controller.get(DOWN, "")) or DEFAULTS.downscale_window,
        tolerance=float(controller.get(TOLERANCE, DEFAULTS.tolerance)),
    )


def act_seconds(timing: Timing) -> float:
    """Seconds within which the HPA has acted on a reading that we saw: two of its syncs, and one second of our own polling."""
    return 2 * timing.sync + 1


def profile_of(timing: Timing) -> Profile:
    """`production` is what Kubernetes does by default, or slower; anything quicker is `fast`."""
    return Profile.production if timing.sync >= DEFAULTS.sync and timing.downscale_window >= DEFAULTS.downscale_window else Profile.fast


def observed_housekeeping(polls: Iterable[MetricPoll], resolution: float) -> float | None:
    """The usual distance of two CPU samples of a pod, from the readings' own times; None where nothing was seen.

    A reading's window is the distance of the two samples that it was made from, so the shortest window that is not
    an artefact of rounding is nearest to the sampling period (a scrape may skip samples, never split one).
    """
    windows = sorted(cpu.window for poll in polls for cpu in poll.pods.values() if cpu.window > 0)
    if not windows:
        return None
    typical = windows[len(windows) // 2]
    return max(1.0, min(15.0, typical, max(typical, resolution)))


def fresh_since(polls: Iterable[MetricPoll], epoch_of: float) -> float:
    """Monotonic time of the newest reading; minus infinity where there is none."""
    return max((moment_of(cpu.at) - epoch_of for poll in polls for cpu in poll.pods.values()), default=float("-inf"))
