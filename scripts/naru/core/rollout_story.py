"""A recorded rollout told again to the judge: samples and what was applied, in the order in which they were told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from naru.core.rollout import RolloutJudge, RolloutState
from naru.core.rollout_expected import Expected
from naru.errors import Missing
from naru.model.samples import Sample

CONFIRMED: dict[str, Any] = {"confirmed": True}
"""In place of an object: a fresh list showed that nothing that happened until then is untold."""


class Turn(NamedTuple):
    """After `after` samples an object was applied (None: everything is applied; CONFIRMED: nothing is untold)."""

    after: int
    mono: float
    object: dict[str, Any] | None

    def plain(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"after": self.after, "mono": self.mono, "object": self.object}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Turn:
        """From a line of a recorded bundle."""
        return cls(int(plain["after"]), float(plain["mono"]), plain["object"])


def judge_rollout(
    expected: Expected, begun: float, samples: Sequence[Sample], turns: Iterable[Turn], until: float
) -> tuple[RolloutJudge, RolloutState]:
    """Judge a recording; the same values give the same answer each time."""
    turns = list(turns)
    judge = RolloutJudge(expected, begun, confirms=any(turn.object == CONFIRMED for turn in turns))
    fed = 0
    for turn in turns:
        if not fed <= turn.after <= len(samples):
            raise Missing("The recording is not whole: what was applied does not fit its samples.")
        for sample in samples[fed:turn.after]:
            judge.feed(sample)
        fed = turn.after
        if turn.object is None:
            judge.apply_done(turn.mono)
        elif turn.object == CONFIRMED:
            judge.confirm(turn.mono)
        else:
            judge.note_applied(turn.mono, turn.object)
    for sample in samples[fed:]:
        judge.feed(sample)
    return judge, judge.at(until)
