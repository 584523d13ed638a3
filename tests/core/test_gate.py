"""The gate: what allows, what holds, and that every reason is given."""

import dataclasses
from datetime import timedelta

import pytest

from fakes.proven import (
    CLOUDS,
    COVERED,
    NOW,
    approval,
    cloud,
    evidence,
    facts,
    files,
    hold,
    judge,
    key,
    product,
    release,
    state,
)
from naru.core.gate import judge_gate, passed_evidence
from naru.core.gate_facts import Override
from naru.core.gate_words import OVERRIDABLE, SENTENCES, Code, reason
from naru.core.scope import SCALING_PROOF
from naru.model.change_state import Abort, Freeze, TakenBack, Waiver
from naru.model.cloud import Window
from naru.model.overlays import Coverage, ScopeEntry
from naru.model.words import Decision, Proof, Verdict

LATER = (NOW + timedelta(days=1)).isoformat()
EARLIER = (NOW - timedelta(days=1)).isoformat()


@pytest.mark.parametrize("name", CLOUDS)
def test_a_release_that_was_proven_and_is_unchanged_is_promoted(name):
    answer = judge_gate(facts(name))
    assert answer.decision is Decision.promote
    assert answer.held_by == ()
    assert {entry.code for entry in answer.allowed_by} == {
        "proof-passed", "subject-equal", "origin-unchanged", "scope-covered", "time-allowed"}


def test_every_reason_is_given_not_only_the_first():
    changed = facts(state=state(hold()), evidence={})
    changed = dataclasses.replace(changed, target=dataclasses.replace(changed.target, uid="uid-verify"))
    assert judge_gate(changed).codes() == {"held", "evidence-missing", "wrong-cluster"}
    assert [entry.sentence for entry in judge_gate(changed).held_by if entry.code == "evidence-missing"] == [
        f"There is no evidence of the {proof} proof." for proof in Proof]


@pytest.mark.parametrize("verdict", [Verdict.failed, Verdict.inconclusive])
@pytest.mark.parametrize("proof", list(Proof))
def test_only_passed_promotes(proof, verdict):
    asked = facts()
    changed = dataclasses.replace(asked, evidence={**asked.evidence, proof: files(evidence(proof, verdict=verdict))},
                                  judges={**asked.judges, proof: lambda *_: verdict})
    assert judge_gate(changed).codes() == {f"proof-{verdict}"}


def test_a_verdict_with_a_check_that_did_not_pass_is_no_pass():
    item = evidence()
    bad = item.model_copy(update={"checks": (*item.checks, item.checks[0].model_copy(update={"verdict": Verdict.inconclusive}))})
    asked = facts()
    assert judge_gate(dataclasses.replace(asked, evidence={**asked.evidence, Proof.rollout: files(bad)})).codes() == {"proof-failed"}


def test_a_proof_without_a_judge_is_not_believed():
    assert judge_gate(facts(judges={Proof.rollout: judge, Proof.scaling: judge})).codes() == {"rejudged-differently"}


def test_a_judge_that_cannot_read_the_samples_holds():
    def broken(_evidence, _raw):
        raise KeyError("at")

    asked = facts()
    answer = judge_gate(dataclasses.replace(asked, judges={**asked.judges, Proof.scaling: broken}))
    assert answer.codes() == {"rejudged-differently"}
    assert "nothing (KeyError)" in answer.held_by[0].sentence


def test_evidence_is_good_to_the_very_end_of_its_age():
    asked = facts()

    def aged(hours):
        return dataclasses.replace(asked, evidence={
            **asked.evidence, Proof.rollout: files(evidence(finished=NOW - timedelta(hours=hours)))})

    assert judge_gate(aged(24)).decision is Decision.promote
    assert judge_gate(aged(24.001)).codes() == {"evidence-expired"}


def test_clocks_may_differ_by_five_minutes_and_no_more():
    asked = facts()

    def ahead(minutes):
        return dataclasses.replace(asked, evidence={
            **asked.evidence, Proof.rollout: files(evidence(finished=NOW + timedelta(minutes=minutes)))})

    assert judge_gate(ahead(5)).decision is Decision.promote
    assert judge_gate(ahead(5.1)).codes() == {"evidence-from-future"}


def test_evidence_without_a_time_is_unreadable():
    asked = facts()
    timeless = evidence().model_copy(update={"run": None})
    assert judge_gate(dataclasses.replace(asked, evidence={**asked.evidence, Proof.rollout: files(timeless)})).codes() == {
        "evidence-unreadable"}


