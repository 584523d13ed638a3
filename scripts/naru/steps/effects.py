"""The one door through which steps change the outside: intent, call, outcome, counter.

The log entry of the intent is durable before the call, that of the outcome after it, so that a killed run shows
what it may have done. The hooks let the crash tests die before or after each effect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from naru.errors import NaruError
from naru.steps.ports import Clock, RunLog

T = TypeVar("T")
Hook = Callable[[int, str], None]


def no_hook(number: int, kind: str) -> None:
    """Does nothing; the crash tests put a killer in its place."""


class Effects:
    """Performs outside effects one by one; one instance for each stage that runs."""

    def __init__(self, log: RunLog, clock: Clock, *, stage: str, before: Hook = no_hook, after: Hook = no_hook) -> None:
        self._log = log
        self._clock = clock
        self._stage = stage
        self._before = before
        self._after = after
        self.count = 0

    def perform(self, kind: str, target: str, call: Callable[[], T], **detail: Any) -> T:
        """Call once; `kind` is a fixed word (`push-tag`), `target` what is changed. No secret in either or in `detail`."""
        self.count += 1
        number = self.count
        self._note("intent", number, kind, target, detail)
        self._before(number, kind)
        try:
            result = call()
        except NaruError as error:
            self._note("failed", number, kind, target, {"error": error.message})
            raise
        self._after(number, kind)
        self._note("done", number, kind, target, {})
        return result

    def _note(self, what: str, number: int, kind: str, target: str, detail: dict[str, Any]) -> None:
        self._log.append(
            {"at": self._clock.now().isoformat(), "stage": self._stage, "what": what, "effect": number,
             "kind": kind, "target": target, "detail": detail}
        )
