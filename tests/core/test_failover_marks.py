"""Marks of a fault, from request rows alone."""

import pytest

from fakes.failover_rows import Story, row
from naru.core.failover_marks import effect_mark, error_seconds, longest_run, marks_of, percentile, recovered_mark
from naru.core.failover_samples import DIRECT, Drill, FaultRun

LIMIT = 0.25


def marks(story, lane="new"):
    return marks_of(story.drill(), story.run(), lane, latency_limit=LIMIT)


def test_marks_come_in_the_order_in_which_a_user_lives_through_them():
    found = marks(Story())
    assert found.effect == pytest.approx(30.5, abs=0.15)
    assert found.effect <= found.first_error <= found.last_error < found.recovered <= found.detect
    assert found.detection == pytest.approx(1.5, abs=0.15)
    assert found.rto == pytest.approx(1.5, abs=0.25)


def test_a_third_of_the_requests_fails_until_the_cloud_is_out():
    found = marks(Story())
    assert found.failed == pytest.approx(1.5 * 15 / 3, abs=2)
    assert found.error_seconds == pytest.approx(0.5, abs=0.1)
    assert found.classes == {"closed": found.failed}


def test_a_lane_whose_requests_are_sent_elsewhere_has_no_error_and_an_rto_of_nothing():
    found = marks(Story(redispatch=True))
    assert (found.failed, found.first_error, found.last_error, found.rto, found.error_window) == (0, None, None, 0.0, 0.0)


def test_a_lane_that_fails_until_the_undo_never_recovered():
    found = marks(Story(detect=None))
    assert found.recovered is None
    assert found.rto is None
    assert found.detection is None


def test_a_lull_between_two_outages_is_not_taken_for_recovery():
    rows = [row("new", at / 10, error="closed" if 10 <= at < 20 or 150 <= at < 160 else "") for at in range(400)]
    assert recovered_mark(rows, 0, 40, latency_limit=LIMIT) == pytest.approx(16.0, abs=0.1)


def test_slow_answers_are_no_recovery_even_without_an_error():
    rows = [row("new", at / 10, latency=1.0 if at < 100 else 0.01) for at in range(400)]
    assert recovered_mark(rows, 0, 40, latency_limit=LIMIT) == pytest.approx(10.0, abs=0.2)


def test_a_lane_without_requests_in_the_last_window_is_not_recovered():
    rows = [row("new", at / 10) for at in range(200)]
    assert recovered_mark(rows, 0, 40, latency_limit=LIMIT) is None


def test_the_effect_is_the_first_failure_of_the_lost_cloud_itself_and_no_other():
    run = FaultRun("scale-to-zero", ("naver",), 10, 10.1, 20, 20.1, 30)
    rows = [row(DIRECT + "ktcloud", 11, error="timeout"), row(DIRECT + "naver", 9, error="timeout"), row("new", 10.5, error="closed"),
            row(DIRECT + "naver", 12, error="refused"), row(DIRECT + "naver", 25, error="refused")]
    assert effect_mark(Drill(rows=tuple(rows)), run) == 12


def test_a_request_that_was_under_way_when_the_cloud_froze_dates_the_effect_to_the_fault():
    run = FaultRun("node-pause", ("naver",), 10, 10.1, 20, 20.1, 30)
    assert effect_mark(Drill(rows=(row(DIRECT + "naver", 9.9, error="timeout", latency=2.0),)), run) == 10


def test_several_lost_clouds_are_detected_when_the_last_of_them_is_out():
    story = Story()
    drill = story.drill()
    run = FaultRun("two-clouds", ("naver", "ktcloud"), 30, 30.2, 60, 60.2, 90)
    assert marks_of(drill, run, "new", latency_limit=LIMIT).detect is None


def test_error_seconds_are_the_failing_share_over_time():
    rows = [row("new", at / 100, error="x" if at % 2 else "") for at in range(200)]
    assert error_seconds(rows) == pytest.approx(1.0, abs=0.05)


def test_the_longest_run_counts_failures_in_a_row():
    assert longest_run([row("n", i, error="x" if i in {1, 2, 3, 5} else "") for i in range(7)]) == 3


@pytest.mark.parametrize(("values", "percent", "expected"), [([], 99, 0.0), ([5.0], 50, 5.0), (list(range(1, 101)), 99, 99), ([1, 2, 3, 4], 50, 2)])
def test_percentiles_are_by_nearest_rank(values, percent, expected):
    assert percentile(values, percent) == expected
