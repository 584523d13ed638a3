"""The report: one true sentence at the top, everything escaped, content with whatever is missing."""

import xml.etree.ElementTree as ET

import pytest

from naru.commands.report import page
from naru.core.junit import junit_xml
from naru.core.report_view import Documents, EvidenceFiles, figure, headline, plain_report, proof_rows, wanted_proofs
from naru.core.report_words import COVERAGE, HEADLINES, PROOFS, TEXTS, VERDICTS
from naru.edge.report_page import inline_svg
from naru.model.evidence import Cause, Check, Evidence, Subject
from naru.model.promotion import Promotion, Reason
from naru.model.timings import StageTime, Timings
from naru.model.words import Decision, Profile, Proof, Verdict

CLOUDS = ("naver", "ktcloud")
DIGEST = "sha256:" + "a" * 64
SUBJECT = Subject(product="p", version="1", commit="c" * 40, images={"egov": DIGEST}, rendered={"naver": "b" * 64}, applied={"naver": "b" * 64})
HOSTILE = "<script>alert('x')</script>\x01"


def evidence(proof=Proof.rollout, cloud="naver", verdict=Verdict.passed, sentence="All good.", cause=None):
    check = Check(name="c1", verdict=verdict, sentence=sentence, sentence_ko="확인함.", measured=1.5, limit=2.0, unit="s")
    return Evidence(proof=proof, cloud=cloud, subject=SUBJECT, profile=Profile.fast, limits={}, checks=(check,), verdict=verdict, cause=cause)


def all_passed():
    return tuple(evidence(proof, cloud) for proof, cloud in wanted_proofs(CLOUDS))


def promotion(cloud, outcome="promoted"):
    return Promotion(cloud=cloud, version="1", decision=Decision.promote, reasons=(Reason(code="ok", sentence="Proven."),), outcome=outcome)


def documents(**more):
    return Documents(version="1", clouds=CLOUDS, **more)


def test_a_release_on_every_cloud_is_promoted_and_on_some_only_partial_never_green():
    done = documents(evidence=all_passed(), promotions=(promotion("naver"), promotion("ktcloud")))
    assert headline(done)[0] == "promoted"
    kind, words = headline(documents(evidence=all_passed(), promotions=(promotion("naver"), promotion("ktcloud", "held"))))
    assert kind == "partial"
    assert words["en"] == "1 runs on naver only; ktcloud did not get it."


def test_the_first_bad_proof_is_named_with_its_cause_in_both_languages():
    cause = Cause(reason="crash", object="Pod/egov", sentence="egov dies at start.", sentence_ko="egov가 시작할 때 종료됩니다.")
    kind, words = headline(documents(evidence=(evidence(verdict=Verdict.failed, cause=cause),)))
    assert kind == "held"
    assert words["en"].endswith("Rollout naver: egov dies at start.")
    assert words["ko"].endswith("배포 naver: egov가 시작할 때 종료됩니다.")


def test_a_run_that_was_stopped_before_any_proof_names_the_stage():
    timings = Timings(version="1", stages=(StageTime(name="build-images", seconds=1.0, exit_code=1, sentence="The compiler found an error."),))
    kind, words = headline(documents(timings=timings))
    assert kind == "stopped"
    assert words["en"] == "1 was stopped at build-images: The compiler found an error."


def test_proven_is_not_promoted_and_nothing_is_not_proven():
    assert headline(documents(evidence=all_passed()))[0] == "proven"
    assert headline(documents())[0] == "open"


def test_every_wanted_proof_has_a_row_even_if_it_never_ran():
    rows = proof_rows(documents(evidence=(evidence(),)))
    assert [(row["key"], row["verdict"]) for row in rows] == [
        ("naver.rollout", "passed"), ("ktcloud.rollout", "missing"), ("naver.scaling", "missing"), ("ktcloud.scaling", "missing"), ("failover", "missing")]


def test_junit_counts_a_missing_proof_as_an_error_and_an_inconclusive_check_too():
    failed, unsure = evidence(verdict=Verdict.failed), evidence(Proof.scaling, verdict=Verdict.inconclusive)
    suites = {suite.get("name"): suite for suite in ET.fromstring(junit_xml(documents(evidence=(failed, unsure))))}
    assert (suites["naver.rollout"].get("failures"), suites["naver.rollout"].get("errors")) == ("1", "0")
    assert (suites["naver.scaling"].get("failures"), suites["naver.scaling"].get("errors")) == ("0", "1")
    assert suites["failover"].find("testcase/error") is not None


def test_hostile_text_is_escaped_in_the_page_and_in_junit():
    bad = documents(evidence=(evidence(verdict=Verdict.failed, sentence=HOSTILE),),
                    files={"naver.rollout": EvidenceFiles(logs=({"pod": HOSTILE, "container": "c", "number": 0, "reason": "", "text": HOSTILE},))})
    html = page(bad)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html
    ET.fromstring(junit_xml(bad))


@pytest.mark.parametrize("svg", ["<svg><script/></svg>", '<svg onload="x()"></svg>', '<svg><a href="javascript:x"/></svg>', "<svg><foreignObject/></svg>", "no plot"])
def test_a_plot_that_could_run_something_is_left_out(svg):
    assert inline_svg(svg) == ""


def test_a_plain_plot_is_shown_without_its_head():
    assert inline_svg('<?xml version="1.0"?><svg><g/></svg>') == "<svg><g/></svg>"


def test_the_page_loads_nothing_from_outside_and_shows_limits_beside_measured_values():
    html = page(documents(evidence=all_passed()))
    for word in ("http://", "https://", "src="):
        assert word not in html
    assert "1.5 s" in html
    assert "2 s" in html


def test_every_fixed_word_has_both_languages():
    for table in (VERDICTS, PROOFS, HEADLINES, TEXTS, COVERAGE):
        for name, words in table.items():
            assert set(words) == {"en", "ko"}, name
            assert all(words.values()), name


def test_the_answer_for_machines_is_the_same():
    plain = plain_report(documents(evidence=all_passed(), promotions=(promotion("naver"), promotion("ktcloud"))))
    assert plain["outcome"] == "promoted"
    assert {row["verdict"] for row in plain["proofs"]} == {"passed"}


@pytest.mark.parametrize(("value", "unit", "text"), [(None, "s", ""), (2.0, "s", "2 s"), (0.12345, "", "0.123"), (21.5, "ms", "21.5 ms")])
def test_figures_are_short_and_carry_their_unit(value, unit, text):
    assert figure(value, unit) == text
