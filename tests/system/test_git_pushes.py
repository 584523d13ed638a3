"""Real Git: the private copy, races on the remote, and the shipped hook on the server."""

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from naru.edge.git_hook import UpdateHook
from naru.edge.git_repo import GitRepo
from naru.errors import Conflict, Judged, OutsideDown
from system.plain_git import WHEN, bare, clone, first_commit, git

pytestmark = pytest.mark.system


@pytest.fixture
def remote(tmp_path):
    return bare(tmp_path)


@pytest.fixture
def seeded(remote):
    return first_commit(remote)


def copy(remote, tmp_path, name="copy"):
    return GitRepo.clone_or_open(str(remote.folder), tmp_path / f"{name}.git")


# the private copy


def test_a_copy_follows_branches_and_tags_that_moved_or_went(seeded, tmp_path):
    remote, first = seeded
    remote.push_create_only("refs/heads/old", first)
    repo = copy(remote, tmp_path)
    second = remote.write_commit((first,), {"a.txt": b"2"}, "second", when=WHEN + 1)
    remote.push_compare_and_swap("refs/heads/master", second, first)
    remote.push_compare_and_swap("refs/heads/old", None, first)
    assert copy(remote, tmp_path).branches() == {"master": second}
    assert repo.resolve("master") == second


@pytest.mark.parametrize("damage", ["half made", "locks left", "refs cut", "objects gone"])
def test_a_copy_that_a_killed_process_left_is_mended(seeded, tmp_path, damage):
    remote, commit = seeded
    folder = copy(remote, tmp_path).folder
    if damage == "half made":
        (folder / "naru-ready").unlink()
        (folder / "HEAD").unlink()
    elif damage == "locks left":
        for name in ("packed-refs.lock", "shallow.lock", "refs/heads/master.lock", "HEAD.lock", "config.lock"):
            (folder / name).touch()
    elif damage == "refs cut":
        (folder / "refs/heads/master").write_bytes(b"")
    else:
        for path in (folder / "objects").rglob("*"):
            if path.is_file():
                path.unlink()
    other = remote.write_commit((commit,), {"b": b"2"}, "second", when=WHEN + 1)
    remote.push_compare_and_swap("refs/heads/master", other, commit)
    repo = copy(remote, tmp_path)
    assert repo.resolve("master") == other
    assert repo.read_file(other, "a.txt") == b"1"


def test_two_processes_that_fetch_one_copy_wait_for_each_other(seeded, tmp_path):
    remote, commit = seeded
    with ThreadPoolExecutor(8) as pool:
        repos = list(pool.map(lambda _: copy(remote, tmp_path), range(8)))
    assert {repo.resolve("master") for repo in repos} == {commit}


# pushes, races, the shipped hook


@pytest.mark.parametrize("count", [2, 4, 8])
def test_of_many_that_create_one_tag_at_once_exactly_one_wins(seeded, tmp_path, count):
    remote, first = seeded
    repos = [copy(remote, tmp_path, f"racer{number}") for number in range(count)]
    tags = [repo.make_tag("v", first, f"by {number}", when=WHEN) for number, repo in enumerate(repos)]
    gate = threading.Barrier(count)

    def race(number):
        gate.wait(20)
        for _ in range(20):
            try:
                return repos[number].push_create_only("refs/tags/v", tags[number])
            except Conflict as lost:
                return lost.found
            except OutsideDown:
                continue  # the ref was locked by another: exactly what is worth a retry
        return None

    with ThreadPoolExecutor(count) as pool:
        results = list(pool.map(race, range(count)))
    winner = remote.ls_remote("refs/tags/v")["refs/tags/v"]
    assert results.count(True) == 1
    assert [result for result in results if result is not True] == [winner] * (count - 1)
    assert tags[results.index(True)] == winner


@pytest.mark.parametrize("count", [2, 4, 8])
def test_compare_and_swap_loses_no_commit_of_many_that_write_one_branch(seeded, tmp_path, count):
    remote, _ = seeded
    repos = [copy(remote, tmp_path, f"writer{number}") for number in range(count)]

    def write(number):
        repo = repos[number]
        for _ in range(60):
            repo.fetch()
            tip = repo.resolve("master")
            mine = repo.write_commit((tip,), {f"{number}.txt": b"x"}, f"by {number}", when=WHEN + number)
            try:
                return repo.push_compare_and_swap("refs/heads/master", mine, tip)
            except (Conflict, OutsideDown):
                continue
        return None

    with ThreadPoolExecutor(count) as pool:
        assert list(pool.map(write, range(count))) == [True] * count
    last = copy(remote, tmp_path, "last")
    assert set(last.list_files("master")) == {"a.txt", *(f"{number}.txt" for number in range(count))}
    assert len(last.history("master")) == count + 1


