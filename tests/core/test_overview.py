"""Where a job stands: stages, clouds, and the time left from the last run's times."""

import pytest

from naru.core.overview import (
    begin_line,
    clouds_words,
    end_line,
    expected_seconds,
    kept_times,
    minutes,
    seconds_left,
    times_to_remember,
)
from naru.core.stage_list import main_job
from naru.model.timings import StageTime

STAGES = main_job(("naver", "ktcloud"), "w", ())
LAST = {stage.name: 20.0 for stage in STAGES} | {"verify-failover": 200.0}


def time(name, seconds=1.0, code=0):
    return StageTime(name=name, seconds=seconds, exit_code=code)


def test_time_left_is_known_only_where_the_last_run_came_to_the_end():
    assert seconds_left(STAGES, 7, LAST) == 200.0 + 2 * 20.0
    assert seconds_left(STAGES, 0, LAST) == 20.0 * (len(STAGES) - 1) + 200.0
    assert seconds_left(STAGES, 0, {name: value for name, value in LAST.items() if name != "report"}) is None


def test_time_left_ticks_down_within_a_stage_and_waits_where_it_takes_longer_than_before():
    assert seconds_left(STAGES, 7, LAST, elapsed=50.0) == 190.0
    assert seconds_left(STAGES, 7, LAST, elapsed=999.0) == 40.0


def test_after_the_last_stage_there_is_no_time_left_to_tell():
    assert seconds_left(STAGES, len(STAGES), LAST) is None


def test_what_went_well_in_this_folder_before_is_expected_to_only_look():
    expected = expected_seconds(STAGES, LAST, {"verify-failover": time("verify-failover", 200.0), "report": time("report", 1.0)})
    assert expected["verify-failover"] == 5.0
    assert expected["promote"] == 20.0
    assert expected_seconds(STAGES, {}, {"promote": time("promote")}) == {"promote": 5.0}


def test_the_lines_name_stage_clouds_and_time():
    assert begin_line(STAGES, 4, 540.0) == "[5/10] verify-rollout   about 9 min left"
    assert begin_line(STAGES, 4, None) == "[5/10] verify-rollout"
    assert end_line(STAGES, 4, time("verify-rollout", 31.4), "naver 1/4") == "[5/10] verify-rollout: done in 31 s   naver 1/4"
    assert end_line(STAGES, 1, time("build-images", 95.0), "naver 0/4") == "[2/10] build-images: done in 2 min"
    assert end_line(STAGES, 8, time("promote", 12.0, 4), "") == "[9/10] promote: exit 4 after 12 s"


def test_each_cloud_counts_its_rollout_its_scaling_the_drill_and_its_promotion():
    assert clouds_words(STAGES, []) == "naver 0/4 · ktcloud 0/4"
    assert clouds_words(STAGES, ["build-images", "verify-rollout", "verify-scaling naver"]) == "naver 2/4 · ktcloud 1/4"
    assert clouds_words(STAGES, [stage.name for stage in STAGES]) == "naver 4/4 · ktcloud 4/4"
    assert clouds_words((), ["x"]) == ""


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "0 s"), (89.4, "89 s"), (90.0, "2 min"), (750.0, "12 min")])
def test_durations_are_told_in_seconds_and_then_in_minutes(seconds, text):
    assert minutes(seconds) == text


def test_a_repetition_that_only_looked_does_not_replace_the_time_of_the_work():
    earlier = {"verify-failover": time("verify-failover", 200.0), "promote": time("promote", 20.0)}
    done = [time("verify-failover", 0.8), time("promote", 18.0)]
    assert [(kept.name, kept.seconds) for kept in kept_times(STAGES, done, earlier)] == [("verify-failover", 200.0), ("promote", 18.0)]
    assert times_to_remember({}, done, earlier) == {"verify-failover": 200.0, "promote": 18.0}


def test_a_run_that_was_cut_off_keeps_what_an_earlier_one_had_behind_itself_and_no_old_failure():
    earlier = {"report": time("report", 2.0)}
    found = kept_times(STAGES, [time("tag-release"), time("build-images", 9.0, 1)], earlier)
    assert [kept.name for kept in found] == ["tag-release", "build-images", "report"]
    assert [kept.exit_code for kept in found] == [0, 1, 0]


def test_a_stage_that_failed_again_is_not_hidden_behind_an_earlier_good_one():
    found = kept_times(STAGES, [time("promote", 0.1, 1)], {"promote": time("promote", 20.0)})
    assert found[0].exit_code == 1


def test_only_stages_that_went_well_are_remembered():
    assert times_to_remember({"promote": 20.0}, [time("promote", 3.0, 1), time("report", 1.5)], {}) == {"promote": 20.0, "report": 1.5}
