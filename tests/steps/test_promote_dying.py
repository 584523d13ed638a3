"""A promotion that is cut off: by a silent cluster, by a person, or by its own death at any effect. The next run finishes it."""

import json

import pytest

from fakes.promotion import V1, V2, World, promote, render
from fakes.promotion_target import FakeFolder
from naru.errors import Interrupted, Missing, OutsideDown
from naru.model.record import Record
from naru.model.words import Verdict


@pytest.fixture
def world():
    return World()


def test_a_cluster_that_vanishes_after_the_commit_is_told_and_gone_on_with(world):
    world.prove(V2)
    cluster = world.clusters["naver"]

    def vanish(number, kind):
        if kind == "roll-out":
            cluster.down = True

    done = promote(world, before=vanish)
    assert done.promotion.outcome == "unreachable"
    assert len(world.branch("naver")) == 1
    cluster.down = False
    assert promote(world).promotion.outcome == "promoted"
    assert len(world.branch("naver")) == 1


@pytest.mark.parametrize("error", [Missing("The login lacks this right."), OutsideDown("It did not answer.")])
def test_where_nothing_was_learned_about_the_release_it_is_neither_believed_nor_taken_back(world, error):
    world.prove(V1)
    promote(world, V1)
    world.prove(V2)
    cluster, really = world.clusters["naver"], world.clusters["naver"].roll_out

    def fails(wanted):
        cluster.roll_out = really
        raise error

    cluster.roll_out = fails
    assert promote(world, V2).promotion.outcome == "unreachable"
    assert world.state_files() == {}
    assert promote(world, V2).promotion.outcome == "promoted"
    assert len(world.branch("naver")) == 2


def test_who_stops_a_run_while_it_rolls_out_takes_nothing_back(world):
    world.prove(V1)
    promote(world, V1)
    world.prove(V2)
    cluster, really = world.clusters["naver"], world.clusters["naver"].roll_out

    def stopped(wanted):
        cluster.roll_out = really
        raise Interrupted("stopped by a signal")

    cluster.roll_out = stopped
    with pytest.raises(Interrupted):
        promote(world, V2)
    assert world.state_files() == {}
    assert promote(world, V2).promotion.outcome == "promoted"


def test_every_effect_has_its_intent_before_and_its_outcome_after(world):
    world.prove(V2)
    promote(world)
    kinds = [(entry["what"], entry["kind"]) for entry in world.log.entries]
    assert kinds == [pair for kind in ("copy-image", "copy-image", "move-cloud-branch", "roll-out")
                     for pair in (("intent", kind), ("done", kind))]


class Dead(BaseException):
    """The process is gone."""


def die(at, when):
    def hook(number, _kind):
        if number == at:
            raise Dead

    return {when: hook}


def scenario(world, *, breaks):
    """V1 runs; V2 is proven, and breaks on the target or does not."""
    world.prove(V1)
    promote(world, V1)
    world.prove(V2)
    world.clusters["naver"].verdicts = [Verdict.failed] if breaks else []


@pytest.mark.parametrize("breaks", [False, True], ids=["good", "breaks"])
@pytest.mark.parametrize("empty", [False, True], ids=["same-folder", "empty-folder"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_dies_at_any_effect_is_finished_by_the_next(breaks, empty, when):
    deaths = 0
    for at in range(1, 50):
        world = World()
        scenario(world, breaks=breaks)
        folder = world.folders[V2]
        try:
            promote(world, V2, folder=folder, **die(at, when))
        except Dead:
            deaths += 1
        else:
            break
        if breaks and not world.state_files():
            world.clusters["naver"].verdicts = [Verdict.failed]  # still the same broken release
        if empty:
            fresh = FakeFolder()
            fresh.documents = {name: item for name, item in folder.documents.items() if isinstance(item, Record) and "promotion" not in name}
            fresh.raw = dict(folder.raw)
            folder = fresh
        for _ in range(2):
            promote(world, V2, folder=folder)
        check(world, breaks=breaks)
    assert deaths == (7 if breaks else 4)


def check(world, *, breaks):
    versions = [json.loads(commit.tree["cloud.json"])["version"] for commit in world.branch("naver")]
    assert versions == ([V1, V2, V1] if breaks else [V2, V1]), "exactly one commit for each step, none lost or doubled"
    wanted = V1 if breaks else V2
    assert world.clusters["naver"].running[:2] == (wanted, render(wanted, "naver"))
    assert len(world.state_files()) == (1 if breaks else 0)
    assert world.branch("ktcloud") == []
