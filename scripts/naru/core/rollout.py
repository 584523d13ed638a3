"""The judge of one rollout: thirteen rules, a stability window, signs that fail it early, an absolute deadline.

A fold over samples in order of receipt. Time enters only by the samples' own stamps and by `at`, and what is due
between two samples is decided at the moment it was due, so that a recorded bundle gives the same verdict each time.

Where the caller says that it will `confirm`, the end of the stability window only makes the rollout ripe: samples that came
late are fed first, and it passes only if they show that all of it held. Lost readiness makes the window longer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from naru.core.diagnosis import workload_signs
from naru.core.history import History
from naru.core.rollout_deadline import deadline_sign
from naru.core.rollout_expected import WORKLOADS, Expected, changed_by_another, stability_seconds
from naru.core.rollout_gain import Gains, most_drops
from naru.core.rollout_rules import unmet_of
from naru.core.said import Said
from naru.core.sign import INCONCLUSIVE, Reason, Sign
from naru.core.unmet import Unmet
from naru.core.world import Object, World, name
from naru.model.samples import Sample
from naru.model.words import Verdict

GRAVE = frozenset({"Unhealthy", "BackOff", "Failed", "FailedMount", "FailedCreatePodSandBox", "FailedPreStopHook", "FailedPostStartHook",
                   "Evicted", "NodeNotReady"})
"""Reasons of Warnings that begin the stability window anew."""


@dataclass(frozen=True)
class RolloutState:
    """What is known at a moment; `verdict` is None while it is still open."""

    verdict: Verdict | None
    decided_at: float | None
    sign: Sign | None
    unmet: tuple[Unmet, ...]
    stable_since: float | None
    next_due: float
    """Monotonic time at which `at` may answer differently without a new sample."""
    ripe: bool = False
    """True where only `confirm` is awaited."""


class RolloutJudge:
    """Feed it everything in order; it keeps the first verdict for good."""

    def __init__(self, expected: Expected, begun: float, *, confirms: bool = False) -> None:
        self.expected, self._confirms = expected, confirms
        self.world, self.history = World(), History(begun)
        self.applied: dict[tuple[str, str], Object] = {}
        self._begun = begun
        self._now = begun
        self._whole = False
        self._since: dict[tuple[str, str, str], float] = {}
        self._signs: list[Sign] = []
        self._unmet: tuple[Unmet, ...] = ()
        self._stable: float | None = None
        self._restarted: float | None = None
        self._gains = Gains(expected.limits, expected.limits.stability_seconds)
        self._decided: tuple[Verdict, float, Sign | None] | None = None

    def feed(self, sample: Sample) -> None:
        """Take one sample in, after deciding what was due before it."""
        self.at(sample.mono)
        self.world.feed(sample)
        self.history.feed(sample)
        if sample.type == "GAP" or self._is_warning(sample) or self._came_back(sample):
            self._stable = None  # what was not seen cannot have been stable, what is warned of (rule 13) or came back is not
        if sample.type == "GAP":
            self._gains.forgive(sample.mono)
        if sample.mono >= self._begun:
            self._look(sample.mono)

    def note_applied(self, mono: float, obj: Object) -> None:
        """An object of the release was applied; `obj` is the API server's answer."""
        self.at(mono)
        self.applied[(obj["kind"], name(obj))] = obj
        self._look(mono)

    def apply_done(self, mono: float) -> None:
        """Everything of the release is applied: from here on it may be found stable."""
        self.at(mono)
        self._whole = True
        self._look(mono)

    def confirm(self, mono: float) -> None:
        """Nothing that happened before `mono` is still untold: what is ripe passes, as of the end of its window."""
        self.at(mono)
        if self._decided is None and self._stable is not None and self._ripe(mono):
            self._decided = (Verdict.passed, self._stable + self.window(), None)

    def at(self, mono: float) -> RolloutState:
        """The state at a moment that is not before the last sample."""
        while self._decided is None and self._next_due() <= mono:
            self._now = self._next_due()
            self._decide(self._now)
        self._now = max(self._now, mono)
        return self.state()

    def state(self) -> RolloutState:
        """The state as last judged."""
        verdict, decided, sign = self._decided or (None, None, None)
        return RolloutState(verdict, decided, sign, self._unmet, self._stable, self._next_due(), self._decided is None and self._ripe(self._now))

    def workloads(self) -> list[Object]:
        """The applied workloads as last seen."""
        found = [self.world.get(kind, which) for kind, which in self.applied if kind in WORKLOADS]
        return [item for item in found if item is not None]

    def _look(self, mono: float) -> None:
        if self._decided is not None:
            return
        self._now = mono
        self._unmet = tuple(unmet_of(self.world, self.applied, self.expected, self.history))
        self._signs = self._all_signs()
        self._gains.look(self.world, self.workloads(), self.history, mono)
        self._since = {sign.key: self._since.get(sign.key, mono) for sign in self._signs}
        good = self._whole and not self._unmet
        self._stable = (self._stable if self._stable is not None else mono) if good else None
        only_restarts = self._whole and bool(self._unmet) and {unmet.rule for unmet in self._unmet} == {7}
        self._restarted = (self._restarted if self._restarted is not None else mono) if only_restarts else None
        if self._next_due() <= mono:
            self._decide(mono)

    def _is_warning(self, sample: Sample) -> bool:
        """True for a Warning of a grave reason about a pod of the release."""
        event = sample.object
        if event["kind"] != "Event" or event.get("type") != "Warning" or event.get("reason") not in GRAVE:
            return False
        return self._is_ours(str((event.get("involvedObject") or {}).get("name")))

    def _came_back(self, sample: Sample) -> bool:
        """True for a pod of the release that lost its readiness, even if it is ready again by now."""
        return sample.object["kind"] == "Pod" and self.history.dropped_at == sample.mono and self._is_ours(name(sample.object))

    def _is_ours(self, pod_name: str) -> bool:
        return any(name(pod) == pod_name for workload in self.workloads() for pod in self.world.new_pods(workload))

    def _all_signs(self) -> list[Sign]:
        found: list[Sign] = []
        for key, applied in self.applied.items():
            live = self.world.get(*key)
            if live is None or key[0] not in WORKLOADS:
                continue
            if key[0] != "Job" and changed_by_another(applied, live, self.world):
                found.append(Sign(Reason.superseded, f"{key[0]}/{key[1]}", Said(
                    f"{key[0]} {key[1]} was changed by another writer while it rolled out.",
                    f"{key[0]} {key[1]}: 배포 중에 다른 쪽에서 변경함.")))
            found += workload_signs(self.world, live, self.history, self.expected.limits.start_seconds)
        found += [Sign(Reason.wrong_image, u.object, Said(f"{u.said.en}.", f"{u.said.ko}.")) for u in self._unmet if u.rule == 8]
        return found

    def window(self) -> float:
        """How long all of it must hold: once more for each time that a pod was ready and lost it."""
        workloads = self.workloads()
        return stability_seconds(self.expected, workloads) * (1 + most_drops(self.world, workloads, self.history))

    def _ripe(self, mono: float) -> bool:
        return self._confirms and self._stable is not None and self._stable + self.window() <= mono

    def _next_due(self) -> float:
        due = [self._since[sign.key] + sign.grace for sign in self._signs]
        if self._ripe(self._now):
            return min(due, default=math.inf)
        due += [self._begun + self.expected.limits.deadline_seconds, *self._gains.due()]
        due += [since + self.window() for since in (self._stable, self._restarted) if since is not None]
        return min(due)

    def _decide(self, mono: float) -> None:
        ripe = [sign for sign in self._signs if self._since[sign.key] + sign.grace <= mono]
        if ripe:
            sign = min(ripe, key=_gravity)
            verdict = Verdict.inconclusive if sign.reason in INCONCLUSIVE else Verdict.failed
            self._decided = (verdict, mono, sign)
        elif self._stable is not None and self._stable + self.window() <= mono:
            self._decided = None if self._confirms else (Verdict.passed, mono, None)
        elif self._restarted is not None and self._restarted + self.window() <= mono:
            unmet = self._unmet[0]
            self._decided = (Verdict.failed, mono, Sign(Reason.restarted, unmet.object, Said(f"{unmet.said.en}.", f"{unmet.said.ko}.")))
        elif (late := self._gains.late(self._signs, mono)) is not None:
            self._decided = (Verdict.inconclusive if late.reason in INCONCLUSIVE else Verdict.failed, mono, late)
        else:
            sign = deadline_sign(self.expected, self._signs, self._unmet, self.history, mono)
            verdict = Verdict.inconclusive if sign.reason in INCONCLUSIVE else Verdict.failed
            self._decided = (verdict, mono, sign)


_ORDER = list(Reason)


def _gravity(sign: Sign) -> tuple[int, int, str]:
    """What says nothing about the release comes first, then the order of the list of reasons."""
    return (0 if sign.reason in INCONCLUSIVE else 1, _ORDER.index(sign.reason), sign.object)
