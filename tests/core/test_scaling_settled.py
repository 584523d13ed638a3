"""A hold ends only once the HPA has had its time with readings from after the last change."""

import pytest

from naru.core.scaling_objects import moment_of
from naru.core.scaling_progress import readings_settled
from naru.core.scaling_record import MetricPoll, PodCpu
from naru.core.scaling_timeline import PodLife, Timeline

STAMP = "2026-11-23T06:00:20Z"
EPOCH = moment_of(STAMP) - 120.0  # the reading's own time is 120 on the monotonic axis
MOVED, ARRIVED, ACT = 100.0, 125.0, 5.0


def settled(now, *, window=10.0):
    line = Timeline(pods={"egov-1": PodLife("egov-1", 90.0, before=False, ready=MOVED)}, ready=[(MOVED, 1)])
    polls = [MetricPoll(ARRIVED - 1, {}), *(MetricPoll(ARRIVED + second, {"egov-1": PodCpu(STAMP, window, 0.06)}) for second in range(60))]
    return readings_settled(line, [poll for poll in polls if poll.mono <= now], now, 95.0, EPOCH, act=ACT)


@pytest.mark.parametrize(("now", "expected"), [(ARRIVED, False), (ARRIVED + ACT - 0.1, False), (ARRIVED + ACT, True), (ARRIVED + 30, True)])
def test_the_reading_must_have_been_there_as_long_as_the_hpa_needs_to_act(now, expected):
    assert settled(now) is expected


def test_a_reading_that_reaches_back_before_the_change_settles_nothing():
    assert not settled(ARRIVED + 30, window=40.0)
