"""Tells whoever wants to know; whatever goes wrong with that is one warning line, never the run's own end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from naru.errors import Interrupted, NaruError
from naru.model.notifications import Event, EventKind
from naru.steps.effects import Effects
from naru.steps.ports import Clock

EACH_SECONDS = 10.0
ALL_SECONDS = 30.0
"""All notifiers of one event together; those that come too late are left out, and that is said."""


class Notifier(Protocol):
    """One webhook or one mail."""

    @property
    def name(self) -> str: ...

    @property
    def events(self) -> Sequence[EventKind]: ...

    def send(self, event: Event, seconds: float) -> None:
        """Effect: tell it; raises a NaruError whose words hold no secret."""


def notify(notifiers: Sequence[Notifier], event: Event, effects: Effects, clock: Clock, warn: Callable[[str], None]) -> list[str]:
    """Names of those that were told; `warn` gets one line for each that was not."""
    told = []
    end = clock.monotonic() + ALL_SECONDS
    for notifier in notifiers:
        if event.kind not in notifier.events:
            continue
        left = min(EACH_SECONDS, end - clock.monotonic())
        if left <= 0:
            warn(f"Notifier {notifier.name} was left out: those before it took all {ALL_SECONDS:g} s. The run is not touched by that.")
            continue
        try:
            effects.perform("notify", notifier.name, partial(notifier.send, event, left), event=event.kind.value)
        except Interrupted:
            raise
        except NaruError as error:
            warn(f"Notifier {notifier.name} was not reached: {error} The run is not touched by that.")
            continue
        told.append(notifier.name)
    return told
