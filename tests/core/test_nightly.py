"""Nights: shards, holds, trends, and what a shadowed week would have held."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from naru.core.nightly import after_words, holds_due, missing_records, nightly_words, shard
from naru.core.shadow import shadow_report, shadow_words
from naru.core.trend import changes
from naru.model.nights import ProofRecord, ShadowRun
from naru.model.words import Proof, Verdict


def record(day, verdict=Verdict.passed, cloud="naver", proof=Proof.scaling, good=True, **figures):
    return ProofRecord(day=f"2026-11-{day:02}", version="8.9-1", cloud=cloud, proof=proof, verdict=verdict, controls_good=good, figures=figures,
                       reason="" if verdict is Verdict.passed else "pods came late")


F, P, INC = Verdict.failed, Verdict.passed, Verdict.inconclusive


def test_two_failed_nights_in_a_row_hold_the_cloud():
    assert [cloud for cloud, _ in holds_due([record(1), record(2, F), record(3, F)])] == ["naver"]
    assert "pods came late" in holds_due([record(2, F), record(3, F)])[0][1]


def test_one_failed_night_holds_nothing_and_a_good_one_between_clears():
    assert holds_due([record(3, F)]) == []
    assert holds_due([record(1, F), record(2), record(3, F)]) == []
    assert holds_due([record(1, F), record(2, F), record(3)]) == []


def test_a_night_with_bad_controls_counts_neither_way():
    assert holds_due([record(1, F), record(2, F, good=False)]) == []
    assert holds_due([record(1, F), record(2, P, good=False), record(3, F)]) != []


def test_an_inconclusive_night_is_no_failure():
    assert holds_due([record(1, F), record(2, INC)]) == []


def test_a_repeated_run_of_one_night_is_one_night():
    assert holds_due([record(3, F), record(3, F)]) == []
    assert holds_due([record(2, F), record(3, F), record(3)]) == []


def test_failures_of_different_proofs_or_clouds_do_not_add_up():
    assert holds_due([record(1, F), record(2, F, proof=Proof.rollout)]) == []
    assert holds_due([record(1, F), record(2, F, cloud="ktcloud")]) == []


def test_a_proof_without_evidence_is_inconclusive_and_never_absent():
    found = missing_records("2026-11-03", "8.9-1", ["naver"], [record(3)])
    assert {(entry.cloud, entry.proof) for entry in found} == {("naver", Proof.rollout), ("all", Proof.failover)}
    assert {entry.verdict for entry in found} == {INC}


@given(st.lists(st.text("abc", min_size=1, max_size=2), min_size=1, max_size=12, unique=True), st.integers(1, 5), st.integers(0, 10_000))
@settings(max_examples=40)
def test_over_the_shards_each_fault_has_its_turn(faults, shards, night):
    turns = [shard(faults, night + number, shards) for number in range(shards)]
    assert {fault for turn in turns for fault in turn} == set(faults)
    assert all(turns)


def test_a_change_beyond_the_noise_is_called_out_with_before_and_after():
    nights = [record(day, ready_seconds=value) for day, value in enumerate([12.0, 12.4, 11.8, 12.2, 12.1, 11.9, 19.0], 1)]
    found = changes(nights)
    assert [(change.figure, change.now) for change in found] == [("ready_seconds", 19.0)]
    assert "12.05 → 19" in found[0].sentence


def test_noise_is_not_called_a_change():
    assert changes([record(day, ready_seconds=value) for day, value in enumerate([12, 15, 9, 14, 10, 13, 15.5], 1)]) == []
    assert changes([record(day, ready_seconds=12.0 + 0.01 * (day == 7)) for day in range(1, 8)]) == []


def test_a_few_nights_say_nothing_and_nights_with_bad_controls_are_left_out():
    assert changes([record(day, x=1.0) for day in range(1, 5)] + [record(5, x=9.0)]) == []
    assert changes([record(day, x=1.0) for day in range(1, 8)] + [record(8, x=9.0, good=False)]) == []


@settings(max_examples=40)
@given(st.lists(st.floats(10, 11), min_size=6, max_size=14))
def test_values_within_ten_percent_are_never_a_change(values):
    assert changes([record(day, x=value) for day, value in enumerate(values, 1)]) == []


def test_a_night_runs_production_timing_on_the_clouds_that_run_the_version():
    words = nightly_words("work/n", ["naver"], ["node-stop"])
    assert words[0] == ("clouds", "profile", "production", "naver")
    assert after_words("work/n", ["naver"])[0] == ("clouds", "profile", "fast", "naver"), "other products' clusters keep their timing"
    assert ("verify-failover", "--full", "--faults", "node-stop", "--work", "work/n") in words
    assert not any(word[0] == "promote" for word in words)


def test_a_shadow_never_promotes():
    assert not any("promote" in word for words in shadow_words("work/s", ("--tag", "t"), ["naver", "ktcloud"]) for word in words)


def test_the_weeks_report_says_which_releases_would_have_been_held_and_why():
    runs = [
        ShadowRun(day="2026-11-10", version="8.9-0", stopped_at="build-images (exit 1)"),
        ShadowRun(day="2026-11-20", version="8.9-1", proofs=(record(20), record(20, F, cloud="ktcloud"))),
        ShadowRun(day="2026-11-21", version="8.9-2", proofs=(record(21),)),
        ShadowRun(day="2026-11-22", version="8.9-3", stopped_at="build-images (exit 3)"),
        ShadowRun(day="2026-11-23", version="8.9-4"),
    ]
    lines = shadow_report(runs, date(2026, 11, 23), 7)
    assert lines[0] == "4 releases in the last 7 days; 3 would have been held."
    assert "  8.9-1: ktcloud scaling failed: pods came late" in lines
    assert "  8.9-3: stopped at build-images (exit 3)" in lines
    assert lines[-1] == "  would have been promoted: 8.9-2"


def test_a_release_that_was_run_again_counts_by_its_last_run():
    runs = [ShadowRun(day="2026-11-20", version="8.9-1", stopped_at="x"), ShadowRun(day="2026-11-21", version="8.9-1", proofs=(record(21),))]
    assert "0 would have been held" in shadow_report(runs, date(2026, 11, 23), 7)[0]
