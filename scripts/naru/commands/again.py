"""Repeats a stage that ended with exit code 4 (outside busy), as often as NARU_RETRIES says: Jenkins has no such rule."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from naru.core.jobs_reads import STAGES

BUSY = 4
MAX_RETRIES = 5
PAUSE_SECONDS = 20.0


def again(call: Callable[[], int], command: str) -> int:
    """Call once, and again after a pause for exit code 4 only; the last exit code is given."""
    code = call()
    for number in range(1, _retries(command) + 1):
        if code != BUSY:
            break
        from naru.edge.clock import SystemClock

        pause = float(os.environ.get("NARU_RETRY_PAUSE", PAUSE_SECONDS)) * number
        print(f"naru {command}: outside busy; try {number + 1} in {pause:g} s.", file=sys.stderr, flush=True)
        SystemClock().sleep(pause)
        code = call()
    return code


def _retries(command: str) -> int:
    """Only stages are repeated: a trigger or webhook decides about its own retries."""
    text = os.environ.get("NARU_RETRIES", "")
    return min(int(text), MAX_RETRIES) if command in STAGES and text.isascii() and text.isdigit() else 0
