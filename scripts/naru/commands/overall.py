"""The one display of a whole job: a bar on a terminal (stages, clouds, time left), two plain lines a stage without one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from naru.core.overview import begin_line, clouds_words, end_line, left_words, seconds_left
from naru.core.stage_list import Stage
from naru.edge.console import Console, QuietTask, RichTask
from naru.model.timings import StageTime
from naru.steps.ports import Clock


class Overall:
    """Begin and end of each stage, in order; use within `running`."""

    def __init__(self, console: Console, clock: Clock, stages: Sequence[Stage], expected: Mapping[str, float], went_well: Sequence[str] = ()) -> None:
        self._console, self._clock = console, clock
        self._stages, self._expected = stages, expected
        self._good = list(went_well)
        self._number, self._since = 0, clock.monotonic()
        self._bar: RichTask | QuietTask = QuietTask()

    @contextmanager
    def running(self, title: str) -> Iterator[None]:
        """Show it for as long as the block runs; the bar goes, the lines stay."""
        with self._console.overall(title, len(self._stages), self.left) as self._bar:
            yield

    def left(self) -> str:
        """`about 9 min left`, as of now."""
        elapsed = self._clock.monotonic() - self._since
        return left_words(seconds_left(self._stages, self._number, self._expected, elapsed))

    def begin(self, number: int) -> None:
        """A stage begins."""
        self._bar.advance(number - self._number)
        self._number, self._since = number, self._clock.monotonic()
        self._bar.say(self._note())
        if not self._console.fancy:
            self._console.line(begin_line(self._stages, number, seconds_left(self._stages, number, self._expected)))

    def end(self, time: StageTime) -> None:
        """The stage that began last has ended."""
        self._bar.advance()
        if not time.exit_code and time.name not in self._good:
            self._good.append(time.name)
        self._console.line(end_line(self._stages, self._number, time, clouds_words(self._stages, self._good)))
        self._number += 1
        self._since = self._clock.monotonic()

    def _note(self) -> str:
        clouds = clouds_words(self._stages, self._good)
        return self._stages[self._number].name + (f" · {clouds}" if clouds else "")
