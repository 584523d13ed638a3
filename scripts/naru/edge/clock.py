"""The one module that knows the time. Waits are measured monotonically, dates are UTC."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class SystemClock:
    """The real clock; tests give a fake one with the same methods."""

    def now(self) -> datetime:
        """The present moment, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds from an arbitrary origin that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait that long."""
        time.sleep(seconds)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait for the event at most that long; True if it came."""
        return event.wait(seconds)


def iso(moment: datetime) -> str:
    """`2026-11-23T06:00:00.123456Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
