"""ensure_sandbox with real Git: the same commit ids everywhere, repeated runs, later commits kept, any kill resumed."""

import shutil

import pytest

from fakes.stage import Killed, effects, killer
from naru.core.sandbox_seed import SeedFile, single_commit
from naru.edge.git_hook import UpdateHook
from naru.edge.git_repo import GitRepo
from naru.errors import Judged
from naru.steps.ensure_sandbox import Seed, ensure_sandbox
from naru.wiring.base import CLONE
from naru.wiring.sandbox import ensure_sandbox as ensure_real
from naru.wiring.sandbox import sandbox_seeds
from system.plain_git import clone, commit_file, git

pytestmark = pytest.mark.system


@pytest.fixture(autouse=True)
def sandbox_name(monkeypatch):
    monkeypatch.setenv("NARU_SANDBOX", "tests")


def refs(folder):
    return {path.name: GitRepo.create(path).ls_remote() for path in sorted(folder.glob("sandbox/*/repos/*.git"))}


def test_two_machines_get_the_same_commits_tags_and_branches(tmp_path, monkeypatch):
    for machine in ("one", "two"):
        monkeypatch.setenv("NARU_STATE", str(tmp_path / machine))
        assert ensure_real().changed
        assert not ensure_real().changed
    one = refs(tmp_path / "one")
    assert one == refs(tmp_path / "two")
    assert {"refs/heads/master", "refs/tags/khan-monitoring-5-git-4999-ape-5.1.0-8.8.4"} <= set(one["khan-monitoring.git"])
    assert "refs/heads/main" in one["config.git"]


def test_demo_and_tests_have_sandboxes_and_keys_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setenv("NARU_STATE", str(tmp_path))
    keys = []
    for name in ("demo", "test-1"):
        monkeypatch.setenv("NARU_SANDBOX", name)
        ensure_real()
        keys.append((tmp_path / "sandbox" / name / "signing.pub").read_bytes())
        assert (tmp_path / "sandbox" / name / "signing.pem").stat().st_mode & 0o077 == 0
    assert keys[0] != keys[1]


def test_the_sample_comes_out_of_the_repository_as_it_stands_in_the_clone(tmp_path, monkeypatch):
    monkeypatch.setenv("NARU_STATE", str(tmp_path / "state"))
    ensure_real()
    work = clone(tmp_path / "state/sandbox/tests/repos/khan-monitoring.git", tmp_path / "work")
    seed = sandbox_seeds(CLONE)["khan-monitoring.git"]
    assert set(git(work, "ls-files").stdout.splitlines()) == set(seed.files)
    assert (work / "mvnw").stat().st_mode & 0o111
    assert all((work / path).read_bytes() == file.data for path, file in seed.files.items())


def test_the_real_repositories_refuse_moved_and_deleted_tags(tmp_path, monkeypatch):
    monkeypatch.setenv("NARU_STATE", str(tmp_path / "state"))
    ensure_real()
    work = clone(tmp_path / "state/sandbox/tests/repos/khan-monitoring.git", tmp_path / "work")
    tag = "refs/tags/khan-monitoring-5-git-4999-ape-5.1.0-8.8.4"
    assert "is not moved" in git(work, "push", "--force", "origin", f"+HEAD:{tag}", check=False).stderr
    assert "is not deleted" in git(work, "push", "origin", f":{tag}", check=False).stderr


class Place:
    """One small repository made by ensure_sandbox, in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.files = {"a": SeedFile(b"1", False), "b": SeedFile(b"1", False), "run": SeedFile(b"#!", True)}

    def ensure(self, **hooks):
        seed = Seed("config", "main", single_commit("begin", self.files), self.files)
        return ensure_sandbox({"c.git": seed}, lambda name: GitRepo.create(self.folder / name), UpdateHook(self.folder), effects(**hooks))

    @property
    def repo(self):
        return GitRepo.create(self.folder / "c.git")

    def commit_by_a_person(self, name, text):
        work = clone(self.repo.folder, self.folder / "work")
        commit_file(work, name, text, "by hand")
        git(work, "push", "-q", "origin", "HEAD:main")
        shutil.rmtree(work)


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_files_that_changed_in_the_clone_come_as_one_commit(place):
    place.ensure()
    place.files = {"a": SeedFile(b"2", False), "run": SeedFile(b"#!", True)}
    assert place.ensure().changed
    assert not place.ensure().changed
    assert place.repo.list_files("main") == ("a", "run")
    assert place.repo.read_file("main", "a") == b"2"
    assert len(place.repo.history("main")) == 2


def test_what_was_committed_since_stays_when_the_clones_files_change(place):
    place.ensure()
    place.commit_by_a_person("b", "by hand")
    place.files["a"] = SeedFile(b"2", False)
    assert place.ensure().changed
    assert (place.repo.read_file("main", "a"), place.repo.read_file("main", "b")) == (b"2", b"by hand")
    assert not place.ensure().changed


def test_a_conflict_is_told_and_changes_nothing(place):
    place.ensure()
    place.commit_by_a_person("a", "by hand")
    before = place.repo.ls_remote()
    place.files["a"] = SeedFile(b"2", False)
    with pytest.raises(Judged, match="conflict with what was committed"):
        place.ensure()
    assert place.repo.ls_remote() == before


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("effect", [1, 2, 3])
@pytest.mark.parametrize("renewal", [False, True])
def test_killed_at_any_effect_the_next_run_ends_in_the_same_commits(tmp_path, moment, effect, renewal):
    def ended(folder, **hooks):
        place = Place(folder)
        if renewal:
            place.ensure()
            (folder / "c.git/hooks/update").unlink()
            place.files["a"] = SeedFile(b"2", False)
        if hooks:
            with pytest.raises(Killed):
                place.ensure(**hooks)
        place.ensure()
        assert not place.ensure().changed
        return place.repo.ls_remote()

    assert ended(tmp_path / "killed", **{moment: killer(effect)}) == ended(tmp_path / "whole")
