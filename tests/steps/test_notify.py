"""Telling others: each at most once, within one bound, and never at the run's expense."""

import pytest

from fakes.clock import FakeClock
from fakes.stage import ListLog
from naru.errors import Interrupted, Missing, OutsideDown
from naru.model.notifications import EVERY_KIND, Event, EventKind
from naru.steps.effects import Effects
from naru.steps.notify import ALL_SECONDS, EACH_SECONDS, notify

EVENT = Event(kind=EventKind.run_finished, product="khan", version="1", outcome="promoted", sentence={"en": "e", "ko": "k"})


class Hook:
    def __init__(self, name, clock, *, fault=None, takes=0.0, events=EVERY_KIND):
        self.name, self.events, self.clock, self.fault, self.takes = name, events, clock, fault, takes
        self.given = []

    def send(self, event, seconds):
        self.given.append(seconds)
        self.clock.sleep(min(self.takes, seconds))
        if self.fault:
            raise self.fault


def tell(clock, *hooks):
    log, warnings = ListLog(), []
    told = notify(hooks, EVENT, Effects(log, clock, stage="notify"), clock, warnings.append)
    return told, warnings, log


def test_each_notifier_that_wants_the_event_is_told_once_and_it_is_logged():
    clock = FakeClock()
    one, two, other = Hook("one", clock), Hook("two", clock), Hook("other", clock, events=(EventKind.nightly_hold,))
    told, warnings, log = tell(clock, one, two, other)
    assert (told, warnings, other.given) == (["one", "two"], [], [])
    assert [(entry["what"], entry["target"]) for entry in log.entries] == [("intent", "one"), ("done", "one"), ("intent", "two"), ("done", "two")]


@pytest.mark.parametrize("fault", [OutsideDown("POST: the answer was status 500."), Missing("NARU_NOTIFY_TOKEN is not set.")])
def test_a_failing_notifier_is_one_line_and_the_next_one_is_told(fault):
    clock = FakeClock()
    told, warnings, _ = tell(clock, Hook("bad", clock, fault=fault), Hook("good", clock))
    assert told == ["good"]
    assert len(warnings) == 1
    assert "bad" in warnings[0]
    assert fault.message in warnings[0]


def test_slow_ones_have_a_bound_each_and_one_together():
    clock = FakeClock()
    hooks = [Hook(str(number), clock, takes=60, fault=OutsideDown("late")) for number in range(5)]
    told, warnings, _ = tell(clock, *hooks)
    assert clock.monotonic() == ALL_SECONDS
    assert [hook.given for hook in hooks] == [[EACH_SECONDS]] * 3 + [[]] * 2
    assert told == []
    assert len(warnings) == 5
    assert "left out" in warnings[-1]


def test_a_person_who_stops_the_run_stops_this_too():
    clock = FakeClock()
    with pytest.raises(Interrupted):
        tell(clock, Hook("one", clock, fault=Interrupted("stopped")))
