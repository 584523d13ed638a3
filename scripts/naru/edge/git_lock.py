"""A lock file per private copy: one process at a time fetches into it or repairs it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from naru.edge.clock import SystemClock
from naru.errors import OutsideDown

STEP_SECONDS = 0.05


@contextmanager
def held(path: Path, *, seconds: float) -> Iterator[None]:
    """Hold the lock; raises OutsideDown where another process keeps it longer than `seconds`."""
    clock = SystemClock()
    path.parent.mkdir(parents=True, exist_ok=True)
    end = clock.monotonic() + seconds
    with path.open("a") as stream:
        while not _taken(stream.fileno()):
            if clock.monotonic() >= end:
                raise OutsideDown(f"Another process held {path} for {seconds:g} s.", hint="Wait for it to end, then try again.")
            clock.sleep(STEP_SECONDS)
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
