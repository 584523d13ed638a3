"""Which clouds are promoted to, in which order, from the words of the command line."""

from __future__ import annotations

from naru.core.durations import duration
from naru.errors import Malformed


def chosen_clouds(known: tuple[str, ...], *, cloud: str, every: bool, order: str) -> tuple[str, ...]:
    """`--cloud` gives one, `--all` every one in the product's order or in `--order`; raises Malformed for anything else."""
    if bool(cloud) == every:
        raise Malformed("Give either --cloud NAME or --all.", hint=f"Known: {', '.join(known)}.")
    if order and not every:
        raise Malformed("--order goes with --all.")
    names = tuple(name.strip() for name in order.split(",")) if order else known if every else (cloud,)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Malformed(f"There is no cloud '{unknown[0][:40]}'.", hint=f"Known: {', '.join(known)}.")
    if order and sorted(names) != sorted(known):
        raise Malformed("--order must name every cloud once.", hint=f"Known: {', '.join(known)}.")
    return names


def seconds_of(text: str, option: str) -> float:
    """Seconds of a duration, 0 where none is given."""
    return duration(text, option=option).total_seconds() if text else 0.0
