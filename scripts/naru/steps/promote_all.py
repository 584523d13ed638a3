"""Promotes to several clouds, one after the other, each by its own gate; two of three is "partial", never success.

A cloud on which the release breaks ends the run: the clouds after it are not tried, those before it are left alone.
A cloud that is held or does not answer keeps only itself back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from naru.core.approvals import needed_approvals
from naru.core.change_state import ChangeState
from naru.errors import Interrupted, Judged, NaruError, OutsideDown
from naru.model.overlays import Overlays
from naru.model.promotion import Promotion
from naru.model.release import Release
from naru.model.words import Decision
from naru.steps.cloud_branch import read_tip
from naru.steps.gate_reading import PromotePorts, PromoteRequest
from naru.steps.merge_main import merge_candidate
from naru.steps.outcome import Outcome
from naru.steps.promote import promote_cloud
from naru.steps.promote_soak import soaked
from naru.steps.promote_words import BACK, HELD, PROMOTED, STUCK, UNREACHABLE, Promoted
from naru.steps.state_branch import state_of

ENDS_THE_RUN = frozenset({BACK, STUCK})
NOT_TRIED = "not tried"
POLL_SECONDS = 5.0


@dataclass(frozen=True)
class OneCloud:
    """A cloud with its outside."""

    ports: PromotePorts
    request: PromoteRequest

    @property
    def name(self) -> str:
        """The cloud's name."""
        return self.request.cloud.name


Tell = Callable[[Sequence[Promotion]], None]


def _nobody(_promotions: Sequence[Promotion]) -> None:
    """Nobody is told."""


def promote_all(clouds: Sequence[OneCloud], *, soak_seconds: float = 0, wait_seconds: float = 0, tell: Tell = _nobody) -> Outcome:
    """Promote in the given order; raises Judged (or OutsideDown where that alone is the trouble) unless all clouds run it.

    `tell` gets what came of each cloud that was tried, before anything is raised.
    """
    results: dict[str, Promoted] = {}
    for number, one in enumerate(clouds):
        wait_for_approvals(one, wait_seconds)
        results[one.name] = _one(one)
        last = number == len(clouds) - 1
        if not last and soak_seconds and results[one.name].changed and _outcome(results[one.name]) == PROMOTED:
            results[one.name] = soaked(one.ports, one.request, results[one.name], soak_seconds)
        if _outcome(results[one.name]) in ENDS_THE_RUN:
            break
    tell([done.promotion for done in results.values()])
    return _finished(clouds, results)


def _one(one: OneCloud) -> Promoted:
    try:
        return promote_cloud(one.ports, one.request)
    except Interrupted:
        raise
    except OutsideDown as error:
        return _trouble(one, UNREACHABLE, error)
    except Judged as error:
        return _trouble(one, HELD, error)


def _trouble(one: OneCloud, outcome: str, error: NaruError) -> Promoted:
    """Nothing could be decided or done; said for this cloud alone, written down where the folder knows the release."""
    overlays = one.ports.folder.read(Overlays, "overlays.json")
    promotion = Promotion(cloud=one.name, version=overlays.version, decision=Decision.hold, reasons=(), outcome=outcome,
                          sentence=f"{one.name}: {error}")
    one.ports.folder.write(promotion, f"promotion/{one.name}.json")
    return Promoted(promotion, changed=False)


def wait_for_approvals(one: OneCloud, seconds: float) -> None:
    """Wait until naru/state has as many approvals as the line needs, at most so long; the gate decides afterwards."""
    ports, clock = one.ports, one.ports.clock
    if seconds <= 0:
        return
    end = clock.monotonic() + seconds
    told = False
    while clock.monotonic() < end:
        ports.config.fetch()
        now = state_of(ports.config, one.request.people_keys, one.request.product.name)
        if not _lacking(one, now):
            return
        if not told:
            ports.progress.line(f"{one.name}: waiting up to {seconds:g} s for approvals")
        told = True
        clock.wait(threading.Event(), min(POLL_SECONDS, max(0.0, end - clock.monotonic())))


def _lacking(one: OneCloud, state: ChangeState) -> bool:
    """A rough count, only to end the wait; the gate counts exactly."""
    release = one.ports.folder.read(Release, "release.json")
    line = next((line for line in one.request.product.lines if line.name == release.line), None)
    given = {approval.by for approval in state.approvals.values() if approval.version == release.version}
    return len(given) < needed_approvals(one.request.product, line)


def _finished(clouds: Sequence[OneCloud], results: dict[str, Promoted]) -> Outcome:
    outcomes = {one.name: _outcome(results[one.name]) if one.name in results else NOT_TRIED for one in clouds}
    plain: dict[str, Any] = {
        "clouds": [{"cloud": name, "outcome": outcome, "sentence": _sentence(results.get(name))} for name, outcome in outcomes.items()]}
    if set(outcomes.values()) != {PROMOTED}:
        raise _partial(outcomes, results)
    merged = _merge(clouds)
    changed = any(done.changed for done in results.values())
    sentence = " ".join(_sentence(done) for done in results.values())
    return Outcome(changed=changed, sentence=f"{sentence} {merged}".strip(), plain={**plain, "main": merged})


def _partial(outcomes: dict[str, str], results: dict[str, Promoted]) -> NaruError:
    head = "partial" if PROMOTED in outcomes.values() else "not promoted"
    counts = ", ".join(f"{name} {outcome}" for name, outcome in outcomes.items())
    detail = " ".join(_sentence(done) for done in results.values() if _outcome(done) != PROMOTED)
    message = f"{head}: {counts}. {detail}"
    bad = set(outcomes.values()) - {PROMOTED}
    if bad == {UNREACHABLE}:
        return OutsideDown(message, hint="The same command goes on.")
    return Judged(message, hint="The same command goes on once the reasons are gone.")


def _merge(clouds: Sequence[OneCloud]) -> str:
    """Only where every cloud of the product runs it; promoting one cloud leaves main alone until the last one."""
    ports, product = clouds[0].ports, clouds[0].request.product
    overlays = ports.folder.read(Overlays, "overlays.json")
    ports.config.fetch()
    if any(read_tip(ports.config, cloud).version != overlays.version for cloud in product.clouds):
        return ""
    return merge_candidate(ports.config, ports.effects, ports.clock, overlays)


def _outcome(done: Promoted) -> str:
    return done.promotion.outcome


def _sentence(done: Promoted | None) -> str:
    return "Not tried, since the release broke on a cloud before it." if done is None else done.promotion.sentence
