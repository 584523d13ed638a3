"""Trigger-and-wait over real HTTP against the contract server (what only it has shown: docs/jenkins.md says so)."""

import pytest

from fakes.jenkins_server import JenkinsServer
from naru.edge.jenkins import JenkinsBuilds
from naru.edge.jenkins_http import JenkinsHttp
from naru.errors import Malformed, Missing
from naru.model.waiting import Ending, WaitLimits
from naru.steps.effects import Effects
from naru.steps.trigger import TriggerRequest, result_of, trigger

REQUEST = {"KHAN_RELEASE": ["8.9.csap", "8.8.4"], "BUG_FIX_VERSION": None, "NARU_REQUEST_ID": None}


class Clock:
    """Real order, hardly any waiting: ten milliseconds stand for a second."""

    def __init__(self):
        self.at = 0.0

    def now(self):
        from datetime import UTC, datetime

        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self):
        return self.at

    def sleep(self, seconds):
        self.at += seconds


class Log(list):
    def append(self, entry):
        super().append(entry)


@pytest.fixture
def server():
    with JenkinsServer() as server:
        server.job("release", REQUEST)
        yield server


def run(server, job="release", known=False, wait=True, request_id="r-1", parameters=None, token=None, **limits):
    http = JenkinsHttp(server.url, server.user, token or server.token, read_seconds=2, sleep=lambda _: None)
    given = {"KHAN_RELEASE": "8.9.csap", "BUG_FIX_VERSION": "999"} if parameters is None else parameters
    request = TriggerRequest(job, given, request_id, known=known, wait=wait, limits=WaitLimits(**{"poll": 1, "lost": 5, **limits}))
    clock, said, lines = Clock(), [], []
    state = trigger(
        JenkinsBuilds(http), clock, Effects(Log(), clock, stage="trigger"), request, say=said.append, line=lines.append, jitter=lambda: 1.0
    )
    return state, lines, said, request


def test_a_build_is_started_once_and_its_console_comes_whole(server):
    state, lines, _, request = run(server)
    assert (state.ending, state.exit_code, lines) == (Ending.success, 0, ["hello", "world"])
    plain = result_of(request, state, "a", "b")
    assert plain["number"] == 1
    assert plain["parameters"]["BUG_FIX_VERSION"] == "999"
    assert len(server.posts()) == 1


@pytest.mark.parametrize(("result", "ending", "code"), [
    ("UNSTABLE", Ending.unstable, 1), ("FAILURE", Ending.failure, 1), ("ABORTED", Ending.aborted, 1), ("NOT_BUILT", Ending.not_built, 1),
])
def test_each_result_has_its_exit_code(server, result, ending, code):
    server.jobs["release"].result = result
    state, *_ = run(server)
    assert (state.ending, state.exit_code) == (ending, code)


def test_the_queue_is_waited_through_and_its_reason_is_said(server):
    server.waits = 4
    state, _, said, _ = run(server)
    assert state.ending is Ending.success
    assert any("next available executor" in text for text in said)


def test_an_item_that_left_without_a_build_is_polled_on(server):
    server.leave_without_build = 3
    assert run(server)[0].ending is Ending.success


def test_a_cancelled_item_ends_with_a_word_of_its_own(server):
    server.cancel_items = True
    state, *_ = run(server)
    assert (state.ending, state.exit_code) == (Ending.cancelled, 1)


def test_an_item_that_expired_is_found_again_by_its_request_id(server):
    server.expire_items = True
    state, lines, *_ = run(server)
    assert (state.ending, lines) == (Ending.success, ["hello", "world"])


def test_a_post_cut_off_after_it_was_done_is_not_sent_again(server):
    server.fault("POST", "buildWithParameters", "drop-after")
    server.waits = 2
    state, *_ = run(server)
    assert state.ending is Ending.success
    assert len(server.posts()) == 1
    assert len(server.jobs["release"].builds) == 1


def test_a_post_cut_off_before_it_was_done_is_sent_again_after_searching(server):
    server.fault("POST", "buildWithParameters", "drop")
    state, *_ = run(server)
    assert state.ending is Ending.success
    assert len(server.posts()) == 2
    assert len(server.jobs["release"].builds) == 1


def test_a_server_that_names_no_queue_item_is_searched(server):
    server.no_location = True
    state, *_ = run(server)
    assert state.ending is Ending.success
    assert len(server.posts()) == 1


@pytest.mark.parametrize(("kind", "where"), [
    ("status:503", "queue/item"), ("html", "queue/item"), ("drop", "queue/item"), ("status:502", "/1/api/json"),
    ("cut-body", "/1/api/json"), ("status:503", "progressiveText"), ("drop", "progressiveText"), ("cut-body", "progressiveText"),
])
def test_a_restart_in_the_middle_costs_patience_and_not_a_line(server, kind, where):
    server.jobs["release"].console = [b"one\n", "\uac00\ub098".encode()[:4], "\uac00\ub098".encode()[4:] + b"\n", b"three\n"]
    server.waits = 1
    server.fault("GET", where, kind, times=3)
    state, lines, said, _ = run(server)
    assert (state.ending, lines) == (Ending.success, ["one", "\uac00\ub098", "three"])
    assert any("answers again" in text for text in said)


