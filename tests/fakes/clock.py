"""A clock that moves only when somebody waits."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    def __init__(self):
        self.at = 0.0

    def now(self):
        return datetime(2026, 11, 23, 6, 0, tzinfo=UTC) + timedelta(seconds=self.at)

    def monotonic(self):
        return self.at

    def sleep(self, seconds):
        self.at += seconds

    def wait(self, event, seconds):
        if not event.is_set():
            self.at += seconds
        return event.is_set()
