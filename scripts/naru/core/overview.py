"""Where a whole job stands: stages, clouds, and the time that is left from what each stage took the last time; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from naru.core.stage_list import Stage
from naru.model.timings import StageTime

REPEAT_SECONDS = 5.0
"""What a stage takes that went well in this folder before: it looks, and finds everything done."""

REPEATED_SHARE = 0.5
"""A stage that went well before and now took less than this share of that time only looked."""


def expected_seconds(stages: Sequence[Stage], last: Mapping[str, float], earlier: Mapping[str, StageTime]) -> dict[str, float]:
    """Stage → seconds, for those of which anything is known."""
    known = {stage.name: last[stage.name] for stage in stages if stage.name in last}
    return known | {stage.name: min(REPEAT_SECONDS, known.get(stage.name, REPEAT_SECONDS)) for stage in stages if stage.name in earlier}


def seconds_left(stages: Sequence[Stage], number: int, expected: Mapping[str, float], elapsed: float = 0.0) -> float | None:
    """Time left while stage `number` has run for `elapsed` seconds; None where nothing is known of one of the stages to come.

    A stage that takes longer than the last time adds nothing: it may end any moment.
    """
    rest = [expected.get(stage.name) for stage in stages[number:]]
    if not rest or any(item is None for item in rest):
        return None
    now, *others = [item for item in rest if item is not None]
    return max(0.0, now - elapsed) + sum(others)


def left_words(seconds: float | None) -> str:
    """`about 9 min left`; empty where it is not known."""
    return "" if seconds is None else f"about {minutes(seconds)} left"


def minutes(seconds: float) -> str:
    """`9 min`, below 90 s `42 s`."""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def begin_line(stages: Sequence[Stage], number: int, left: float | None) -> str:
    """`[5/12] verify-rollout   about 9 min left`."""
    words = left_words(left)
    return f"{place(stages, number)} {stages[number].name}" + (f"   {words}" if words else "")


def end_line(stages: Sequence[Stage], number: int, time: StageTime, clouds: str) -> str:
    """`[5/12] verify-rollout: done in 31 s   naver 1/4 · ktcloud 1/4`; a stage that said no says its exit code."""
    what = f"exit {time.exit_code} after" if time.exit_code else "done in"
    return f"{place(stages, number)} {time.name}: {what} {minutes(time.seconds)}" + (f"   {clouds}" if clouds and stages[number].clouds else "")


def place(stages: Sequence[Stage], number: int) -> str:
    """`[5/12]`."""
    return f"[{number + 1}/{len(stages)}]"


def clouds_words(stages: Sequence[Stage], went_well: Iterable[str]) -> str:
    """`naver 2/4 · ktcloud 1/4`: steps of each cloud that went well, of all that it has to go."""
    good = set(went_well)
    names = dict.fromkeys(cloud for stage in stages for cloud in stage.clouds)
    steps = {name: [stage.name in good for stage in stages if name in stage.clouds] for name in names}
    return " · ".join(f"{name} {sum(done)}/{len(done)}" for name, done in steps.items())


def kept_times(stages: Sequence[Stage], done: Sequence[StageTime], earlier: Mapping[str, StageTime]) -> tuple[StageTime, ...]:
    """What timings.json says: this run's stages, and those that went well in an earlier run of the same folder.

    A repetition that only looked does not replace the time that the work itself took.
    """
    now = {time.name: longer(time, earlier) for time in done}
    known = {**earlier, **now}
    return tuple(known[stage.name] for stage in stages if stage.timed and stage.name in known)


def longer(time: StageTime, earlier: Mapping[str, StageTime]) -> StageTime:
    """The earlier time where this one is that of a repetition that found everything done."""
    before = earlier.get(time.name)
    looked_only = before is not None and not time.exit_code and time.seconds < before.seconds * REPEATED_SHARE
    return before if before is not None and looked_only else time


def times_to_remember(last: Mapping[str, float], done: Sequence[StageTime], earlier: Mapping[str, StageTime]) -> dict[str, float]:
    """last-times.json after a run: stages that went well, as long as their work took."""
    return {**last, **{time.name: longer(time, earlier).seconds for time in done if not time.exit_code}}
