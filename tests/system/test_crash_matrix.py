"""Die before and after each outside effect of the stages tag_release … promote, found by enumeration; the next run finishes.

Real bare repositories with the update hook, real processes killed by SIGKILL. A new effect is covered by itself: the
enumeration ends at the first number at which a run ends alive.
"""

import json
import shutil

import pytest

from fakes.disk_world import DiskRegistry, DiskWorld, first_bad_log_line, in_child, killer
from naru.errors import OutsideDown

pytestmark = pytest.mark.system

V1, V2 = "8.9.csap-1", "8.9.csap-2"


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """V1 runs on naver; the source has gone on, so that V2 is another commit."""
    world = DiskWorld.make(tmp_path_factory.mktemp("begun") / "world")
    work = world.root / "work-1"
    world.prove(1, work)
    assert in_child(lambda: world.promote(work)) == 0
    world.advance_source("2")
    return world


def run(world, hooks=None, work="work-2", copies="copies"):
    """The whole release V2 in a process of its own; its exit code."""
    settings = {"copies": copies, **({"hooks": hooks} if hooks else {})}

    def release():
        world.prove(2, world.root / work, **settings)
        world.promote(world.root / work, **settings)

    return in_child(release)


def resume(world, mode):
    """The same command again, in the same folder or in an empty one without private copies of the repositories."""
    if mode == "empty":
        shutil.rmtree(world.root / "work-2", ignore_errors=True)
        shutil.rmtree(world.root / "copies", ignore_errors=True)
    return [run(world) for _ in range(2)]


def check(world, *, breaks, codes):
    """I1-I8 where they can be seen from outside."""
    assert codes == ([1, 1] if breaks else [0, 0])
    history = world.history("naver")
    assert history == [("promote", V1), ("promote", V2), *([("rollback", V1)] if breaks else [])]
    world.verified_only("naver")
    cluster = world.clusters["naver"].state.read()
    assert cluster["version"] == (V1 if breaks else V2)
    assert not cluster["broken"]
    assert len(world.state_files()) == (1 if breaks else 0)
    tags = {ref for ref in world.repo("source", "copies-of-the-checker").ls_remote("refs/tags/*") if not ref.endswith("^{}")}
    assert len(tags) == 2
    registry = DiskRegistry(world.root / "registry-naver.json").state.read()
    assert len(registry["tags"]) == 4
    assert first_bad_log_line(world.root / "work-2") is None


def cases(begun, tmp_path, *, breaks, hooks, mode):
    """Yield each world in which a run was cut off, and afterwards the number of them."""
    for at in range(1, 60):
        world = begun.copy_to(tmp_path / f"{mode}-{at}")
        if breaks:
            with world.clusters["naver"].state.change() as value:
                value["bad"] = [V2]
        code = run(world, hooks(at))
        if code in {0, 1} and not (world.root / "cut").exists():
            return at - 1
        check(world, breaks=breaks, codes=resume(world, mode))
        shutil.rmtree(world.root)
    raise AssertionError("the enumeration does not end")


GOOD, BREAKS = 11, 13
"""Outside effects of a whole release to one cloud: 5 publish, 1 candidate, 2 copies, commit, roll-out, main; breaking: hold, revert, roll-out, no main."""


BEFORE = pytest.param("before", marks=pytest.mark.nightly)
"""To die before an effect differs from dying after the one before it only in what the log says."""


@pytest.mark.parametrize("mode", ["same", "empty"])
@pytest.mark.parametrize("when", ["after", BEFORE])
@pytest.mark.parametrize("breaks", [False, True], ids=["good", "breaks"])
def test_a_killed_release_is_finished_by_the_same_command(begun, tmp_path, breaks, when, mode):
    points = cases(begun, tmp_path, breaks=breaks, hooks=lambda at: killer(at, when), mode=mode)
    assert points == (BREAKS if breaks else GOOD)


@pytest.mark.parametrize("when", ["after", BEFORE])
@pytest.mark.parametrize("breaks", [False, True], ids=["good", "breaks"])
def test_an_effect_that_fails_or_whose_answer_is_lost_is_finished_by_the_same_command(begun, tmp_path, breaks, when):
    def hooks(at):
        seen = [0]

        def cut(_number, _kind):
            seen[0] += 1
            if seen[0] == at:
                (current[0] / "cut").touch()
                raise OutsideDown("The other side did not answer.")

        def nothing(_number, _kind):
            pass

        return (cut, nothing) if when == "before" else (nothing, cut)

    current = [tmp_path]

    def located(at):
        current[0] = tmp_path / f"same-{at}"
        return hooks(at)

    points = cases(begun, tmp_path, breaks=breaks, hooks=located, mode="same")
    assert points == (BREAKS if breaks else GOOD)


def test_a_run_that_is_killed_twice_is_still_finished(begun, tmp_path):
    for first, second in ((3, 1), (6, 3), (8, 1), (9, 2), (10, 1), (11, 2), (12, 1)):
        world = begun.copy_to(tmp_path / f"{first}-{second}")
        with world.clusters["naver"].state.change() as value:
            value["bad"] = [V2]
        assert run(world, killer(first, "after")) == 137
        assert run(world, killer(second, "before")) in {1, 137}
        check(world, breaks=True, codes=resume(world, "empty"))


def test_the_log_shows_what_a_killed_run_may_have_done(begun, tmp_path):
    world = begun.copy_to(tmp_path / "log")
    assert run(world, killer(9, "before")) == 137
    lines = [json.loads(line) for line in (world.root / "work-2" / "run.log").read_text().splitlines()]
    assert (lines[-1]["what"], lines[-1]["kind"]) == ("intent", "move-cloud-branch")
