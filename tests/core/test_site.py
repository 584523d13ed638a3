"""All releases × clouds: what became of each, which figures left the noise, and a page that shows hostile text as text."""

import dataclasses
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakes.site import CLOUDS, back, evidence, facts, folder, many, promoted, proofs, version
from naru.commands.site import page
from naru.core.report_words import TEXTS
from naru.core.site import MAX_RELEASES, history
from naru.core.site_figures import evidence_figures, stage_figures
from naru.core.site_trends import changes, nice_top, series_of
from naru.core.site_view import plain_site, site_page
from naru.core.site_words import FIGURES, LOOKS, SITE_TEXTS, STATES
from naru.model.promotion import Promotion
from naru.model.timings import StageTime, Timings
from naru.model.words import Decision, Proof, Verdict

HOSTILE = "<script>alert('x')</script>\" onload=x"


def states(found):
    return {row.version: {cloud: cell.state for cloud, cell in row.cells.items()} for row in history(found).releases}


def held(cloud, outcome="held"):
    return Promotion(cloud=cloud, version=version(1), decision=Decision.hold, reasons=(), outcome=outcome, sentence=f"{cloud} is frozen.")


def test_the_newest_commit_of_a_branch_is_what_runs_and_those_before_it_ran():
    found = facts(branches=[promoted("naver", 1), promoted("naver", 2), promoted("ktcloud", 1)])
    assert states(found) == {version(1): {"naver": "ran", "ktcloud": "runs", "cocktail": ""}, version(2): {"naver": "runs", "ktcloud": "", "cocktail": ""}}


def test_a_release_that_went_back_says_so_with_its_reason_and_the_one_before_runs_again():
    found = facts(branches=[promoted("naver", 1), promoted("naver", 2), back("naver", 2, 1, 3)])
    rows = {row.version: row for row in history(found).releases}
    assert (rows[version(2)].cells["naver"].state, rows[version(2)].cells["naver"].why) == ("rolled back", "Pod egov-1 crashed.")
    assert rows[version(1)].cells["naver"].state == "runs"


def test_a_first_release_that_went_back_leaves_the_cloud_with_nothing():
    found = facts(branches=[promoted("naver", 1), back("naver", 1, 0, 2)])
    assert states(found)[version(1)]["naver"] == "rolled back"
    assert plain_site(found)["now"] == {"naver": None}
    assert 'lang="en">nothing' in page(site_page(found))


def test_a_folder_adds_what_never_reached_a_branch_and_a_branch_rules_over_a_folder():
    ones = [folder(1, promotions=(held("naver"), held("ktcloud", "unreachable")), evidence=proofs("cocktail", 1))]
    assert states(facts(folders=ones))[version(1)] == {"naver": "held", "ktcloud": "unreachable", "cocktail": "passed"}
    assert states(facts(folders=ones, branches=[promoted("naver", 1)]))[version(1)]["naver"] == "runs"


@pytest.mark.parametrize(("verdict", "state"), [(Verdict.failed, "failed"), (Verdict.inconclusive, "inconclusive"), (Verdict.passed, "")])
def test_a_proof_that_did_not_pass_shows_and_one_alone_proves_nothing(verdict, state):
    one = folder(1, evidence=(evidence(Proof.rollout, "naver", 1, {}, verdict),))
    assert states(facts(folders=[one]))[version(1)]["naver"] == state


def test_releases_are_in_the_order_in_which_they_were_first_seen():
    found = facts(branches=[promoted("naver", 9), promoted("naver", 10)], folders=[folder(2)])
    assert [row.version for row in history(found).releases] == [version(2), version(9), version(10)]


def test_the_figures_are_the_worst_lane_and_the_decision_of_proofs_that_passed():
    found = [evidence_figures(item) for item in proofs("naver", 3, rto=2.5, decide=11.0)]
    assert found[2] == {("rto_seconds", "all", "fast"): 2.5, ("detection_seconds", "all", "fast"): 0.5}
    assert found[1] == {("decide_seconds", "naver", "fast"): 11.0, ("serve_seconds", "naver", "fast"): 19.0}
    assert evidence_figures(evidence(Proof.rollout, "naver", 1, {"ready_seconds": 3.0}, Verdict.failed)) == {}


@pytest.mark.parametrize("summary", [{}, {"phases": 3}, {"phases": {"decide_seconds": "12"}}, {"phases": {"decide_seconds": True}},
                                     {"phases": {"decide_seconds": -1}}, {"phases": {"decide_seconds": None}}])
