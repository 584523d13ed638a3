"""Promotion windows in their own time zone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naru.core.windows import in_force, is_open, moment, next_opening
from naru.errors import Missing
from naru.model.cloud import Window

WORKDAY = Window(days=("mon", "tue", "wed", "thu"), begin="09:00", end="17:00")
NIGHT = Window(days=("fri",), begin="22:00", end="02:00")
NEW_YORK = Window(days=("sun",), begin="01:00", end="04:00", timezone="America/New_York")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(("windows", "now", "opened"), [
    ([], "2026-11-23T03:00+09:00", True),
    ([WORKDAY], "2026-11-23T08:59:59+09:00", False),
    ([WORKDAY], "2026-11-23T09:00+09:00", True),
    ([WORKDAY], "2026-11-23T16:59:59+09:00", True),
    ([WORKDAY], "2026-11-23T17:00+09:00", False),
    ([WORKDAY], "2026-11-23T00:30+00:00", True),
    ([WORKDAY], "2026-11-27T10:00+09:00", False),
    ([NIGHT], "2026-11-27T23:00+09:00", True),
    ([NIGHT], "2026-11-28T01:59+09:00", True),
    ([NIGHT], "2026-11-28T02:00+09:00", False),
    ([NIGHT], "2026-11-28T23:00+09:00", False),
    ([NIGHT], "2026-11-27T01:00+09:00", False),
    ([NIGHT, WORKDAY], "2026-11-24T10:00+09:00", True),
])
def test_a_window_is_open_from_its_begin_to_before_its_end_on_its_days(windows, now, opened):
    assert is_open(windows, at(now)) is opened


@pytest.mark.parametrize(("windows", "now", "opening"), [
    ([WORKDAY], "2026-11-23T08:00+09:00", "2026-11-23T09:00+09:00"),
    ([WORKDAY], "2026-11-26T18:00+09:00", "2026-11-30T09:00+09:00"),
    ([WORKDAY, NIGHT], "2026-11-26T18:00+09:00", "2026-11-27T22:00+09:00"),
    ([WORKDAY], "2026-11-23T10:00+09:00", None),
    ([WORKDAY.model_copy(update={"days": ("mon",)})], "2026-11-23T17:00+09:00", "2026-11-30T09:00+09:00"),
    ([NEW_YORK], "2026-10-26T00:00+00:00", "2026-11-01T05:00+00:00"),
    ([NEW_YORK], "2026-11-02T00:00+00:00", "2026-11-08T06:00+00:00"),
])
def test_the_next_opening_is_told_also_across_a_change_of_summer_time(windows, now, opening):
    assert next_opening(windows, at(now)) == (at(opening) if opening else None)


@settings(max_examples=60, deadline=None)
@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 (zone is given beside it)
def test_at_the_next_opening_it_is_open_and_just_before_it_is_not(now):
    for windows in ([WORKDAY], [NIGHT], [NEW_YORK], [WORKDAY, NIGHT]):
        opening = next_opening(windows, now)
        if opening is not None:
            assert opening > now
            assert is_open(windows, opening)
            assert not is_open(windows, opening - timedelta(seconds=1))


@pytest.mark.parametrize("text", ["tomorrow", "2026-11-23T09:00:00", ""])
def test_a_moment_without_zone_or_sense_is_refused_with_what_to_write(text):
    with pytest.raises(Missing, match="time"):
        moment(text, where="a freeze")


def test_what_is_in_force_ends_at_its_moment():
    now = at("2026-11-23T09:00+09:00")
    assert in_force("2026-11-23T09:00:01+09:00", now)
    assert not in_force("2026-11-23T09:00:00+09:00", now)
    assert not in_force("never", now)


def test_an_unknown_time_zone_is_named():
    with pytest.raises(Missing, match="Asia/Seol"):
        is_open([WORKDAY.model_copy(update={"timezone": "Asia/Seol"})], at("2026-11-23T09:00+09:00"))
