"""The open loop against a real server on loopback: one short run of many lanes, asserted by many tests."""

import itertools
import math
import time

import pytest

from fakes.http_target import HttpTarget, page
from naru.edge.load_engine import Engine
from naru.edge.load_rows import Rows
from naru.model.load import Lane, LoadPlan, LoadStep

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Naru-Pod: egov-2\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n"


def answers(path, number):
    if path.startswith("/slow"):
        return 5, None, True
    return {
        "/500": (0, page(500), False),
        "/close": (0, None, True),
        "/half": (0, page(text="x" * 50)[:-10], True),
        "/garbage": (0, b"SSH-2.0-OpenSSH\r\n\r\n", True),
        "/chunked": (0, CHUNKED, False),
        "/to-end": (0, b"HTTP/1.0 200 OK\r\n\r\nall of it", True),
    }.get(path, (0, page(text="welcome to egov"), False))


def steps(seconds=0.2, rate=20):
    return (LoadStep(seconds=seconds, rate=rate),)


def run(plan):
    ticks = []
    origin = time.monotonic()
    engine = Engine(plan, clock=time.monotonic, origin=origin, on_tick=ticks.append)
    engine.run()
    return engine, engine.rows.in_order(), ticks


@pytest.fixture(scope="module")
def many():
    with HttpTarget(answers) as target:
        def lane(name, path="/", **more):
            return Lane(name=name, url=target.url + path, steps=steps(), timeout_seconds=0.3, **more)

        lanes = (
            lane("new"), lane("kept", connection="keepalive"),
            lane("kept-two", connection="keepalive", requests_per_connection=2),
            lane("500", "/500"), lane("close", "/close"), lane("half", "/half"), lane("garbage", "/garbage"),
            lane("chunked", "/chunked", connection="keepalive"), lane("to-end", "/to-end"), lane("slow", "/slow"),
            lane("marked", marker="egov"), lane("unmarked", marker="something else"),
            lane("posts", "/write/{n}", method="POST", body='{"number": {n}}', host="egov.example"),
            Lane(name="refused", url="http://127.0.0.1:1/", steps=steps()),
        )
        engine, rows, ticks = run(LoadPlan(lanes=lanes))
        by_lane = {item.name: [row for row in rows if row.lane == item.name] for item in lanes}
        yield engine, by_lane, ticks, target


def words(rows):
    return {row.error or str(row.status) for row in rows}


def test_each_lane_sends_exactly_what_its_steps_say(many):
    assert {len(rows) for rows in many[1].values()} == {4}


def test_intended_times_follow_from_the_steps_alone(many):
    for rows in many[1].values():
        gaps = [b.intended - a.intended for a, b in itertools.pairwise(rows)]
        assert gaps == pytest.approx([0.05] * 3)


@pytest.mark.parametrize(("lane", "word"), [
    ("new", "200"), ("kept", "200"), ("500", "500"), ("close", "closed"), ("half", "closed"), ("garbage", "malformed"),
    ("chunked", "200"), ("to-end", "200"), ("slow", "timeout"), ("marked", "200"), ("unmarked", "marker"), ("refused", "refused"),
])
def test_each_way_to_answer_or_fail_has_its_word(many, lane, word):
    assert words(many[1][lane]) == {word}


def test_a_lane_of_new_connections_never_reuses_one(many):
    assert not any(row.reused for row in many[1]["new"])


def test_a_kept_alive_lane_opens_one_connection_and_reuses_it(many):
    assert [row.reused for row in many[1]["kept"]] == [False, True, True, True]


def test_a_kept_connection_is_given_up_after_its_number_of_requests(many):
    assert [row.reused for row in many[1]["kept-two"]] == [False, True, False, True]


def test_the_answering_pod_cloud_and_version_are_read_from_the_headers(many):
    row = many[1]["new"][0]
    assert (row.cloud, row.pod, row.version) == ("naver", "egov-1", "8.9.csap-999")


def test_numbers_stand_in_path_and_body_and_the_host_header_is_as_told(many):
    requests = [r for r in many[3].requests if r.startswith(b"POST")]
    assert sorted(r.split()[1] for r in requests) == [b"/write/0", b"/write/1", b"/write/2", b"/write/3"]
    assert sorted(r.split(b"\r\n\r\n")[1] for r in requests)[3] == b'{"number": 3}'
    assert all(b"\r\nHost: egov.example\r\n" in r for r in requests)


def test_latency_counts_from_the_intended_time_and_lateness_is_apart_from_it(many):
    for row in many[1]["slow"]:
        assert row.latency == pytest.approx(row.lateness + (row.done - row.sent))
        assert row.latency >= 0.3


def test_ticks_add_up_to_the_rows(many):
    ticks = many[2]
    assert sum(t.offered for t in ticks) == 14 * 4
    assert sum(t.answered for t in ticks) == 14 * 4
    assert sum(t.errors.get("http-500", 0) for t in ticks) == 4


def test_a_slow_server_does_not_slow_the_sending_and_what_is_over_the_limit_counts_as_dropped():
    with HttpTarget(answers) as target:
        lane = Lane(name="a", url=target.url + "/slow", steps=steps(0.2, 100), timeout_seconds=0.25)
        _, rows, ticks = run(LoadPlan(lanes=(lane,), max_in_flight=5))
    assert words(rows[:5]) == {"timeout"}
    assert words(rows[5:]) == {"dropped"}
    assert all(math.isnan(row.sent) for row in rows[5:])
    assert sum(t.errors["dropped"] for t in ticks if t.errors) == 15


def test_the_number_of_requests_is_bounded():
    with HttpTarget() as target:
        lane = Lane(name="a", url=target.url, steps=steps(60, 200))
        engine, rows, _ = run(LoadPlan(lanes=(lane,), max_requests=7))
    assert (engine.stopped, len(rows)) == ("max_requests", 7)


def test_rows_survive_the_way_through_a_file(tmp_path, many):
    rows = Rows()
    for item in many[1]["new"] + many[1]["refused"]:
        rows.append(item)
    rows.save(tmp_path / "rows")
    assert list(Rows.load(tmp_path / "rows")) == list(rows)
