"""What every stage is given: a log in memory, a clock that stands still, no display; and a killer for crash tests."""

from contextlib import contextmanager
from datetime import UTC, datetime

from naru.steps.effects import Effects, no_hook


class Killed(BaseException):
    """The process died here: nothing may catch it."""


class StillClock:
    def now(self):
        return datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


class ListLog:
    def __init__(self):
        self.entries = []

    def append(self, entry):
        self.entries.append(entry)


class Quiet:
    """A display that nobody sees: it keeps what was said and shown, which bars there were and how far they came."""

    def __init__(self):
        self.said, self.shown, self.titles, self.at, self.open = [], [], [], 0.0, 0

    @contextmanager
    def task(self, title, total=None):
        self.titles.append(title)
        self.open += 1
        try:
            yield self
        finally:
            self.open -= 1

    def advance(self, amount=1):
        self.at += amount

    def say(self, text):
        self.said.append(text)

    def show(self, text):
        self.shown.append(text)

    def line(self, text):
        self.said.append(text)

    def detail(self, text):
        pass


def effects(log=None, *, stage="test", before=no_hook, after=no_hook):
    return Effects(log or ListLog(), StillClock(), stage=stage, before=before, after=after)


def killer(at):
    """A hook that dies at the effect with that number."""

    def hook(number, kind):
        if number == at:
            raise Killed

    return hook