# -- holds, aborts, freezes, windows ---------------------------------------------------------------------------


@pytest.mark.parametrize(("changes", "stops"), [
    ({}, True), ({"cloud": "all"}, True), ({"cloud": "ktcloud"}, False), ({"version": release().version}, True),
    ({"version": "8.9.csap-1"}, False), ({"product": "another"}, False),
])
def test_a_hold_stops_what_it_names_and_nothing_else(changes, stops):
    assert judge_gate(facts(state=state(hold(**changes)))).codes() == ({"held"} if stops else set())


def test_a_lifted_hold_stops_no_more():
    back = TakenBack(product="khan-monitoring", by="lee", at=NOW.isoformat(), reason="done", target="holds/000.json")
    assert judge_gate(facts(state=state(hold(), back))).decision is Decision.promote


def test_an_unsigned_lift_lifts_nothing():
    back = TakenBack(product="khan-monitoring", by="lee", at=NOW.isoformat(), reason="done", target="holds/000.json")
    assert judge_gate(facts(state=state(hold(), extra={"taken-back/1.json": back.model_dump_json().encode()}))).codes() == {"held"}


def test_a_lift_signed_by_another_than_it_names_lifts_nothing():
    back = TakenBack(product="khan-monitoring", by="lee", at=NOW.isoformat(), reason="done", target="holds/000.json")
    from naru.core.change_state import sign_statement

    assert judge_gate(facts(state=state(hold(), extra={"taken-back/1.json": sign_statement(back, key("kim"))}))).codes() == {"held"}


def test_an_automatic_hold_needs_no_signature():
    automatic = hold(by="naru", automatic=True)
    assert judge_gate(facts(state=state(extra={"holds/1.json": automatic.model_dump_json().encode()}))).codes() == {"held"}


@pytest.mark.parametrize("path", ["holds/1.json", "freezes/1.json", "aborts/1.json"])
def test_a_stopping_file_that_cannot_be_trusted_stops(path):
    assert judge_gate(facts(state=state(extra={path: b"{}"}))).codes() == {"state-untrusted"}
    assert judge_gate(facts(state=state(extra={path: b'{"payload": "x"}'}))).codes() == {"state-untrusted"}


def test_an_aborted_release_never_goes_and_its_abort_cannot_be_taken_back():
    abort = Abort(product="khan-monitoring", by="kim", at=NOW.isoformat(), reason="data loss", version=release().version)
    back = TakenBack(product="khan-monitoring", by="kim", at=NOW.isoformat(), reason="oops", target="aborts/000.json")
    assert judge_gate(facts(state=state(abort, back))).codes() == {"aborted"}
    assert judge_gate(facts(state=state(abort.model_copy(update={"version": "other"})))).decision is Decision.promote


@pytest.mark.parametrize(("begin", "end", "cloud_name", "stops"), [
    (EARLIER, LATER, "all", True), (EARLIER, LATER, "naver", True), (EARLIER, LATER, "ktcloud", False),
    (NOW.isoformat(), LATER, "all", True), (EARLIER, NOW.isoformat(), "all", False), ("soon", LATER, "all", True),
])
def test_a_freeze_stops_from_its_begin_to_before_its_end(begin, end, cloud_name, stops):
    freeze = Freeze(product="khan-monitoring", by="kim", at=NOW.isoformat(), reason="holidays", cloud=cloud_name, begin=begin, end=end)
    assert judge_gate(facts(state=state(freeze))).codes() == ({"frozen"} if stops else set())


CLOSED = cloud(uncovered={"annotations": "server-side dry run"}, windows=(Window(days=("mon",), begin="22:00", end="23:00"),))


def test_outside_the_windows_it_holds_and_says_when_they_open():
    answer = judge_gate(facts(cloud=CLOSED))
    assert answer.codes() == {"outside-window"}
    assert "2026-11-23T13:00+00:00" in answer.held_by[0].sentence


@pytest.mark.parametrize(("override", "goes"), [
    (Override("kim", "customer waits"), True), (Override("", "customer waits"), False), (Override("kim", " "), False), (None, False),
])
def test_an_override_needs_a_name_and_a_reason_and_is_shown(override, goes):
    answer = judge_gate(facts(cloud=CLOSED, override=override))
    assert (answer.decision is Decision.promote) is goes
    assert [entry.code for entry in answer.overridden] == (["outside-window"] if goes else [])
    assert "time-allowed" not in {entry.code for entry in answer.allowed_by}


