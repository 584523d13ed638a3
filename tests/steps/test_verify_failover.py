"""The stage with everything outside made of values and a clock that moves only when somebody waits."""

import gzip

import pytest

from fakes.failover_world import World, request
from fakes.proven import public
from fakes.stage import ListLog
from naru.core.attestation import verify_evidence
from naru.core.failover_faults import chosen_faults
from naru.core.failover_record import judge_files
from naru.errors import Interrupted, Judged, Missing, OutsideDown
from naru.model.evidence import Evidence
from naru.model.failover import FaultEntry
from naru.model.words import Verdict
from naru.steps.verify_failover import plan_failover, verify_failover

DEFAULT = chosen_faults("default")
ONE = chosen_faults("scale-to-zero")


@pytest.fixture
def world():
    return World()


def evidence(tmp_path):
    return Evidence.from_json((tmp_path / "evidence" / "failover.json").read_bytes(), where="evidence")


def test_the_default_drill_passes_and_its_evidence_is_signed_and_judges_to_the_same_again(world, tmp_path):
    ports = world.ports(tmp_path)
    outcome = verify_failover(request(DEFAULT), ports)
    assert outcome.changed
    assert "scale-to-zero, node-stop" in outcome.sentence
    found = evidence(tmp_path)
    assert found.verdict is Verdict.passed
    assert found.cloud == "all"
    signed = verify_evidence((tmp_path / "evidence" / "failover.dsse.json").read_bytes(), [public("signer")], where="evidence")
    assert signed.plain() == found.plain()
    files = {raw.path.rpartition("/")[2].removesuffix(".gz"): gzip.decompress((tmp_path / raw.path).read_bytes()) for raw in found.raw}
    assert judge_files(files, found.limits).checks == found.checks
    assert (tmp_path / "evidence" / "failover" / "failover.svg").read_bytes() == b"<svg/>"
    assert world.at <= 210


def test_each_fault_hits_another_cloud_and_is_undone_behind_the_shield(world, tmp_path):
    verify_failover(request(DEFAULT), world.ports(tmp_path))
    assert [loss["cloud"] for loss in world.losses] == ["naver", "ktcloud"]
    assert world.undone == ["scale-to-zero-naver", "node-stop-ktcloud"]
    assert world.shields >= 3


def test_every_change_of_the_outside_is_logged_before_and_after(world, tmp_path):
    log = ListLog()
    verify_failover(request(ONE), world.ports(tmp_path, log))
    kinds = [(entry["what"], entry["kind"]) for entry in log.entries]
    assert kinds == [(what, kind) for kind in ("blip", "inject-fault", "undo-fault", "undo-faults") for what in ("intent", "done")]


def test_a_failed_proof_is_written_and_signed_before_it_stops_the_release(world, tmp_path):
    world.redispatch = world.detected = False
    with pytest.raises(Judged, match="the load balancer kept sending users to naver"):
        verify_failover(request(ONE), world.ports(tmp_path))
    assert evidence(tmp_path).verdict is Verdict.failed
    assert (tmp_path / "evidence" / "failover.dsse.json").exists()
    assert world.loads == 1  # failed is never measured again


def test_an_inconclusive_measurement_is_made_once_more_and_then_holds(world, tmp_path):
    world.late = 0.2
    with pytest.raises(Judged, match="Fail-over inconclusive"):
        verify_failover(request(ONE), world.ports(tmp_path))
    assert world.loads == 2
    assert evidence(tmp_path).verdict is Verdict.inconclusive


def test_a_cloud_that_is_not_well_before_the_drill_is_not_broken_on_top(world, tmp_path):
    world.losses.append({"cloud": "ktcloud", "begin": -5.0, "end": None})
    with pytest.raises(Judged, match="inconclusive"):
        verify_failover(request(ONE), world.ports(tmp_path))
    assert world.undone == []
    assert len(world.losses) == 1


def test_a_cloud_that_never_comes_back_fails_within_its_deadline(world, tmp_path):
    world.comes_back = False
    with pytest.raises(Judged, match="was not ready within"):
        verify_failover(request(ONE), world.ports(tmp_path))
    assert world.at < 400


@pytest.mark.parametrize("stop", [Interrupted("stopped by a signal"), KeyboardInterrupt(), OutsideDown("the load engine died.")])
@pytest.mark.parametrize("second", [5, 20, 45, 60])
def test_whatever_stops_the_drill_leaves_nothing_broken(world, tmp_path, stop, second):
    def fail():
        raise stop

    world.at_second[second] = [fail]
    with pytest.raises(type(stop)):
        verify_failover(request(ONE), world.ports(tmp_path))
    assert all(loss["end"] is not None for loss in world.losses)
    assert not (tmp_path / "evidence" / "failover.json").exists()


