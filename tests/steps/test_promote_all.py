"""Promotion to several clouds: each by its own gate, two of three is never success."""

import pytest

from fakes import proven
from fakes.promotion import World
from fakes.promotion_git import FakeRepo
from naru.core.change_state import file_of, sign_statement
from naru.errors import Judged, OutsideDown
from naru.model.words import Verdict
from naru.steps.promote_all import OneCloud, promote_all

V1, V2 = "8.9.csap-998", "8.9.csap-999"


@pytest.fixture
def world():
    return World()


def run(world, version=V2, clouds=proven.CLOUDS, **settings):
    pairs = [OneCloud(world.ports(name, world.folders[version]), world.request(name)) for name in clouds]
    return promote_all(pairs, **settings)


def outcomes(world, version=V2):
    found = {name: world.folders[version].documents.get(f"promotion/{name}.json") for name in proven.CLOUDS}
    return {name: item.outcome if item else "" for name, item in found.items()}


def subjects(world):
    tip, found = world.config.refs["refs/heads/main"], []
    while tip:
        found.append(world.config.objects[tip].subject)
        tip = world.config.objects[tip].parents[0] if world.config.objects[tip].parents else None
    return found


def test_all_three_clouds_run_it_and_main_gets_the_candidate(world):
    world.prove(V2)
    done = run(world)
    assert done.changed
    assert {cluster.running[0] for cluster in world.clusters.values()} == {V2}
    assert subjects(world) == [f"merge candidate/{V2}: every cloud runs {V2}", "begin"]
    again = run(world)
    assert not again.changed
    assert len(subjects(world)) == 2


def test_one_cloud_alone_leaves_main_where_it_is_until_the_last_one(world):
    world.prove(V2)
    run(world, clouds=["naver"])
    assert subjects(world) == ["begin"]
    run(world, clouds=["ktcloud", "cocktail"])
    assert len(subjects(world)) == 2


def test_a_conflict_with_main_leaves_main_alone_and_says_so(world):
    world.prove(V2)
    repo = FakeRepo(world.config)
    candidate = world.config.refs[f"refs/heads/candidate/{V2}"]
    world.config.objects[candidate].tree["conflict.yaml"] = b"ours"
    main = world.config.refs["refs/heads/main"]
    world.config.refs["refs/heads/main"] = repo.write_commit((main,), {"conflict.yaml": b"theirs"}, "people write", when=4)
    assert "Merge it by hand" in run(world).sentence
    assert subjects(world)[0] == "people write"


def test_a_cloud_that_does_not_answer_keeps_only_itself_back(world):
    world.prove(V2)
    world.clusters["ktcloud"].down = True
    with pytest.raises(OutsideDown, match="partial: naver promoted, ktcloud unreachable, cocktail promoted"):
        run(world)
    assert outcomes(world) == {"naver": "promoted", "ktcloud": "unreachable", "cocktail": "promoted"}
    world.clusters["ktcloud"].down = False
    run(world)
    assert set(outcomes(world).values()) == {"promoted"}
    assert [len(world.branch(name)) for name in proven.CLOUDS] == [1, 1, 1]


def test_a_held_cloud_keeps_only_itself_back(world):
    world.prove(V2)
    hold = proven.hold(cloud="ktcloud")
    repo = FakeRepo(world.config)
    world.config.refs["refs/heads/naru/state"] = repo.write_commit(
        (), {file_of(hold, "1"): sign_statement(hold, proven.key("kim"))}, "hold", when=5)
    with pytest.raises(Judged, match="partial: naver promoted, ktcloud held, cocktail promoted"):
        run(world)


def test_a_release_that_breaks_on_a_cloud_goes_no_further_and_leaves_the_others_alone(world):
    world.prove(V1)
    run(world, V1)
    world.prove(V2)
    world.clusters["ktcloud"].verdicts = [Verdict.failed]
    with pytest.raises(Judged, match="partial: naver promoted, ktcloud rolled back, cocktail not tried"):
        run(world, V2)
    assert {name: cluster.running[0] for name, cluster in world.clusters.items()} == {"naver": V2, "ktcloud": V1, "cocktail": V1}
    with pytest.raises(Judged, match="naver promoted, ktcloud held, cocktail held"):
        run(world, V2)
    assert world.clusters["naver"].running[0] == V2


def test_whoever_listens_is_told_what_came_of_each_tried_cloud_before_the_run_ends_with_no(world):
    world.prove(V1)
    run(world, V1)
    world.prove(V2)
    world.clusters["ktcloud"].verdicts = [Verdict.failed]
    heard = []
    with pytest.raises(Judged):
        run(world, V2, tell=heard.extend)
    assert [(item.cloud, item.outcome) for item in heard] == [("naver", "promoted"), ("ktcloud", "rolled back")]


def test_during_the_soak_time_the_cloud_before_is_watched(world):
    world.prove(V2)
    run(world, soak_seconds=600)
    assert world.clock.slept == pytest.approx(1200)


def test_what_breaks_during_the_soak_time_goes_back_and_the_next_cloud_is_not_tried(world):
    world.prove(V1)
    run(world, V1)
    world.prove(V2)
    cluster, answers = world.clusters["naver"], iter([True, True])

    def runs(wanted):
        return next(answers, False), ()

    cluster.runs = runs
    with pytest.raises(Judged, match="naver rolled back, ktcloud not tried"):
        run(world, V2, soak_seconds=600)
    assert cluster.running[0] == V1


def test_waiting_for_approvals_ends_with_them_or_with_its_bound(world):
    world.product = proven.product(approvals={"csap": 2})
    world.prove(V2, line="8.9.csap")
    with pytest.raises(Judged, match="needs 2 approvals"):
        run(world, clouds=["naver"], wait_seconds=60)
    assert world.clock.slept == pytest.approx(60)
    release = world.folders[V2].documents["release.json"]
    overlays = world.folders[V2].documents["overlays.json"]
    given = [proven.approval(who, commit=release.commit, rendered={entry.cloud: entry.rendered_sha256 for entry in overlays.clouds})
             for who in ("kim", "lee")]
    repo = FakeRepo(world.config)
    files = {file_of(item, item.by): sign_statement(item, proven.key(item.by)) for item in given}
    original = world.clock.wait

    def approve_meanwhile(event, seconds):
        world.config.refs["refs/heads/naru/state"] = repo.write_commit((), files, "approve", when=6)
        return original(event, seconds)

    world.clock.wait = approve_meanwhile
    assert run(world, clouds=["naver"], wait_seconds=3600).changed
    assert world.clock.slept < 100
