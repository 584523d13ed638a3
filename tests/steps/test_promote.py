"""Promotion to one cloud, all of its outside in memory."""

import json

import pytest

from fakes import proven
from fakes.promotion import FakeFolder, FakeRepo, World, refuse, render
from naru.errors import Conflict, Interrupted, Judged, Missing, OutsideDown
from naru.model.record import Record
from naru.model.words import Decision, RollbackPolicy, Verdict
from naru.steps.promote import plan_cloud, promote_cloud

V1, V2 = "8.9.csap-998", "8.9.csap-999"


@pytest.fixture
def world():
    return World()


def promote(world, version=V2, cloud="naver", folder=None, **settings):
    ports = world.ports(cloud, folder or world.folders[version], **settings)
    return promote_cloud(ports, world.request(cloud))


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


# -- races ------------------------------------------------------------------------------------------------------------


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


# -- going back -----------------------------------------------------------------------------------------------------------


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
    from naru.core.change_state import file_of, sign_statement

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


# -- the run log, and dying at every effect ---------------------------------------------------------------------------------


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