def test_a_leftover_of_a_killed_drill_is_taken_back_first(world, tmp_path):
    world.left = [FaultEntry(identity="x", fault="node-pause", cloud="naver", began="then", owner=1, owner_started=1)]
    log = ListLog()
    ports = world.ports(tmp_path, log)
    verify_failover(request(ONE), ports)
    assert log.entries[0]["kind"] == "undo-leftovers"
    assert "An earlier drill left node-pause in naver" in ports.progress.said[0]


def test_a_cluster_that_runs_another_release_is_not_drilled(world, tmp_path):
    world.running_digest = "sha256:" + "0" * 64
    with pytest.raises(Missing, match=r"not release 8\.9\.csap-999") as caught:
        verify_failover(request(ONE), world.ports(tmp_path))
    assert "verify-rollout" in caught.value.hint
    assert world.losses == []


def test_a_cluster_whose_agent_would_heal_the_fault_is_not_drilled(world, tmp_path):
    world.labels = {"kustomize.toolkit.fluxcd.io/name": "khan"}
    with pytest.raises(Missing, match=r"Flux \('khan'\) owns egov in verify-naver"):
        verify_failover(request(ONE), world.ports(tmp_path))
    assert world.losses == []


def test_passed_evidence_of_the_same_subject_counts_again_only_where_asked(world, tmp_path):
    ports = world.ports(tmp_path)
    verify_failover(request(ONE), ports)
    again = verify_failover(request(ONE, reuse=True), ports)
    assert not again.changed
    assert world.loads == 1
    verify_failover(request(ONE), ports)
    assert world.loads == 2


def losses(tmp_path, fault=0):
    return {row["cloud"]: row for row in evidence(tmp_path).summary["faults"][fault]["rpo"]}


def test_numbered_writes_that_outlive_the_fault_are_an_rpo_of_0_in_signed_evidence(world, tmp_path):
    verify_failover(request(DEFAULT, apm="openmaru-app"), world.ports(tmp_path, stores=True))
    found = losses(tmp_path)
    assert found["naver"]["acknowledged"] > 30
    assert found["naver"]["refused"] > 10
    assert (found["naver"]["lost"], found["naver"]["rpo_seconds"], found["naver"]["elsewhere"]) == (0, 0.0, 0)
    assert losses(tmp_path, 1)["ktcloud"]["hit"]
    assert [check.name for check in evidence(tmp_path).checks if check.name.endswith("RPO, reported")] == ["scale-to-zero: RPO, reported", "node-stop: RPO, reported"]


def test_a_store_that_forgets_with_its_cloud_is_told_and_the_others_keep_theirs(world, tmp_path):
    world.keeps = False
    ports = world.ports(tmp_path, stores=True)
    verify_failover(request(ONE, apm="openmaru-app"), ports)
    found = losses(tmp_path)
    assert found["naver"]["lost"] == found["naver"]["acknowledged"] > 30
    assert found["naver"]["at_least"]
    assert [found[name]["lost"] for name in ("ktcloud", "cocktail")] == [0, 0]
    assert any("RPO at least" in line for line in ports.progress.said)


def test_stores_that_do_not_answer_cost_the_figure_and_not_the_drill(world, tmp_path):
    world.answers_at_store = False
    verify_failover(request(ONE, apm="openmaru-app"), world.ports(tmp_path, stores=True))
    assert evidence(tmp_path).verdict is Verdict.passed
    assert losses(tmp_path)["naver"]["rpo_seconds"] is None
    assert "gave no list" in losses(tmp_path)["naver"]["sentence"]


def test_a_store_that_is_back_later_than_the_app_is_waited_for_a_moment(world, tmp_path):
    world.store_back = 25.0
    verify_failover(request(ONE, apm="openmaru-app"), world.ports(tmp_path, stores=True))
    assert losses(tmp_path)["naver"]["rpo_seconds"] == 0.0


def test_a_product_without_a_store_has_no_writer_and_says_not_applicable(world, tmp_path):
    verify_failover(request(ONE), world.ports(tmp_path))
    assert evidence(tmp_path).summary["rpo"].startswith("not applicable")
    assert not [lane.name for lane in world.plan.lanes if lane.name.startswith("writer:")]


def test_a_plan_says_what_would_be_broken_and_touches_nothing(world, tmp_path):
    ports = world.ports(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    plain = plan_failover(request(DEFAULT), ports).plain
    assert [fault["fault"] for fault in plain["faults"]] == ["scale-to-zero", "node-stop"]
    assert plain["writes"] == ["evidence/failover.json", "evidence/failover.dsse.json"]
    assert sorted(tmp_path.rglob("*")) == before
    assert (world.losses, world.loads) == ([], 0)
