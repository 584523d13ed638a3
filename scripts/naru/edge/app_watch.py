"""Reads the proven app in every cloud a few times a second, each cloud in a thread of its own, for as long as a drill lasts.

A cloud that cannot be read (its node is stopped) simply gives no readings; it never holds up the others.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from naru.edge.clock import SystemClock
from naru.edge.cloud_app import CloudApp
from naru.errors import NaruError
from naru.model.failover import Reading

LOOK_SECONDS = 0.5
END_SECONDS = 1.0


class AppWatch:
    """Begins with the `with` block and ends with it."""

    def __init__(self, apps: Sequence[CloudApp]) -> None:
        self._apps = tuple(apps)
        self._clock = SystemClock()
        self._guard = threading.Lock()
        self._readings: list[tuple[float, Reading]] = []
        self._latest: dict[str, tuple[float, Reading]] = {}
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._look, args=(app,), daemon=True) for app in self._apps]

    def readings(self) -> list[tuple[float, Reading]]:
        """(monotonic seconds, reading) in the order in which they came."""
        with self._guard:
            return list(self._readings)

    def latest(self, cloud: str) -> tuple[float, Reading] | None:
        """The last reading of a cloud and when it was made."""
        with self._guard:
            return self._latest.get(cloud)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(END_SECONDS)  # one that waits for a lost cloud ends by itself

    def _look(self, app: CloudApp) -> None:
        while not self._clock.wait(self._ended, LOOK_SECONDS):
            try:
                reading = app.reading()
            except NaruError:
                continue
            with self._guard:
                entry = (self._clock.monotonic(), reading)
                self._readings.append(entry)
                self._latest[app.cloud] = entry
