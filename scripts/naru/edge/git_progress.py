"""Shows how far a long clone or fetch is, from what git says of it itself; a short one shows nothing.

Resting state: the bar is gone when the block ends, however it ends. Only looks: what git does is not changed by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Protocol, Self

SLOW_SECONDS = 1.0
"""A transfer that ends within this time shows no bar."""

TOTAL = 100.0
RECEIVED_AT = 80.0
"""Where the bar stands when all objects are received; the rest is for resolving deltas."""

_PROGRESS = re.compile(r"(remote: )?(Enumerating|Counting|Compressing|Receiving|Writing) objects:|(remote: )?(Resolving deltas:|Total \d)|Cloning into ")
_REF_ROW = re.compile(r"From | [^!] ")


class Bar(Protocol):
    """One bar of the display."""

    def advance(self, amount: float = 1) -> None:
        """Move on by that much of the total."""

    def say(self, text: str) -> None:
        """What is being done."""

    def show(self, text: str) -> None:
        """A ticking value."""


class Bars(Protocol):
    """The display."""

    def task(self, title: str, total: float | None = None) -> AbstractContextManager[Bar]:
        """One bar for as long as the block runs."""


class TransferProgress:
    """A block in which git transfers; `line` takes each line of its standard error as it comes."""

    def __init__(self, title: str, bars: Bars, monotonic: Callable[[], float]) -> None:
        from git.util import CallableRemoteProgress, RemoteProgress

        self._title, self._bars, self._monotonic = title, bars, monotonic
        self._names = {
            RemoteProgress.COUNTING: "the other side counts", RemoteProgress.COMPRESSING: "the other side compresses",
            RemoteProgress.RECEIVING: "receiving", RemoteProgress.RESOLVING: "resolving deltas",
        }
        self._shares = {RemoteProgress.RECEIVING: (0.0, RECEIVED_AT), RemoteProgress.RESOLVING: (RECEIVED_AT, TOTAL)}
        self._mask = RemoteProgress.OP_MASK
        self._parse = CallableRemoteProgress(self._moved).new_message_handler()
        self._begin, self._at, self._stack = monotonic(), 0.0, ExitStack()
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def line(self, text: str) -> None:
        """One line of git's standard error, without its end."""
        self._parse(text)

    def _moved(self, code: int, count: float | str, most: float | str | None = None, message: str = "") -> None:
        """Called by GitPython for each line of progress."""
        kind = code & self._mask
        if kind not in self._names or self._monotonic() - self._begin < SLOW_SECONDS:
            return
        if self._bar is None:
            self._bar = self._stack.enter_context(self._bars.task(self._title, TOTAL))
        done, whole = float(count or 0), float(most or 0)
        self._advance_to(kind, done / whole if whole else 0.0)
        self._bar.say(self._names[kind])
        self._bar.show(f"{self._names[kind]}: {done:g}" + (f" of {whole:g} objects" if whole else " objects") + (f", {message}" if message else ""))

    def _advance_to(self, kind: int, share: float) -> None:
        first, last = self._shares.get(kind, (0.0, 0.0))
        target = first + (last - first) * share
        if self._bar is not None and target > self._at:
            self._bar.advance(target - self._at)
            self._at = target


def without_progress(stderr: str) -> str:
    """What git said beside progress and the list of the refs that it moved: the reason, where it failed."""
    lines = re.split(r"[\r\n]+", stderr)
    return "\n".join(line for line in lines if line and not _PROGRESS.match(line) and not _REF_ROW.match(line))