def test_what_is_unproven_cannot_be_overridden():
    answer = judge_gate(facts(evidence={}, state=state(hold()), override=Override("kim", "now")))
    assert answer.codes() == {"evidence-missing", "held"}


# -- approvals --------------------------------------------------------------------------------------------------

CSAP = {"release": release(line="8.9.csap"), "product": product(approvals={"csap": 2})}


@pytest.mark.parametrize(("given", "enough"), [
    ([], False), ([approval("kim")], False), ([approval("kim"), approval("kim")], False),
    ([approval("kim"), approval("lee")], True),
    ([approval("kim"), approval("lee", commit="e" * 40)], False),
    ([approval("kim"), approval("lee", rendered={"naver": "0" * 64})], False),
    ([approval("kim"), approval("lee", rendered={"ktcloud": "0" * 64})], False),
    ([approval("kim"), approval("lee", until=EARLIER)], False),
    ([approval("kim"), approval("lee", until=NOW.isoformat())], False),
    ([approval("kim"), approval("lee", version="8.9.csap-1")], False),
])
def test_a_csap_line_needs_two_distinct_people_who_approved_these_bytes(given, enough):
    assert judge_gate(facts(**CSAP, state=state(*given))).codes() == (set() if enough else {"approvals-missing"})


def test_an_author_does_not_approve_the_own_release():
    asked = facts(**CSAP, state=state(approval("kim"), approval("lee")), authors=frozenset({"Lee@openmaru.example"}))
    answer = judge_gate(asked)
    assert answer.codes() == {"approvals-missing"}
    assert "lee is an author of this release" in answer.held_by[0].sentence


def test_two_names_with_one_key_are_one_person():
    from naru.core.change_state import read_state, sign_statement

    keys = {"kim": facts().people_keys["kim"], "lee": facts().people_keys["kim"]}
    kept = {f"approvals/{who}.json": sign_statement(approval(who), key("kim")) for who in ("kim", "lee")}
    asked = facts(**CSAP, state=read_state(kept, keys, "khan-monitoring"), people_keys=keys)
    assert judge_gate(asked).codes() == {"approvals-missing"}


def test_a_typed_name_is_no_approval():
    kept = {"approvals/1.json": approval("lee").model_dump_json().encode()}
    assert judge_gate(facts(**CSAP, state=state(approval("kim"), extra=kept))).codes() == {"approvals-missing"}


def test_a_withdrawn_approval_counts_no_more():
    back = TakenBack(product="khan-monitoring", by="lee", at=NOW.isoformat(), reason="second thoughts", target="approvals/001.json")
    assert judge_gate(facts(**CSAP, state=state(approval("kim"), approval("lee"), back))).codes() == {"approvals-missing"}


def test_the_approvers_stand_among_the_reasons():
    answer = judge_gate(facts(**CSAP, state=state(approval("lee"), approval("kim"))))
    assert "Approved by kim, lee." in [entry.sentence for entry in answer.allowed_by]


# -- scope ------------------------------------------------------------------------------------------------------


def test_what_the_stand_in_does_not_exercise_must_be_covered():
    assert judge_gate(facts(cloud=cloud())).codes() == {"scope-uncovered"}
    assert judge_gate(facts(cloud=cloud(uncovered={"annotations": "waiver"}))).codes() == {"scope-uncovered"}
    assert judge_gate(facts(cloud=cloud(uncovered={"annotations": "check after promotion"}))).decision is Decision.promote


@pytest.mark.parametrize(("changes", "covers"), [
    ({}, True), ({"cloud": "all"}, True), ({"cloud": "ktcloud"}, False), ({"version": "1"}, False), ({"field_class": "ports"}, False),
    ({"until": EARLIER}, False), ({"until": "whenever"}, False),
])
def test_a_waiver_with_a_name_covers_exactly_what_it_says(changes, covers):
    waiver = Waiver(product="khan-monitoring", by="park", at=NOW.isoformat(), reason="same annotation since May", version=release().version,
                    cloud="naver", field_class="annotations", until=LATER).model_copy(update=changes)
    answer = judge_gate(facts(cloud=cloud(uncovered={"annotations": "waiver"}), state=state(waiver)))
    assert answer.codes() == (set() if covers else {"scope-uncovered"})
    assert covers == any("a waiver of park" in entry.sentence for entry in answer.allowed_by)


UNSCALED = ScopeEntry(kind="StatefulSet", name="egov", field_class=SCALING_PROOF, coverage=Coverage.absent, why="no autoscaler")


