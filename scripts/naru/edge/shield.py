"""Keeps Ctrl-C and SIGTERM waiting while something must not be cut off, then lets them come."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def shielded() -> Iterator[None]:
    """Signals that come in the block take effect after it. Only the main thread gets signals, elsewhere nothing is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        waiting.append(number)

    before = {sign: signal.signal(sign, note) for sign in SIGNALS}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
        for number in dict.fromkeys(waiting):
            signal.raise_signal(number)
