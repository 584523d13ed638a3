"""The figure of a drill as values."""

import pytest

from fakes.failover_rows import Story
from naru.core.failover_judgement import judge_drill
from naru.core.failover_live import live_line
from naru.core.failover_plot import failover_figure
from naru.core.failover_table import failover_table
from naru.core.failover_verdict import Rules
from naru.model.cloud import FailoverLimits, GslbRules
from naru.model.load import Tick


@pytest.fixture(scope="module")
def judged():
    drill = Story().drill()
    return drill, judge_drill(drill, Rules(FailoverLimits(requests_per_second=40), GslbRules()))


def panel(figure, words):
    return next(each for each in figure.panels if words in each.title)


def test_the_share_of_the_lost_cloud_falls_to_nothing_and_comes_back_in_a_stack(judged):
    found = panel(failover_figure(*judged), "share per cloud")
    shares = {line.name: line.y for line in found.lines}
    assert found.stacked
    assert shares["naver"][10] == pytest.approx(100 / 3, abs=4)
    assert shares["naver"][45] == 0
    assert shares["naver"][80] == pytest.approx(100 / 3, abs=4)
    assert all(sum(line.y[second] for line in found.lines) == pytest.approx(100) for second in (10, 45, 80))


def test_the_success_rate_falls_between_effect_and_detection_only(judged):
    line = next(line for line in panel(failover_figure(*judged), "success rate").lines if line.name == "new")
    assert line.y[31] < 80
    assert line.y[20] == line.y[40] == line.y[80] == 100


def test_the_directors_line_of_a_cloud_breaks_while_it_is_out(judged):
    line = next(line for line in panel(failover_figure(*judged), "HAProxy").lines if line.name == "naver")
    assert line.y == (1.0, None, 1.0, 1.0)
    assert line.x[1:3] == (32.0, 67.0)


def test_stretches_faults_and_fail_back_lie_behind_all_panels_and_marks_that_are_near_share_a_line(judged):
    figure = failover_figure(*judged)
    assert [band.name for band in figure.bands] == ["steady", "control", "blip", "scale-to-zero naver", "fail-back"]
    assert len(figure.marks) == 1
    assert "effect" in figure.marks[0].name
    assert "recovered" in figure.marks[0].name


def test_the_table_has_a_line_for_each_lane_and_one_for_the_fail_back(judged):
    lines = failover_table(judged[1].summary)
    assert lines[0].split()[:3] == ["fault", "cloud", "lane"]
    assert [line.split()[2] for line in lines[1:3]] == ["new", "keepalive"]
    assert lines[3].startswith("fail-back of scale-to-zero: ready 5.00 s")


def test_a_mark_that_never_came_is_a_dash_in_the_table():
    drill = Story(detect=None).drill()
    lines = failover_table(judge_drill(drill, Rules(FailoverLimits(), GslbRules())).summary)
    assert lines[1].split()[3] == "-"


def test_the_live_line_shows_the_shares_as_they_shift():
    tick = Tick(second=3, offered=10, answered=10, ok=9, errors={"closed": 1}, in_flight=0, p99_milliseconds=12.4,
                clouds={"ktcloud": 5, "cocktail": 4}, lanes={"new": 5, "direct:ktcloud": 4})
    assert live_line(tick, "scale-to-zero in naver", ("naver", "ktcloud", "cocktail")) == (
        "scale-to-zero in naver · naver 0%, ktcloud 56%, cocktail 44% · 5 good answers through the GSLB, 1 errors on all lanes · p99 12 ms"
    )