def without_scaling(**changes):
    asked = facts(**changes)
    return dataclasses.replace(asked, evidence={proof: held for proof, held in asked.evidence.items() if proof is not Proof.scaling},
                               origin=dataclasses.replace(asked.origin, scope=(*asked.origin.scope, UNSCALED)))


@pytest.mark.parametrize("rule", ["server-side dry run", "check after promotion", "waiver"])
def test_an_app_without_an_autoscaler_is_held_whatever_the_cloud_allows_until_someone_waives_the_proof(rule):
    lenient = cloud(uncovered={**COVERED, SCALING_PROOF: rule})
    assert judge_gate(without_scaling(cloud=lenient)).codes() == {"scope-uncovered"}
    waiver = Waiver(product="khan-monitoring", by="park", at=NOW.isoformat(), reason="one instance by design", version=release().version,
                    cloud="naver", field_class=SCALING_PROOF, until=LATER)
    assert judge_gate(without_scaling(cloud=lenient, state=state(waiver))).decision is Decision.promote


def test_missing_scaling_evidence_of_an_app_with_an_autoscaler_stays_missing():
    asked = facts()
    bare = dataclasses.replace(asked, evidence={proof: held for proof, held in asked.evidence.items() if proof is not Proof.scaling})
    assert judge_gate(bare).codes() == {"evidence-missing"}


# -- words --------------------------------------------------------------------------------------------------------


def test_every_word_has_its_sentence_in_both_languages():
    assert set(SENTENCES) == set(Code)
    for english, korean in SENTENCES.values():
        assert english.endswith(("}", "."))
        assert any("가" <= sign <= "힣" for sign in korean)
        fields = [sorted(part.split("}")[0] for part in text.split("{")[1:]) for text in (english, korean)]
        assert set(fields[0]) == set(fields[1])


def test_sentences_stay_one_bounded_line_whatever_stands_in_them():
    shown = reason(Code.held, cloud="naver", by="x\ny\x1b[31m", detail="z" * 1000)
    assert "\n" not in shown.sentence
    assert "\x1b" not in shown.sentence
    assert len(shown.sentence) < 400


def test_only_time_and_order_may_be_overridden():
    assert {code.value for code in OVERRIDABLE} == {"outside-window", "frozen", "older-than-live", "evidence-expired", "rollback-unpullable"}


def test_what_the_real_cluster_refuses_in_a_dry_run_holds_and_cannot_be_overridden():
    asked = facts(override=Override("kim", "now"))
    refusing = dataclasses.replace(asked, target=dataclasses.replace(asked.target, refused=("quota exceeded",), unpullable=("egov",)))
    answer = judge_gate(refusing)
    assert answer.codes() == {"dry-run-refused"}
    assert [entry.code for entry in answer.overridden] == ["rollback-unpullable"]


def test_the_release_record_keeps_signed_evidence_only():
    asked = facts()
    forged = dataclasses.replace(asked, evidence={**asked.evidence, Proof.scaling: files(evidence(Proof.scaling), signer="thief")})
    assert set(passed_evidence(asked)) == set(Proof)
    assert set(passed_evidence(forged)) == {Proof.rollout, Proof.failover}


def test_a_limit_that_is_there_as_another_type_or_one_off_is_another_limit():
    from naru.core.gate_evidence import lacking

    assert list(lacking({"a": 1, "b": {"c": True}}, {"a": 1.0, "b": {"c": True}, "d": 2})) == []
    assert list(lacking({"a": 1}, {"a": True})) == ["a is True, cloud.yaml says 1"]
    assert list(lacking({"b": {"c": 1}}, {"b": 1})) == ["b is 1, cloud.yaml says {'c': 1}"]
    assert list(lacking({"b": {"c": 1}}, {"b": {"c": 2}})) == ["b.c is 2, cloud.yaml says 1"]


def test_the_hint_of_other_images_names_only_those_that_differ():
    asked = facts()
    digests = {image.name: image.digest for image in asked.images.images}
    other = evidence(images={**digests, "egov": "sha256:" + "1" * 64})
    answer = judge_gate(dataclasses.replace(asked, evidence={**asked.evidence, Proof.rollout: files(other)}))
    assert answer.held_by[0].sentence == "The rollout evidence is of other image digests: egov."


def test_evidence_that_failed_names_its_cause_or_the_checks_that_did_not_pass():
    asked = facts(judges=dict.fromkeys(Proof, lambda *_: Verdict.failed))
    answer = judge_gate(dataclasses.replace(asked, evidence={proof: files(evidence(proof, verdict=Verdict.failed)) for proof in Proof}))
    assert answer.held_by[0].sentence == "The rollout proof failed: It was so."