def test_a_log_that_shrinks_in_a_crash_shows_no_line_twice(server):
    server.jobs["release"].console = [b"one\ntwo\nthr", ("replace", b"one\n"), ("replace", b"one\ntwo\nthree\nfour\n")]
    assert run(server)[1] == ["one", "two", "three", "four"]


def test_a_503_at_the_post_is_waited_for(server):
    server.fault("POST", "buildWithParameters", "status:503", times=2)
    state, *_ = run(server)
    assert state.ending is Ending.success
    assert len(server.jobs["release"].builds) == 1


def test_a_request_id_given_again_goes_on_with_the_same_build(server):
    run(server, known=True)
    state, lines, *_ = run(server, known=True)
    assert (state.ending, state.number, lines) == (Ending.success, 1, ["hello", "world"])
    assert len(server.posts()) == 1


def test_two_equal_requests_stay_two_builds_because_of_their_ids(server):
    server.waits = 2
    run(server, request_id="a", wait=False)
    state, *_ = run(server, request_id="b")
    assert state.ending is Ending.success
    assert {item.parameters["NARU_REQUEST_ID"] for item in server.items.values()} == {"a", "b"}


def test_a_disabled_job_is_refused_before_anything_is_sent(server):
    server.jobs["release"].buildable = False
    with pytest.raises(Missing, match="disabled"):
        run(server)
    assert server.posts() == []


def test_a_job_disabled_between_look_and_post_is_refused(server):
    class Late(JenkinsBuilds):
        def queue_build(self, job, parameters):
            server.jobs["release"].buildable = False
            return super().queue_build(job, parameters)

    clock = Clock()
    http = JenkinsHttp(server.url, server.user, server.token)
    state = trigger(Late(http), clock, Effects(Log(), clock, stage="trigger"), TriggerRequest("release", {}, "r"), say=print, line=print, jitter=lambda: 1)
    assert (state.ending, state.exit_code, state.reason) == (Ending.refused, 3, "the job is disabled")


def test_a_foreign_choice_is_refused_by_the_jobs_own_definition(server):
    with pytest.raises(Malformed, match="no choice of KHAN_RELEASE"):
        run(server, parameters={"KHAN_RELEASE": "9.9"})
    assert server.posts() == []


def test_an_unknown_parameter_is_refused_since_jenkins_would_drop_it(server):
    with pytest.raises(Missing, match="has no parameter"):
        run(server, parameters={"KHAN_RELEAS": "8.9.csap"})


def test_a_wrong_token_is_said_and_never_shown(server):
    with pytest.raises(Missing, match="401") as caught:
        run(server, token="wrong-and-secret")
    assert "wrong-and-secret" not in str(caught.value)


def test_a_password_user_gets_a_crumb_and_an_expired_one_is_renewed():
    with JenkinsServer(password="word-of-naru") as server:
        server.job("release", REQUEST)
        assert run(server, token="word-of-naru")[0].ending is Ending.success
        assert len(server.crumbs) == 1


def test_no_parameter_stands_in_an_address(server):
    run(server)
    assert all("999" not in path and server.token not in path for _, path, _ in server.requests)


def test_our_own_token_in_the_console_is_masked(server):
    server.jobs["release"].console = [b"curl -u naru:token-of-naru\n"]
    assert run(server)[1] == ["curl -u naru:********"]


@pytest.mark.parametrize(("limits", "ending"), [
    ({"queue": 20}, Ending.queue_limit), ({"overall": 30}, Ending.overall_limit),
])
def test_a_queue_that_never_moves_ends_at_its_own_limit(server, limits, ending):
    server.waits = 10_000
    state, *_ = run(server, **limits)
    assert (state.ending, state.exit_code) == (ending, 4)


def test_a_build_that_falls_silent_ends_at_its_own_limit(server):
    server.jobs["release"].console = [b"one\n", *[b""] * 1000]
    state, *_ = run(server, silence=20)
    assert (state.ending, state.exit_code) == (Ending.silent, 4)


def test_a_server_that_stays_away_ends_at_the_outage_limit(server):
    server.fault("GET", "queue/item", "status:503", times=10_000)
    state, *_ = run(server, outage=120)
    assert (state.ending, state.exit_code) == (Ending.outage, 4)


def test_a_stopped_build_of_ours_is_stopped_only_where_asked(server):
    server.jobs["release"].console = [b"one\n", *[b""] * 1000]
    http = JenkinsHttp(server.url, server.user, server.token)
    clock = Clock()
    request = TriggerRequest("release", {}, "r", cancel_on_stop=True, limits=WaitLimits(run=10, lost=5))
    state = trigger(JenkinsBuilds(http), clock, Effects(Log(), clock, stage="trigger"), request, say=print, line=print, jitter=lambda: 1)
    assert state.ending is Ending.run_limit
    assert any(path.endswith("/1/stop") for _, path, _ in server.requests)