def test_a_summary_of_another_form_gives_no_figure(summary):
    assert evidence_figures(evidence(Proof.scaling, "naver", 1, summary)) == {}
    assert evidence_figures(evidence(Proof.failover, "all", 1, {"faults": [summary, 3, {"lanes": [7]}]})) == {}


def test_a_stage_that_said_no_has_no_duration_and_only_a_whole_run_has_one():
    good = StageTime(name="promote", seconds=5.0, exit_code=0)
    assert stage_figures(Timings(version="1", stages=(good,))) == {("stage", "promote", ""): 5.0, ("run", "", ""): 5.0}
    bad = StageTime(name="report", seconds=1.0, exit_code=1)
    assert stage_figures(Timings(version="1", stages=(good, bad))) == {("stage", "promote", ""): 5.0}


def test_only_what_left_the_noise_is_called_changed():
    found = changes(series_of(history(many()).releases))
    assert {(change["figure"], change["cloud"], change["version"]) for change in found} == {
        (name, cloud, version(12)) for name in ("decide_seconds", "serve_seconds") for cloud in CLOUDS}
    assert site_page(many())["newest"] == found
    assert site_page(many(4))["enough"] is False


def test_a_change_that_lasts_is_told_until_it_is_the_new_normal_and_then_among_the_earlier_ones():
    branches = [promoted("naver", number, decide=12.0 if number < 8 else 25.0) for number in range(1, 17)]
    shown = site_page(facts(branches=branches))
    assert shown["newest"] == []
    assert {change["version"] for change in shown["earlier"] if change["figure"] == "decide_seconds"} >= {version(8)}


@given(st.floats(0.001, 1e6))
@settings(max_examples=60)
def test_an_axis_reaches_its_highest_value_and_not_far_beyond(value):
    assert value * 0.99 <= nice_top(value) <= value * 2.6


@example([5e-324])
@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=60))
@settings(max_examples=30, deadline=None)
def test_every_point_lies_within_its_chart(values):
    found = [folder(number, timings=Timings(version=version(number), stages=(StageTime(name="report", seconds=value, exit_code=0),)), began=f"{number:04}")
             for number, value in enumerate(values, 1)]
    chart = site_page(facts(folders=found))["stages"][0]
    for dot in chart["lines"][0]["dots"]:
        assert chart["left"] <= dot["x"] <= chart["right"]
        assert 0 <= dot["y"] <= chart["bottom"]


def test_very_many_releases_are_cut_and_the_page_says_how_many():
    found = facts(folders=[folder(number, began=f"{number:05}") for number in range(1, MAX_RELEASES + 4)])
    assert history(found).omitted == 3
    assert "3 <span" in page(site_page(found))


def test_hostile_text_from_branches_and_folders_is_shown_as_text():
    record = promoted("naver", 1).record.model_copy(update={"version": HOSTILE, "by": HOSTILE})
    bad = dataclasses.replace(promoted("naver", 1), record=record)
    gone = back("naver", 1, 0, 2)
    gone = dataclasses.replace(gone, record=gone.record.model_copy(update={"back_from": HOSTILE, "back_because": HOSTILE}))
    timings = Timings(version=HOSTILE, stages=(StageTime(name=HOSTILE, seconds=1.0, exit_code=0),))
    html = page(site_page(facts(branches=[bad, gone], folders=[folder(1, version=HOSTILE, timings=timings)], faults=[HOSTILE])))
    assert "<script>alert" not in html
    assert html.count("<script>") == 1
    assert '" onload' not in html
    assert "&lt;script&gt;alert" in html


def test_the_page_loads_nothing_from_outside_and_each_of_its_links_leads_somewhere():
    html = page(site_page(many()))
    assert not re.search(r"https?://|src=|@import|url\(", html)
    for target in re.findall(r'href="#([^"]+)"', html):
        assert f'id="{target}"' in html
    assert 'href="../12/report/index.html"' in html


def test_a_product_without_any_release_has_a_page_too():
    html = page(site_page(facts()))
    assert TEXTS["none"]["ko"] in html


def test_every_fixed_word_has_both_languages_and_every_state_a_look():
    for table in (STATES, FIGURES, SITE_TEXTS):
        for name, words in table.items():
            assert set(words) == {"en", "ko"}, name
            assert all(words.values()), name
    assert set(LOOKS) == set(STATES)


def test_the_answer_for_machines_says_the_same():
    plain = plain_site(many())
    assert plain["now"] == dict.fromkeys(CLOUDS, version(12))
    assert [row["version"] for row in plain["releases"]][-1] == version(12)
    assert {change["version"] for change in plain["changes"]} == {version(12)}
