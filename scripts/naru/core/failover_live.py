"""The live line of a running drill."""

from __future__ import annotations

from collections.abc import Sequence

from naru.core.failover_samples import HTTP_LANES
from naru.model.load import Tick


def live_line(tick: Tick, doing: str, clouds: Sequence[str]) -> str:
    """`scale-to-zero in naver · naver 0 %, ktcloud 51 %, cocktail 49 % · 3 errors · p99 12 ms`; all lanes counted."""
    total = sum(tick.clouds.values()) or 1
    parts = ", ".join(f"{cloud} {tick.clouds.get(cloud, 0) / total:.0%}" for cloud in clouds)
    errors = sum(tick.errors.values())
    user = sum(tick.lanes.get(lane, 0) for lane in HTTP_LANES)
    p99 = "" if tick.p99_milliseconds is None else f" · p99 {tick.p99_milliseconds:.0f} ms"
    return f"{doing} · {parts} · {user} good answers through the GSLB, {errors} errors on all lanes{p99}"
