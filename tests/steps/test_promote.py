"""Promotion to one cloud, all of its outside in memory."""

import json

import pytest

from fakes.promotion import V2, World, promote, render
from fakes.promotion_git import refuse
from naru.errors import Judged, OutsideDown
from naru.model.words import Decision
from naru.steps.promote import plan_cloud


@pytest.fixture
def world():
    return World()


def test_a_proven_release_is_committed_and_runs_and_other_clouds_are_untouched(world):
    world.prove(V2)
    done = promote(world)
    assert done.changed
    assert (done.promotion.decision, done.promotion.outcome) == (Decision.promote, "promoted")
    [commit] = world.branch("naver")
    assert done.promotion.commit == commit.commit
    assert commit.subject == f"naver: promote khan-monitoring {V2}"
    assert f"Naru-Release: {V2}" in commit.message
    assert "Naru-Evidence: failover passed sha256:" in commit.message
    assert world.clusters["naver"].running[:2] == (V2, render(V2, "naver"))
    assert world.registries["naver"].copies == 2
    assert world.branch("ktcloud") == []
    assert world.registries["ktcloud"].copies == 0


def test_the_record_on_the_branch_holds_everything_that_allowed_it(world):
    world.prove(V2)
    promote(world)
    tree = world.branch("naver")[0].tree
    folder = f"releases/{V2}"
    assert {path for path in tree if path.startswith(folder)} == {
        f"{folder}/{name}" for name in (
            "release.json", "images.json", "overlays.json", "promotion/naver.json", "rendered/naver.yaml",
            "evidence/naver.rollout.json", "evidence/naver.rollout.dsse.json", "evidence/naver.scaling.json",
            "evidence/naver.scaling.dsse.json", "evidence/failover.json", "evidence/failover.dsse.json")}
    assert tree[f"{folder}/rendered/naver.yaml"] == render(V2, "naver")
    cloud = json.loads(tree["cloud.json"])
    assert (cloud["version"], cloud["action"], len(cloud["proofs"]), cloud["by"]) == (V2, "promote", 3, "jenkins #27")


@pytest.mark.parametrize("lost", [False, True])
def test_a_second_run_changes_nothing_also_with_a_lost_decision(world, lost):
    folder = world.prove(V2)
    promote(world)
    if lost:
        folder.documents.pop("promotion/naver.json")
    pushes, applied = list(world.config.pushes), list(world.clusters["naver"].applied)
    again = promote(world)
    assert not again.changed
    assert again.promotion.outcome == "promoted"
    assert (world.config.pushes, world.clusters["naver"].applied) == (pushes, applied)


def test_a_cluster_that_lags_behind_its_branch_is_rolled_out_without_a_second_commit(world):
    world.prove(V2)
    promote(world)
    world.clusters["naver"].running = ("", b"", {})
    assert promote(world).promotion.outcome == "promoted"
    assert len(world.branch("naver")) == 1
    assert world.clusters["naver"].running[0] == V2


def test_what_the_gate_holds_touches_nothing_outside(world):
    folder = world.prove(V2)
    del folder.raw["evidence/failover.json"]
    done = promote(world)
    assert done.promotion.outcome == "held"
    assert [entry.code for entry in done.promotion.reasons] == ["evidence-empty"]
    assert world.log.entries == []
    assert folder.documents["promotion/naver.json"].decision is Decision.hold


def test_plan_says_what_would_be_done_and_touches_nothing(world):
    folder = world.prove(V2)
    plan = plan_cloud(world.ports("naver", folder), world.request("naver"))
    assert (plan["decision"], plan["copies"], plan["commits"], plan["from"]) == ("promote", ["openmaru-app", "egov"], 1, "")
    assert world.config.pushes == []
    assert world.log.entries == []


def test_an_image_tag_in_the_clouds_registry_is_never_repointed(world):
    folder = world.prove(V2)
    image = folder.documents["images.json"].images[0]
    world.registries["naver"].tags[(image.repository, image.tag)] = "sha256:" + "0" * 64
    with pytest.raises(Judged, match="never re-pointed"):
        promote(world)
    assert world.branch("naver") == []


def test_a_registry_that_answers_other_bytes_after_the_copy_stops_before_the_commit(world):
    world.prove(V2)
    registry = world.registries["naver"]
    registry.copy_image = lambda image: registry.tags.update({(image.repository, image.tag): "sha256:" + "1" * 64})
    with pytest.raises(Judged, match="Do not trust this registry"):
        promote(world)
    assert world.branch("naver") == []


def test_a_registry_that_is_down_leaves_the_branch_alone_and_is_worth_a_retry(world):
    world.prove(V2)
    world.registries["naver"].down = True
    with pytest.raises(OutsideDown):
        promote(world)
    assert world.branch("naver") == []
    world.registries["naver"].down = False
    assert promote(world).promotion.outcome == "promoted"


def test_a_branch_that_refuses_direct_pushes_says_so_in_the_servers_words(world):
    world.prove(V2)
    world.config.on_push = refuse("changes go through pull requests")
    with pytest.raises(Judged, match="changes go through pull requests"):
        promote(world)
    assert world.clusters["naver"].applied == []
