"""Jenkins schedules."""

import pytest

from naru.core.jobs_cron import classic, fault_of


@pytest.mark.parametrize("schedule", [
    "H 2 * * *", "TZ=Asia/Seoul\nH 2 * * *", "H/15 * * * *", "H(0-29)/10 * * * *", "@midnight", "0 0 1,15 * 1-5", "# nightly\n5 4 * * 7",
])
def test_a_schedule_that_jenkins_takes_has_no_fault(schedule):
    assert fault_of(schedule) == ""


@pytest.mark.parametrize(("schedule", "word"), [
    ("", "empty"), ("H 2 * *", "4 fields"), ("60 2 * * *", "outside 0-59"), ("H 2 * * MON", "no cron value"), ("H 24 * * *", "outside 0-23"),
    ("30-10 * * * *", "backwards"), ("*/0 * * * *", "step 0"), ("@fortnightly", "no alias"), ("H(0-99) 2 * * *", "outside"), ("TZ=? \nH 2 * * *", "time zone"),
    ("H 2 * * * root", "6 fields"), ("٣ 2 * * *", "no cron value"),
])
def test_a_bad_schedule_is_named_with_the_field(schedule, word):
    assert word in fault_of(schedule)


def test_without_h_the_numbers_follow_from_the_name_and_stay():
    first = classic("H H(0-2) * * *", "nightly")
    minute, hour, *rest = first.split()
    assert first == classic("H H(0-2) * * *", "nightly")
    assert 0 <= int(minute) <= 59
    assert 0 <= int(hour) <= 2
    assert rest == ["*", "*", "*"]
    assert len({classic("H * * * *", name) for name in "abcdefgh"}) > 1


def test_a_hashed_step_stays_inside_its_range():
    assert classic("H/15 * * * *", "x").split()[0].endswith("-59/15")
    assert classic("@daily", "x").count(" ") == 4
