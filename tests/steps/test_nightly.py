"""A night from the branches to the hold, with stand-ins for everything outside."""

from datetime import UTC, datetime

import pytest

from naru.errors import Interrupted, OutsideDown
from naru.model.evidence import Check, Evidence, Subject
from naru.model.nights import ProofRecord
from naru.model.words import Profile, Proof, Verdict
from naru.steps.effects import Effects
from naru.steps.nightly import NightlyPorts, verify_night, went_well
from naru.steps.stage_runs import first_stop, run_list

SHA = "a" * 64


class Clock:
    def now(self):
        return datetime(2026, 1, 1, tzinfo=UTC)


def evidence(cloud, proof, verdict=Verdict.passed, control=Verdict.passed):
    subject = Subject(product="khan-monitoring", version="8.9-1", commit="b" * 40, images={}, rendered={cloud: SHA}, applied={cloud: SHA})
    checks = (Check(name="control run", verdict=control, sentence="nothing shifts"), Check(name="answer", verdict=verdict, sentence="p99 was 900 ms", measured=0.9, unit="s"))
    return Evidence(proof=proof, cloud=cloud, subject=subject, profile=Profile.production, limits={}, checks=checks, verdict=verdict)


class World:
    def __init__(self):
        self.lines, self.words, self.holds, self.codes = [], [], [], {}
        self.versions = {"8.9-1": ["naver"]}
        self.found = [evidence("naver", Proof.rollout), evidence("naver", Proof.scaling), evidence("all", Proof.failover)]
        self.already = frozenset()
        self.amiss = []

    def ports(self):
        world = self

        class Nights:
            def all(self):
                return list(world.lines)

            def add_night(self, records):
                world.lines += records

        class Folders:
            def running(self):
                return world.versions

            def restore(self, version, clouds):
                return f"work/nightly/{version}"

            def evidence(self, version):
                return self

            def evidences(self):
                return world.found

        def run(words):
            world.words.append(words)
            code = world.codes.get(words[0], 0)
            if isinstance(code, Exception):
                raise code
            return code

        def hold(cloud, reason):
            world.holds.append((cloud, reason))
            return 0

        return NightlyPorts(Nights(), Folders(), run, lambda: world.amiss, list, lambda: world.already, hold, Effects([], Clock(), stage="nightly"))


@pytest.fixture
def world():
    return World()


def test_a_good_night_proves_with_production_timing_and_goes_back_to_fast(world):
    outcome = verify_night(world.ports(), "2026-11-02", ["node-stop"])
    assert went_well(outcome)
    assert [words[:3] for words in world.words if words[0] == "clouds"] == [("clouds", "profile", "production"), ("clouds", "profile", "fast")]
    assert len(world.lines) == 3


def test_the_second_failed_night_holds_the_cloud_once(world):
    world.found[1] = evidence("naver", Proof.scaling, Verdict.failed)
    first = verify_night(world.ports(), "2026-11-02", ["node-stop"])
    assert not went_well(first)
    assert world.holds == []
    second = verify_night(world.ports(), "2026-11-03", ["node-stop"])
    assert [cloud for cloud, _ in world.holds] == ["naver"]
    assert "naver is held" in second.sentence
    assert [hold["cloud"] for hold in second.plain["new_holds"]] == ["naver"]
    world.already = frozenset({"naver"})
    third = verify_night(world.ports(), "2026-11-04", ["node-stop"])
    assert len(world.holds) == 1
    assert third.plain["new_holds"] == []


def test_a_failure_with_bad_controls_holds_nothing(world):
    world.found[1] = evidence("naver", Proof.scaling, Verdict.failed, control=Verdict.failed)
    for day in ("2026-11-02", "2026-11-03"):
        verify_night(world.ports(), day, ["node-stop"])
    assert world.holds == []


def test_a_proof_that_says_no_stops_no_other_proof(world):
    world.codes = {"verify-rollout": 1, "verify-scaling": 1}
    verify_night(world.ports(), "2026-11-02", ["node-stop"])
    assert "verify-failover" in [words[0] for words in world.words]


def test_timing_goes_back_to_fast_even_when_a_stage_blows_up(world):
    world.codes = {"verify-rollout": OutsideDown("x")}
    with pytest.raises(OutsideDown):
        verify_night(world.ports(), "2026-11-02", ["node-stop"])
    assert ("clouds", "profile", "fast", "naver") in world.words


@pytest.mark.parametrize("stage", ["clouds", "verify-rollout", "verify-scaling"])
def test_a_stop_ends_the_whole_night_goes_back_to_fast_timing_and_keeps_no_line(world, stage):
    world.codes = {stage: 130}
    with pytest.raises(Interrupted):
        verify_night(world.ports(), "2026-11-02", ["node-stop"])
    begun = [words[0] for words in world.words]
    assert begun.count(stage) == (2 if stage == "clouds" else 1)
    assert "verify-failover" not in begun
    assert ("clouds", "profile", "fast", "naver") in world.words
    assert world.lines == []


def test_a_proof_without_evidence_makes_the_night_not_good(world):
    world.found.pop()
    outcome = verify_night(world.ports(), "2026-11-02", ["node-stop"])
    assert not went_well(outcome)
    assert "all failover inconclusive: no evidence was written" in outcome.sentence


def test_drift_alone_makes_the_night_not_good(world):
    world.amiss = ["naver: Deployment/egov replicas 3 → 2"]
    outcome = verify_night(world.ports(), "2026-11-02", ["node-stop"])
    assert not went_well(outcome)
    assert "drift: naver: Deployment/egov" in outcome.sentence


def test_without_a_release_there_is_nothing_to_verify(world):
    world.versions = {}
    assert "nothing was verified" in verify_night(world.ports(), "2026-11-02", []).sentence


def test_a_list_stops_at_a_stage_that_others_build_upon_and_not_at_a_proof():
    codes = {"verify-rollout": 1, "build-images": 3}
    results = run_list(lambda words: codes.get(words[0], 0), [("verify-rollout",), ("build-images",), ("publish-release",)])
    assert [result.words[0] for result in results] == ["verify-rollout", "build-images"]
    assert first_stop(results) == "build-images (exit 3)"
    assert first_stop(results[:1]) == ""


def test_a_line_of_a_night_says_its_figures_with_units(world):
    verify_night(world.ports(), "2026-11-02", ["node-stop"])
    line = next(line for line in world.lines if line.proof is Proof.scaling)
    assert isinstance(line, ProofRecord)
    assert line.figures == {"answer (s)": 0.9}
