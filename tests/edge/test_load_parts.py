"""Parts of the load engine that need no server: reading answers, schedules, which hosts may be loaded."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naru.edge.load import check_targets
from naru.edge.load_answer import Answer, Malformed
from naru.edge.load_guard import permitted
from naru.edge.load_lane import RunningLane
from naru.errors import Malformed as MalformedInput
from naru.model.load import Lane, LoadPlan, LoadStep

LENGTH = b"HTTP/1.1 200 OK\r\nX-Naru-Pod: egov-7\r\ncontent-length: 11\r\n\r\nhello world"
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nx-naru-pod: egov-7\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n"
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\n" + LENGTH


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([LENGTH, CHUNKS, CONTINUED]), st.sets(st.integers(1, 90), max_size=6))
def test_an_answer_is_read_the_same_however_it_is_cut(whole, cuts):
    answer = Answer(b"lo wo")
    edges = [0, *sorted(c for c in cuts if c < len(whole)), len(whole)]
    for begin, end in itertools.pairwise(edges):
        assert not answer.complete
        answer.feed(whole[begin:end])
    assert (answer.complete, answer.status, answer.pod, answer.marked) == (True, 200, "egov-7", True)


@pytest.mark.parametrize("data", [
    b"SSH-2.0\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\nA: " + b"a" * 70_000,
])
def test_what_is_no_http_answer_is_refused(data):
    with pytest.raises(Malformed):
        Answer().feed(data)


def test_an_answer_without_length_ends_with_the_connection_and_one_with_length_does_not():
    open_end, short = Answer(), Answer()
    open_end.feed(b"HTTP/1.1 200 OK\r\n\r\nabc")
    short.feed(LENGTH[:-1])
    assert (open_end.end(), short.end()) == (True, False)


def due_times(lane):
    times = []
    while lane.next_due is not None:
        times.append(lane.next_due)
        lane.advance()
    return times


def test_a_schedule_keeps_its_pace_through_steps_and_pauses():
    lane = Lane(name="a", url="http://127.0.0.1/", steps=(
        LoadStep(seconds=1, rate=2), LoadStep(seconds=1, rate=0), LoadStep(seconds=0.5, rate=4)))
    assert due_times(RunningLane(lane, 0.5)) == pytest.approx([0.25, 0.75, 2.125, 2.375])


def test_new_steps_replace_what_was_left_and_numbers_go_on():
    lane = RunningLane(Lane(name="a", url="http://127.0.0.1/{n}", steps=(LoadStep(seconds=100, rate=1),)), 0)
    lane.advance()
    lane.follow((LoadStep(seconds=0.2, rate=10),), 50.0)
    assert due_times(lane) == pytest.approx([50.0, 50.1])
    assert lane.request().startswith(b"GET /3 ")


def test_the_body_carries_the_number_of_the_request_and_its_place_in_the_ring():
    lane = RunningLane(Lane(name="a", url="http://127.0.0.1/", method="POST", slots=2, body='{"pod":"w-{slot}","version":"{n}"}',
                            steps=(LoadStep(seconds=100, rate=1),)), 0)
    bodies = []
    for _ in range(3):
        bodies.append(lane.request().rpartition(b"\r\n\r\n")[2])
        lane.advance()
    assert bodies == [b'{"pod":"w-0","version":"0"}', b'{"pod":"w-1","version":"1"}', b'{"pod":"w-0","version":"2"}']


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 50)), min_size=1, max_size=5), st.floats(0, 0.99))
def test_a_schedule_sends_rate_times_seconds_requests_in_order(steps, phase):
    lane = Lane(name="a", url="http://127.0.0.1/", steps=tuple(LoadStep(seconds=s, rate=r) for s, r in steps))
    times = due_times(RunningLane(lane, phase))
    assert times == sorted(times)
    assert abs(len(times) - sum(s * r for s, r in steps)) <= len(steps)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.8.7", "::1", "localhost", "k-paas.example"])
def test_loopback_and_named_hosts_may_be_loaded(host):
    assert permitted(host, ("k-paas.example",))


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://127.0.0.1.example.com/", "http://example.com:80/", "https://127.0.0.1/", "file:///x"])
def test_anything_else_is_refused_before_a_packet_is_sent(url):
    with pytest.raises(MalformedInput):
        check_targets(LoadPlan(lanes=(Lane(name="a", url=url, steps=(LoadStep(seconds=1, rate=1),)),)))
