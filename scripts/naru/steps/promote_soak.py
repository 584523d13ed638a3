"""Soak time: the release runs on one cloud for a while before the next cloud gets it; what breaks meanwhile goes back."""

from __future__ import annotations

import threading

from naru.core.gate_people import against_people
from naru.core.gate_words import Code
from naru.errors import Judged, OutsideDown
from naru.steps.gate_reading import PromotePorts, PromoteRequest, read_for_gate
from naru.steps.promote import broken
from naru.steps.promote_words import Promoted, wanted_of
from naru.steps.promotion_ports import Wanted

LOOK_SECONDS = 10.0
"""Between two looks at the soaking cloud."""
LOOKS = 3
"""Looks in a row that must say no before the release counts as broken: an HPA that scales is no fault."""
STOPS = frozenset({Code.held, Code.aborted, Code.state_untrusted})


def soaked(ports: PromotePorts, request: PromoteRequest, done: Promoted, seconds: float) -> Promoted:
    """Watch for so long; `done` itself where all stayed well. Raises Judged where a person held or aborted meanwhile."""
    reading = read_for_gate(ports, request)
    wanted, cloud = wanted_of(reading), request.cloud.name
    end, bad = ports.clock.monotonic() + seconds, 0
    ports.progress.line(f"{cloud}: soaking for {seconds:g} s")
    while ports.clock.monotonic() < end:
        ports.clock.wait(threading.Event(), min(LOOK_SECONDS, max(0.0, end - ports.clock.monotonic())))
        bad = 0 if _well(ports, wanted) else bad + 1
        if bad >= LOOKS:
            return broken(ports, reading, f"it did not keep running during the soak time of {seconds:g} s.")
    _refuse_if_stopped(ports, request)
    return done


def _well(ports: PromotePorts, wanted: Wanted) -> bool:
    try:
        return ports.target.runs(wanted)[0]
    except OutsideDown:
        return False


def _refuse_if_stopped(ports: PromotePorts, request: PromoteRequest) -> None:
    ports.config.fetch()
    reading = read_for_gate(ports, request)
    stopped = [entry for entry in against_people(reading.facts) if entry.code in STOPS]
    if stopped:
        raise Judged(f"The promotion stops after {request.cloud.name}: {stopped[0].sentence}")
