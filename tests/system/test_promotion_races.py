"""2, 4 and 8 promoters at once on a real bare repository with its hook: nothing lost, doubled or unverified."""

import json
import os
import shutil
import time

import pytest

from fakes.disk_world import DiskWorld
from naru.errors import Conflict, NaruError

pytestmark = pytest.mark.system

ROUNDS = 3
"""Rounds of each kind here; the nightly run has more (NARU_RACE_ROUNDS)."""


@pytest.fixture(scope="module")
def proven(tmp_path_factory):
    """Eight releases that are proven, none promoted."""
    world = DiskWorld.make(tmp_path_factory.mktemp("proven") / "world")
    for number in range(1, 9):
        world.prove(number, world.root / f"work-{number}")
        world.advance_source(str(number))
    return world


def race(world, numbers):
    """One process for each number (of a release), all starting at one moment, each with private copies of its own."""
    start = world.root / "start"
    children = []
    for place, number in enumerate(numbers):
        pid = os.fork()
        if pid == 0:
            os._exit(_runner(world, place, number, start))
        children.append(pid)
    deadline = time.monotonic() + 60
    while len(list(world.root.glob("ready-*"))) < len(numbers) and time.monotonic() < deadline:
        time.sleep(0.01)
    start.touch()
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]


def _runner(world, place, number, start):
    try:
        work = world.root / f"race-{place}"
        shutil.copytree(world.root / f"work-{number}", work)
        copies = f"copies-{place}"
        shutil.copytree(world.root / "copies", world.root / copies)
        (world.root / f"ready-{place}").touch()
        deadline = time.monotonic() + 60
        while not start.exists() and time.monotonic() < deadline:
            time.sleep(0.001)
        _slowly(world, place)
        outcome = world.promote(work, copies=copies)
        (world.root / f"said-{place}").write_text(outcome.sentence)
    except Conflict:
        return 9
    except NaruError as error:
        (world.root / f"said-{place}").write_text(error.message)
        return error.exit_code
    except BaseException:  # noqa: BLE001 (a child tells everything by its exit code)
        import traceback

        traceback.print_exc()
        return 70
    return 0


def _slowly(world, place):
    """Roll-outs take their time, each another, so that a slow run applies after a quick one that is newer."""
    cluster = world.clusters["naver"]
    quickly = cluster.roll_out

    def roll_out(wanted):
        time.sleep(0.05 * ((place * 5) % 8))
        return quickly(wanted)

    cluster.roll_out = roll_out


def rounds():
    return range(int(os.environ.get("NARU_RACE_ROUNDS", ROUNDS)))


@pytest.mark.parametrize("promoters", [2, 4, 8])
def test_promoters_of_one_release_make_one_commit_and_all_find_it_done(proven, tmp_path, promoters):
    for number in rounds():
        world = proven.copy_to(tmp_path / str(number))
        codes = race(world, [1] * promoters)
        assert codes == [0] * promoters, said(world)
        assert world.history("naver") == [("promote", "8.9.csap-1")]
        world.verified_only("naver")
        assert world.clusters["naver"].state.read()["version"] == "8.9.csap-1"


@pytest.mark.parametrize("promoters", [2, 4, 8])
def test_of_promoters_of_different_releases_each_acknowledged_one_stands_once_and_the_losers_say_so(proven, tmp_path, promoters):
    for number in rounds():
        world = proven.copy_to(tmp_path / str(number))
        codes = race(world, list(range(1, promoters + 1)))
        assert set(codes) <= {0, 1}, said(world)
        assert 0 in codes
        winners = {f"8.9.csap-{place + 1}" for place, code in enumerate(codes) if code == 0}
        history = world.history("naver")
        assert len(set(history)) == len(history), "nothing is promoted twice"
        assert winners <= {version for _, version in history}, "what was acknowledged is in the history"
        assert history[-1][1] == world.clusters["naver"].state.read()["version"], "the cluster runs what the branch says"
        world.verified_only("naver")
        assert_losers_were_told(world, codes)
        assert_log_tells_every_push(world, history, promoters)


def assert_losers_were_told(world, codes):
    for place, code in enumerate(codes):
        if code == 1:
            text = (world.root / f"said-{place}").read_text()
            assert any(words in text for words in ("proven on top of", "is newer than", "committed by another run")), text


def assert_log_tells_every_push(world, history, promoters):
    """I5: each commit in the history has its intent in exactly one run log."""
    pushed = []
    for place in range(promoters):
        lines = [json.loads(line) for line in (world.root / f"race-{place}" / "run.log").read_text().splitlines()]
        pushed += [line["detail"]["commit"] for line in lines if line["kind"] == "move-cloud-branch" and line["what"] == "intent"]
    repo = world.repo("config", "copies-of-the-checker")
    tip, found = repo.find("cloud/naver"), []
    while tip:
        found.append(tip)
        parents = repo.commit_info(tip).parents
        tip = parents[0] if parents else None
    assert len(found) == len(history)
    assert all(pushed.count(commit) == 1 for commit in found)


def said(world):
    return [path.read_text() for path in world.root.glob("said-*")]


def test_a_force_push_to_a_clouds_branch_is_refused_by_the_shipped_hook(proven, tmp_path):
    world = proven.copy_to(tmp_path / "w")
    world.promote(world.root / "work-1")
    repo = world.repo("config")
    tip = repo.find("cloud/naver")
    orphan = repo.write_commit((), {"cloud.json": b"{}"}, "rewritten", when=1)
    with pytest.raises(NaruError, match="only goes forward"):
        repo.push_compare_and_swap("refs/heads/cloud/naver", orphan, tip)
    with pytest.raises(NaruError, match="not deleted"):
        repo.push_compare_and_swap("refs/heads/cloud/naver", None, tip)
    assert world.history("naver") == [("promote", "8.9.csap-1")]
