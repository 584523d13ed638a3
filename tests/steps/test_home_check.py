"""The home pages are asked while the stability window runs, until each pod was seen."""

import itertools

import pytest

from core.test_clouds import CLOUD
from fakes.clock import FakeClock
from naru.core.home_page import MOST_FACTOR
from naru.model.probe import PageAnswer
from naru.steps.home_check import LONGEST_CHECK, HomeCheck

APP = CLOUD.app("egov")
PODS = ("egov-0", "egov-1")
WANTED = 20


class Pages:
    """Answers at once; pods beyond the first only from `routed` on, as after kube-proxy's next turn."""

    def __init__(self, clock, routed):
        self.clock, self.routed, self.turn = clock, routed, itertools.cycle(PODS)

    def ask(self, app, port, path, marker=""):
        pod = next(self.turn) if self.clock.monotonic() >= self.routed else PODS[0]
        return PageAnswer(at="2026-11-23T00:00:00Z", app=app, status=200, milliseconds=1, marked=True, cloud="naver", pod=pod, version="1")

    def json(self, port, path):
        return None


class World:
    """A cluster whose newest pods are PODS."""

    def get(self, kind, name):
        return {}

    def new_pods(self, live):
        return [{"metadata": {"name": pod}} for pod in PODS]


class Judge:
    def __init__(self):
        self.world = World()


class State:
    def __init__(self, stable_since):
        self.stable_since = stable_since


def asked(routed):
    clock = FakeClock()
    check = HomeCheck([APP], lambda app: 18080, Pages(clock, clock.monotonic() + routed), clock, wanted=WANTED, apm_app=None, version="1")
    begun = clock.monotonic()
    check.look(Judge(), State(1.0))
    check.finish()
    return check, clock.monotonic() - begun


def test_where_every_pod_answers_the_wanted_number_of_questions_is_enough():
    check, seconds = asked(0)
    assert (len(check.answers), {answer.pod for answer in check.answers}) == (WANTED, set(PODS))
    assert seconds <= 0.05


@pytest.mark.parametrize("routed", [0.5, 1.0, 3.0, 10.0])
def test_a_pod_that_the_nodes_send_to_a_moment_later_is_waited_for(routed):
    check, _ = asked(routed)
    assert {answer.pod for answer in check.answers} == set(PODS)


def test_a_pod_that_never_answers_ends_the_check_by_count_and_by_time():
    check, seconds = asked(1e9)
    assert {answer.pod for answer in check.answers} == {PODS[0]}
    assert len(check.answers) == WANTED * MOST_FACTOR
    assert seconds < LONGEST_CHECK


def test_answers_from_before_the_rollout_was_disturbed_again_are_thrown_away():
    clock = FakeClock()
    check = HomeCheck([APP], lambda app: 18080, Pages(clock, 0), clock, wanted=WANTED, apm_app=None, version="1")
    check.look(Judge(), State(1.0))
    check.finish()
    first = check.answers
    check.look(Judge(), State(None))
    check.look(Judge(), State(1.0))
    assert check.answers is first, "the same stable time is not asked about twice"
    check.look(Judge(), State(2.0))
    check.finish()
    assert check.answers is not first
    assert len(check.answers) == WANTED
