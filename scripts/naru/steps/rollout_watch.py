"""Applies a release to one cluster and watches it to a verdict, by the rules of core/rollout.

The recorder is open before the first object is applied. Everything that the judge is told is kept in order
(`Story`), so that the same verdict can be had again from the recording alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from naru.core.rollout import RolloutJudge, RolloutState
from naru.core.rollout_expected import Expected
from naru.core.rollout_story import CONFIRMED, Turn
from naru.core.world import conditions
from naru.errors import Judged
from naru.model.words import Verdict
from naru.steps.apply_release import ApplyCluster, apply_release
from naru.steps.effects import Effects
from naru.steps.ports import Clock
from naru.steps.recorder import Recorder

LONGEST_WAIT = 0.5
"""Seconds between two looks where nothing happens: for the live view, not for the verdict."""

OnLook = Callable[[RolloutJudge, RolloutState], None]


@dataclass
class WatchedRollout:
    """What was seen until the verdict."""

    judge: RolloutJudge
    state: RolloutState
    turns: list[Turn]
    begun: float
    until: float
    """Monotonic time of the last look."""
    confirmed: bool = True
    """A fresh list at the end showed nothing that was not recorded."""
    refused: str = ""
    """The API server's words where it refused an object."""

    @property
    def verdict(self) -> Verdict:
        """The verdict of the cluster's own objects."""
        if self.refused:
            return Verdict.failed
        if self.state.verdict is Verdict.passed and not self.confirmed:
            return Verdict.inconclusive
        return self.state.verdict or Verdict.inconclusive

    @property
    def sentence(self) -> str:
        """Why it is not passed; empty where it is."""
        if self.refused:
            return f"The release could not be applied: {self.refused}"
        if self.verdict is Verdict.passed:
            return ""
        return self.state.sign.said.en if self.state.sign else "The watch missed changes."


class RolloutWatch:
    """One rollout while it is watched; told by apply_release what was applied."""

    def __init__(
        self, recorder: Recorder, expected: Expected, clock: Clock, *, connect: Callable[[], None], on_look: OnLook
    ) -> None:
        self._recorder, self._clock, self._connect, self._on_look = recorder, clock, connect, on_look
        self.begun = clock.monotonic()
        self.judge = RolloutJudge(expected, self.begun, confirms=True)
        self.confirmed = True
        self.turns: list[Turn] = []
        self._fed = 0

    def applied(self, obj: dict[str, Any]) -> None:
        """An object was applied."""
        self._drain()
        mono = self._clock.monotonic()
        self.turns.append(Turn(self._fed, mono, obj))
        self.judge.note_applied(mono, obj)

    def before_workloads(self, jobs: Sequence[dict[str, Any]]) -> bool:
        """Connect the Services, then wait until the Jobs are complete; False where it is already decided."""
        self._connect()
        names = [job["metadata"]["name"] for job in jobs]
        while (state := self._look()).verdict is None:
            if all(self._complete(name) for name in names):
                return True
            self._pause(state)
        return False

    def wait(self) -> RolloutState:
        """Everything is applied: watch until the verdict."""
        self._drain()
        mono = self._clock.monotonic()
        self.turns.append(Turn(self._fed, mono, None))
        self.judge.apply_done(mono)
        while (state := self._look()).verdict is None:
            self._pause(state)
        return state

    def state(self) -> RolloutState:
        """The state now."""
        return self._look()

    def _look(self) -> RolloutState:
        now = self._clock.monotonic()
        self._drain()
        state = self.judge.at(now)
        if state.ripe:
            state = self._confirm()
        self._on_look(self.judge, state)
        return state

    def _confirm(self) -> RolloutState:
        """Samples may come late where the machine is busy: a list brings them in before it is believed that all held."""
        self.confirmed = self._recorder.confirm()
        self._drain()
        mono = self._clock.monotonic()
        self.turns.append(Turn(self._fed, mono, CONFIRMED))
        self.judge.confirm(mono)
        return self.judge.at(mono)

    def _drain(self) -> None:
        for sample in self._recorder.beyond(self._fed):
            self.judge.feed(sample)
            self._fed += 1

    def _pause(self, state: RolloutState) -> None:
        left = max(state.next_due - self._clock.monotonic(), 0.0)
        self._recorder.wait_beyond(self._fed, min(left, LONGEST_WAIT))

    def _complete(self, job: str) -> bool:
        live = self.judge.world.get("Job", job)
        return live is not None and (conditions(live).get("Complete") or {}).get("status") == "True"


def watch_rollout(
    cluster: ApplyCluster, objects: Sequence[dict[str, Any]], namespace: str, expected: Expected, *, recorder: Recorder,
    effects: Effects, clock: Clock, connect: Callable[[], None] = lambda: None, on_look: OnLook = lambda _judge, _state: None,
) -> WatchedRollout:
    """Apply and watch to the verdict; the recorder must be open and is left open."""
    watch = RolloutWatch(recorder, expected, clock, connect=connect, on_look=on_look)
    refused = ""
    try:
        state = watch.wait() if apply_release(cluster, objects, namespace, effects, watch) else watch.state()
    except Judged as error:
        state, refused = watch.state(), f"{error.message} {error.hint}".strip()
    return WatchedRollout(watch.judge, state, watch.turns, watch.begun, clock.monotonic(), watch.confirmed, refused)
