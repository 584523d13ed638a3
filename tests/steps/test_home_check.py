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


class Closed(Pages):
    """Connections end unanswered until `opens`, as long as a load balancer has not yet seen that the only pod is back; then `status`."""

    def __init__(self, clock, opens, status=200):
        super().__init__(clock, 0)
        self.opens, self.status = opens, status

    def ask(self, app, port, path, marker=""):
        answer = super().ask(app, port, path, marker)
        if self.clock.monotonic() < self.opens:
            return PageAnswer(at=answer.at, app=app, status=0, milliseconds=1, error="RemoteDisconnected", marked=False, cloud="", pod="", version="")
        return answer.model_copy(update={"status": self.status})


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


def asked(routed, pages=Pages, **more):
    clock = FakeClock()
    check = HomeCheck([APP], lambda app: 18080, pages(clock, clock.monotonic() + routed, **more), clock, wanted=WANTED, apm_app=None, version="1")
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


@pytest.mark.parametrize("opens", [0.3, 2.0, 4.9])
def test_a_load_balancer_that_sees_the_new_pod_a_moment_later_is_waited_for(opens):
    check, _ = asked(opens, Closed)
    assert [answer.status for answer in check.answers] == [200] * WANTED


def test_a_path_that_stays_closed_is_recorded_as_it_was():
    check, seconds = asked(1e9, Closed)
    assert {answer.error for answer in check.answers} == {"RemoteDisconnected"}
    assert seconds < LONGEST_CHECK


@pytest.mark.parametrize("status", [500, 503])
def test_an_answer_is_an_answer_however_bad_and_never_waited_out(status):
    check, _ = asked(0, Closed, status=status)
    assert [answer.status for answer in check.answers] == [status] * WANTED


def test_a_path_that_closes_again_after_its_first_answer_is_recorded():
    class Flaps(Closed):
        def ask(self, app, port, path, marker=""):
            self.asked = getattr(self, "asked", 0) + 1
            self.opens = self.clock.monotonic() + 1 if self.asked == 5 else 0
            return super().ask(app, port, path, marker)

    check, _ = asked(0, Flaps)
    assert [answer.error for answer in check.answers].count("RemoteDisconnected") == 1


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
