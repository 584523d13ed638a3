"""Asks the same question again and again in a thread and keeps every answer with its time. Leaves no thread after `stop`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from naru.edge.clock import SystemClock
from naru.errors import NaruError


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer; `fault` says why there was none."""

    mono: float
    """When the answer was there (monotonic seconds)."""
    answer: Any = None
    fault: str = ""


@dataclass
class Poller:
    """`ask` is called every `every` seconds, one call at a time; a NaruError is kept as a fault and never escapes."""

    ask: Callable[[], Any]
    every: float = 1.0
    answers: list[Answered] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        """Ask from now on."""
        self._thread = threading.Thread(target=self._run, name="poller", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; waits for the question that is open, 15 s at most."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(15)

    def _run(self) -> None:
        clock = SystemClock()
        due = clock.monotonic()
        while not self._stop.is_set():
            try:
                answer, fault = self.ask(), ""
            except NaruError as error:
                answer, fault = None, error.message
            if not self._stop.is_set():
                self.answers.append(Answered(clock.monotonic(), answer, fault))
            due = max(due + self.every, clock.monotonic())
            self._stop.wait(due - clock.monotonic())
