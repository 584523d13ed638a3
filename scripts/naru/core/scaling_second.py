"""What a second measurement learns from the first: where to aim, from two points instead of one."""

from __future__ import annotations

from naru.core.scaling_aim import aim_again
from naru.core.scaling_objects import cpu_target, replica_range, request_cores
from naru.core.scaling_record import Aim, ScalingRun
from naru.core.scaling_timeline import timeline_of
from naru.core.scaling_up import expected_of


def second_aim(first: ScalingRun, most: float) -> Aim | None:
    """The aim of a second measurement; None where the first never came to its hold."""
    found = expected_of(first, timeline_of(first))
    low, high = replica_range(first.entry["hpa"])
    target = (cpu_target(first.entry["hpa"]) or 0) * request_cores(first.entry["deployment"])
    if found is None or first.aim is None or not found.reached:
        return None
    loaded = first.aim.idle_cores + first.aim.cores_per_request * first.aim.base_rate / low
    return aim_again(first=first.aim, loaded=loaded, total=found.total_cores, ready=found.reached, low=low, high=high,
                     target_cores=target, most=most)
