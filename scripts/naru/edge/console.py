"""What a person sees while a job runs: bars on a terminal, quiet plain lines without one. Writes to stderr only.

Standard output stays for results, so that `--json` can be piped.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from naru.edge.clock import SystemClock

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.progress import Progress as RichProgress
    from rich.progress import ProgressColumn, TaskID


SILENT_SECONDS = 60.0
_CLOCK = SystemClock()


def on_terminal() -> bool:
    """True where a person looks at standard error, also while a display has put itself before it."""
    stream = getattr(sys.stderr, "rich_proxied_file", sys.stderr)
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"


@functools.cache
def terminal() -> RichConsole:
    """The one terminal of this process: displays on it nest instead of writing over each other."""
    from rich.console import Console as RichConsole

    return RichConsole(stderr=True)


class Console:
    """Implements the Progress port; `verbose` also shows details (tool output as it streams)."""

    def __init__(self, *, verbose: bool = False, quiet: bool = False) -> None:
        self._verbose = verbose
        self._quiet = quiet
        self._fancy = on_terminal() and not quiet
        self._rich: RichProgress | None = None
        self._open = 0
        self._guard = threading.RLock()

    @property
    def fancy(self) -> bool:
        """True with bars, False with plain lines."""
        return self._fancy

    @contextmanager
    def overall(self, title: str, total: float, left: Callable[[], str]) -> Iterator[RichTask | QuietTask]:
        """The bar above all others, with a note of its own that ticks; nothing without a terminal, where the caller prints lines."""
        if not self._fancy:
            yield QuietTask()
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn(), _ticking(left), TextColumn("{task.fields[note]}"))
        with Progress(*columns, console=terminal(), transient=True, redirect_stdout=sys.stdout.isatty()) as progress:
            yield RichTask(progress, progress.add_task(title, total=total, note=""), title)

    @contextmanager
    def task(self, title: str, total: float | None = None) -> Iterator[RichTask | PlainTask]:
        """One bar (or one line at begin and end) for as long as the block runs; may be nested and threaded."""
        if not self._fancy:
            plain = PlainTask(self, title, total)
            yield plain
            plain.done()
            return
        progress = self._begin()
        number = progress.add_task(title, total=total, note="")
        try:
            yield RichTask(progress, number, title)
        finally:
            self._end(progress, number)

    def line(self, text: str) -> None:
        """One line that stays."""
        if self._quiet:
            return
        with self._guard:
            if self._fancy:
                terminal().print(text, markup=False, highlight=False, soft_wrap=True)
            else:
                print(text, file=sys.stderr, flush=True)

    def detail(self, text: str) -> None:
        """A line shown under -v only."""
        if self._verbose:
            self.line("  " + text)

    def _begin(self) -> RichProgress:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        with self._guard:
            if self._rich is None:
                self._rich = Progress(
                    TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn(),
                    TimeRemainingColumn(), TextColumn("{task.fields[note]}"),
                    console=terminal(), transient=True, redirect_stdout=sys.stdout.isatty(),
                )
                self._rich.start()
            self._open += 1
            return self._rich

    def _end(self, progress: RichProgress, number: TaskID) -> None:
        with self._guard:
            progress.remove_task(number)
            self._open -= 1
            if self._open == 0:
                progress.stop()
                self._rich = None


def _ticking(text: Callable[[], str]) -> ProgressColumn:
    """A column that asks for its text whenever the bar is drawn."""
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    class Ticking(ProgressColumn):
        def render(self, task: Task) -> Text:
            del task  # the text is not the bar's own
            return Text(text())

    return Ticking()


class QuietTask:
    """Shows nothing."""

    def advance(self, amount: float = 1) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """Nothing."""

    def show(self, text: str) -> None:
        """Nothing."""


class RichTask:
    """A bar."""

    def __init__(self, progress: RichProgress, number: TaskID, title: str) -> None:
        self._progress = progress
        self._number = number
        progress.update(number, description=title)

    def advance(self, amount: float = 1) -> None:
        """Move on by that much of the total."""
        self._progress.advance(self._number, amount)

    def say(self, text: str) -> None:
        """What is being done right now."""
        self._progress.update(self._number, note=text)

    def show(self, text: str) -> None:
        """A ticking value, for eyes only: a log does not get it."""
        self._progress.update(self._number, note=text)


class PlainTask:
    """Without a terminal: a line for each thing being done, and a line a minute while one thing takes long."""

    def __init__(self, console: Console, title: str, total: float | None, now: Callable[[], float] = _CLOCK.monotonic) -> None:
        self._console = console
        self._now = now
        self._told = now()
        self._title = title
        self._total = total
        self._at = 0.0
        self._last = ""
        console.line(f"{title} ...")

    def advance(self, amount: float = 1) -> None:
        """Count on; shown with the next `say`, or after a minute of silence: servers take a silent build for a dead one."""
        self._at += amount
        if self._now() - self._told >= SILENT_SECONDS:
            self._tell()

    def say(self, text: str) -> None:
        """What is being done right now."""
        if text == self._last:
            return
        self._last = text
        self._tell()

    def _tell(self) -> None:
        self._told = self._now()
        share = f" {self._at / self._total:.0%}" if self._total else ""
        self._console.line(f"{self._title}:{share} {self._last}".rstrip())

    def show(self, text: str) -> None:
        """A ticking value: not in a log."""

    def done(self) -> None:
        """Nothing more to show; the caller prints the result."""
