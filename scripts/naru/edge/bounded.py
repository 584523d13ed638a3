"""Ends a call that has no deadline of its own (name look-ups, answers that drip) by leaving its thread behind."""

from __future__ import annotations

import threading
from collections.abc import Callable

from naru.errors import NaruError, OutsideDown


def within(seconds: float, call: Callable[[], None], *, doing: str) -> None:
    """Call in a thread of its own; raises its NaruError, or OutsideDown after `seconds` or for anything else.

    Of a foreign exception only the kind is told: its words may hold an address or a credential.
    """
    faults: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001 (handed over to the waiting thread)
            faults.append(error)
        finally:
            done.set()

    threading.Thread(target=run, daemon=True).start()
    if not done.wait(seconds):
        raise OutsideDown(f"{doing}: no answer within {seconds:.3g} s.")
    if faults and isinstance(faults[0], NaruError):
        raise faults[0]
    if faults:
        raise OutsideDown(f"{doing}: {type(faults[0]).__name__}.")
