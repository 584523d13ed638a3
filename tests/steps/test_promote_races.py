"""Two promotions at once: each step of a branch is one commit, and the cluster ends as the newest commit says."""

import json

import pytest

from fakes.promotion import V1, V2, World, promote
from fakes.promotion_git import FakeRepo
from naru.errors import Conflict, OutsideDown


@pytest.fixture
def world():
    return World()


def interfere(world, version):
    """Another run promotes `version` to naver at the very moment of our push."""
    def once(ref, new, old):
        if ref.endswith("cloud/naver"):
            world.config.on_push = lambda *_: None
            promote(world, version)

    world.config.on_push = once


def test_of_two_runs_of_one_release_one_commits_and_the_other_finds_it_done(world):
    world.prove(V2)
    interfere(world, V2)
    world.clock.sleep(1)
    assert promote(world).promotion.outcome == "promoted"
    assert len(world.branch("naver")) == 1


def test_of_two_releases_the_slower_one_says_so_and_is_not_promoted(world):
    world.prove(V1)
    world.prove(V2)
    interfere(world, V2)
    with pytest.raises(Conflict, match="Verify it again"):
        promote(world, V1)
    assert [json.loads(commit.tree["cloud.json"])["version"] for commit in world.branch("naver")] == [V2]


def test_an_older_release_is_not_promoted_over_a_newer_one(world):
    world.prove(V1)
    world.prove(V2)
    promote(world, V2)
    held = promote(world, V1)
    assert [entry.code for entry in held.promotion.reasons] == ["older-than-live"]


def test_a_branch_moved_without_changing_what_runs_is_tried_again_after_rendering_again(world):
    world.prove(V1)
    promote(world, V1)
    world.prove(V2)

    def once(ref, new, old):
        if ref.endswith("cloud/naver"):
            world.config.on_push = lambda *_: None
            repo = FakeRepo(world.config)
            world.config.refs[ref] = repo.write_commit((old,), {"note.txt": b"x"}, "a note", when=9)

    world.config.on_push = once
    assert promote(world, V2).promotion.outcome == "promoted"
    assert [commit.subject.split()[1] for commit in world.branch("naver")] == ["promote", "note", "promote"]


def test_a_push_that_was_accepted_while_its_answer_was_lost_ends_in_one_commit(world):
    world.prove(V2)

    def lose(ref, new, old):
        world.config.after_push = lambda *_: None
        raise OutsideDown("The answer was lost.")

    world.config.after_push = lose
    with pytest.raises(OutsideDown):
        promote(world)
    assert promote(world).promotion.outcome == "promoted"
    assert len(world.branch("naver")) == 1


def test_a_slow_run_that_was_overtaken_leaves_the_cluster_as_the_newest_commit_says(world):
    world.prove(V1)
    world.prove(V2)
    cluster, quickly = world.clusters["naver"], world.clusters["naver"].roll_out

    def slow(wanted):
        cluster.roll_out = quickly
        promote(world, V2)
        return quickly(wanted)

    cluster.roll_out = slow
    with pytest.raises(Conflict, match="committed by another run"):
        promote(world, V1)
    assert cluster.running[0] == V2
    assert world.state_files() == {}
    assert [json.loads(commit.tree["cloud.json"])["version"] for commit in world.branch("naver")] == [V2, V1]
