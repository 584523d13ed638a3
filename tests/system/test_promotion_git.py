"""What promotion asks of the private copy beyond the shared contract, on a real repository."""

import pytest

from naru.edge.git_repo import GitRepo
from naru.errors import Malformed, Missing

pytestmark = pytest.mark.system


def test_many_files_are_read_in_two_calls_and_those_that_are_not_there_are_left_out(tmp_path):
    repo = GitRepo.create(tmp_path / "r.git")
    files = {"cloud.json": b"{}\n\nx", "d/ä b.json": "한글\n".encode(), "empty": b""}
    commit = repo.write_commit((), files, "x", when=1)
    wanted = [(commit, path) for path in [*files, "no/such.json", "d"]]
    calls = []
    plain = repo.git

    def counted(*words, **settings):
        calls.append(words[0])
        return plain(*words, **settings)

    repo.git = counted
    assert repo.find_files(wanted) == {(commit, path): data for path, data in files.items()}
    assert calls == ["cat-file", "cat-file"]
    assert repo.find_files([]) == {}


@pytest.mark.parametrize("path", ["a\nb", "/etc/passwd", "../x", "-x"])
def test_a_path_that_would_not_stay_one_line_or_leads_out_is_refused(tmp_path, path):
    repo = GitRepo.create(tmp_path / "r.git")
    with pytest.raises(Malformed):
        repo.find_files([("HEAD", path)])


def test_why_reads_the_branches_of_a_clone_as_people_have_them(tmp_path):
    from git import Repo

    from naru.wiring.why import repository

    bare = GitRepo.create(tmp_path / "config.git")
    commit = bare.write_commit((), {"cloud.json": b"{}"}, "promote", when=1)
    for branch in ("main", "cloud/naver"):
        bare.push_create_only(f"refs/heads/{branch}", commit)
    Repo.clone_from(str(tmp_path / "config.git"), str(tmp_path / "mine")).close()
    reader = repository(None, tmp_path / "mine")
    assert reader.find("cloud/naver") == commit
    assert reader.find_file(commit, "cloud.json") == b"{}"
    with pytest.raises(Missing, match="is not a clone"):
        repository(None, tmp_path)