def test_a_push_carries_one_ref_and_nothing_that_the_copy_happens_to_have(seeded, tmp_path):
    remote, commit = seeded
    repo = copy(remote, tmp_path)
    git(repo.folder, "update-ref", "refs/tags/stray", commit)
    repo.push_create_only("refs/tags/x", repo.make_tag("x", commit, "x", when=WHEN))
    assert set(remote.ls_remote("refs/tags/*")) == {"refs/tags/x", "refs/tags/x^{}"}


@pytest.fixture
def guarded(seeded, tmp_path):
    remote, commit = seeded
    UpdateHook(tmp_path).install_hook("remote.git")
    second = remote.write_commit((commit,), {"a.txt": b"2"}, "second", when=WHEN + 1)
    remote.push_compare_and_swap("refs/heads/master", second, commit)
    remote.push_create_only("refs/tags/v1", remote.make_tag("v1", commit, "v1", when=WHEN))
    remote.push_create_only("refs/tags/light", commit)
    return remote, commit, second


def test_the_hook_refuses_moved_and_deleted_tags_whoever_forces_them(guarded, tmp_path):
    remote, commit, second = guarded
    before = remote.ls_remote("refs/tags/*")
    work = clone(remote.folder, tmp_path / "work")
    for refspec in (f"+{second}:refs/tags/v1", f"+{commit}:refs/tags/v1", ":refs/tags/v1", f"+{second}:refs/tags/light", ":refs/tags/light"):
        refused = git(work, "push", "--force", "origin", refspec, check=False)
        assert refused.returncode != 0
        assert "naru: the tag" in refused.stderr
    git(work, "tag", "-d", "v1", "light")
    assert git(work, "push", "--mirror", "origin", check=False).returncode != 0
    assert remote.ls_remote("refs/tags/*") == before


def test_the_hook_lets_new_tags_and_ordinary_branches_through(guarded, tmp_path):
    remote, commit, second = guarded
    work = clone(remote.folder, tmp_path / "work")
    git(work, "push", "-q", "origin", f"{second}:refs/tags/v2", f"{commit}:refs/heads/topic")
    git(work, "push", "-q", "--force", "origin", f"{commit}:refs/heads/master", ":refs/heads/topic")
    assert {"refs/tags/v2", "refs/heads/master"} <= set(remote.ls_remote())


@pytest.mark.parametrize("branch", ["cloud/naver", "naru/state"])
def test_the_hook_keeps_what_says_what_runs_from_going_back_or_away(guarded, tmp_path, branch):
    remote, commit, second = guarded
    work = clone(remote.folder, tmp_path / "work")
    git(work, "push", "-q", "origin", f"{second}:refs/heads/{branch}")
    assert "only goes forward" in git(work, "push", "--force", "origin", f"{commit}:refs/heads/{branch}", check=False).stderr
    assert "is not deleted" in git(work, "push", "origin", f":refs/heads/{branch}", check=False).stderr
    assert remote.ls_remote(f"refs/heads/{branch}") == {f"refs/heads/{branch}": second}


def test_without_the_hook_gits_own_switches_do_not_protect_tags(seeded, tmp_path):
    """The reason why the hook is shipped; if git changes this, the hook's first lines should too."""
    remote, commit = seeded
    git(remote.folder, "config", "receive.denyDeletes", "true")
    git(remote.folder, "config", "receive.denyNonFastForwards", "true")
    remote.push_create_only("refs/tags/v1", commit)
    work = clone(remote.folder, tmp_path / "work")
    assert git(work, "push", "origin", ":refs/tags/v1", check=False).returncode == 0


def test_a_hook_of_the_server_that_declines_is_quoted(seeded, tmp_path):
    remote, commit = seeded
    hook = remote.folder / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'No releases on a Friday.' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(Judged, match="No releases on a Friday"):
        copy(remote, tmp_path).push_create_only("refs/tags/v", commit)


def test_the_install_command_installs_and_repeats_and_respects_a_foreign_hook(remote, tmp_path):
    install = Path(__file__).resolve().parents[2] / "scripts" / "hooks" / "install"
    hooks = UpdateHook(tmp_path)
    for _ in range(2):
        done = subprocess.run([str(install), str(remote.folder)], capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 0, done.stderr
        assert hooks.has_hook("remote.git")
    (remote.folder / "hooks/update").write_text("#!/bin/sh\nexit 0\n")
    assert subprocess.run([str(install), str(remote.folder)], capture_output=True, timeout=20, check=False).returncode == 1
    assert subprocess.run([str(install), str(tmp_path)], capture_output=True, timeout=20, check=False).returncode == 3
