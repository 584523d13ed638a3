"""A release that breaks on its target goes back to the last verified one, by commit, and is held."""

import json

import pytest

from fakes import proven
from fakes.promotion import V1, V2, World, promote, render
from fakes.promotion_git import FakeRepo
from naru.core.change_state import file_of, sign_statement
from naru.model.words import RollbackPolicy, Verdict


@pytest.fixture
def world():
    return World()


def test_what_breaks_on_the_target_goes_back_to_the_last_verified_release_by_commit_and_is_held(world):
    world.prove(V1)
    promote(world, V1)
    world.prove(V2)
    world.clusters["naver"].verdicts = [Verdict.failed]
    done = promote(world, V2)
    assert done.promotion.outcome == "rolled back"
    assert "Pod egov-1 crashed." in done.promotion.sentence
    newest = world.branch("naver")[0]
    assert newest.subject == f"naver: go back from {V2} to {V1}"
    assert newest.tree["overlays/naver.yaml"] == render(V1, "naver")
    assert world.clusters["naver"].running[:2] == (V1, render(V1, "naver"))
    [hold] = world.state_files().values()
    assert json.loads(hold)["version"] == V2
    assert promote(world, V2).promotion.outcome == "held"
    assert promote(world, V2, "ktcloud").promotion.outcome == "held"
    assert world.clusters["ktcloud"].applied == []


def test_the_first_release_goes_back_to_nothing(world):
    world.prove(V2)
    world.clusters["naver"].verdicts = [Verdict.failed]
    done = promote(world)
    assert done.promotion.outcome == "rolled back"
    assert world.clusters["naver"].running == ("", b"", {})
    newest = world.branch("naver")[0]
    assert set(newest.tree) == {"cloud.json"}
    assert "Naru-Release: none" in newest.message


def test_going_back_skips_a_release_that_is_held_itself(world):
    for number, version in enumerate(("8.9.csap-996", "8.9.csap-997", V1)):
        world.prove(version)
        promote(world, version)
        assert len(world.branch("naver")) == number + 1
    hold = proven.hold(cloud="all", version="8.9.csap-997")
    hold2 = proven.hold(cloud="all", version=V1)
    repo = FakeRepo(world.config)
    files = {file_of(item, str(number)): sign_statement(item, proven.key("kim")) for number, item in enumerate((hold, hold2))}
    world.prove(V2)
    world.config.refs["refs/heads/naru/state"] = repo.write_commit((), files, "holds", when=5)
    world.clusters["naver"].verdicts = [Verdict.failed]
    promote(world, V2)
    assert world.clusters["naver"].running[0] == "8.9.csap-996"


def test_an_inconclusive_watch_is_measured_once_more(world):
    world.prove(V2)
    world.clusters["naver"].verdicts = [Verdict.inconclusive]
    assert promote(world).promotion.outcome == "promoted"
    assert world.clusters["naver"].applied == [V2, V2]


def test_a_watch_that_stays_inconclusive_is_not_believed(world):
    world.prove(V2)
    world.clusters["naver"].verdicts = [Verdict.inconclusive, Verdict.inconclusive]
    assert promote(world).promotion.outcome == "rolled back"


def test_pods_that_report_another_digest_than_the_releases_go_back(world):
    world.prove(V1)
    promote(world, V1)
    world.prove(V2)
    world.clusters["naver"].live_digest = "sha256:" + "7" * 64
    done = promote(world, V2)
    assert done.promotion.outcome == "rolled back"
    assert "not of this release" in done.promotion.sentence


@pytest.mark.parametrize("policy", [RollbackPolicy.manual, RollbackPolicy.forbidden])
def test_a_release_that_must_not_go_back_by_itself_is_held_and_stuck(world, policy):
    world.prove(V1)
    promote(world, V1)
    world.prove(V2, rollback=policy)
    world.clusters["naver"].verdicts = [Verdict.failed]
    done = promote(world, V2)
    assert done.promotion.outcome == "stuck"
    assert f"Its rollback is {policy}" in done.promotion.sentence
    assert world.clusters["naver"].running[0] == V2
    assert len(world.state_files()) == 1


def test_a_rollback_that_fails_too_is_stuck_and_the_branch_says_where_it_should_be(world):
    world.prove(V1)
    promote(world, V1)
    world.prove(V2)
    world.clusters["naver"].verdicts = [Verdict.failed, Verdict.failed]
    done = promote(world, V2)
    assert done.promotion.outcome == "stuck"
    assert json.loads(world.branch("naver")[0].tree["cloud.json"])["version"] == V1
    assert promote(world, V2).promotion.outcome == "rolled back"


def test_rendered_bytes_that_were_edited_in_the_branch_are_never_gone_back_to(world):
    world.prove(V1)
    promote(world, V1)
    old = world.branch("naver")[0]
    old.tree[f"releases/{V1}/rendered/naver.yaml"] = b"edited"
    world.prove(V2)
    world.clusters["naver"].verdicts = [Verdict.failed]
    done = promote(world, V2)
    assert done.promotion.outcome == "stuck"
    assert "not those that were proven" in done.promotion.sentence
