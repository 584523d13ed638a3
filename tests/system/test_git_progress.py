"""A real clone and a real fetch show how far they are (tests/edge/test_git_progress.py runs the same on recorded words)."""

import pytest

import naru.edge.git_repo as git_repo
from fakes.progress_contract import ProgressContract, ticking
from fakes.stage import Quiet
from naru.edge.git_repo import GitRepo
from naru.errors import Missing
from system.plain_git import WHEN, bare

pytestmark = pytest.mark.system

TEXT = "".join(f"line {number}\n" for number in range(400))


class SetClock:
    """Gives the time of a clock that the test set."""

    def __init__(self, monotonic):
        self.monotonic = monotonic


def grown(remote, start, number):
    """Commits on master with files that are alike, so that there are deltas to resolve."""
    tip = start
    for commit in range(number):
        tip = remote.write_commit((tip,) if tip else (), {f"{n}.txt": f"{TEXT}{commit} {n}".encode() for n in range(4)}, f"c{commit}",
                                  when=WHEN + commit)
    remote.push_compare_and_swap("refs/heads/master", tip, start)
    remote.git("repack", "-a", "-d", "-q")
    return tip


@pytest.fixture
def clocked(monkeypatch):
    return lambda monotonic: monkeypatch.setattr(git_repo, "SystemClock", lambda: SetClock(monotonic))


class TestClone(ProgressContract):
    @pytest.fixture
    def transfer(self, tmp_path, clocked, monkeypatch):
        remote = bare(tmp_path)
        grown(remote, None, 12)

        def run(bars, monotonic):
            clocked(monotonic)
            answers = []
            checked = GitRepo._check_fetched
            monkeypatch.setattr(GitRepo, "_check_fetched", lambda repo, answer: (answers.append(answer.err), checked(repo, answer)))
            GitRepo.clone_or_open(str(remote.folder), tmp_path / "copy.git", bars=bars)
            return "".join(answers)

        return run


def test_a_fetch_shows_its_progress_too_and_a_branch_called_shallow_is_no_reason_to_stop(tmp_path, clocked):
    remote, bars = bare(tmp_path), Quiet()
    tip = grown(remote, None, 2)
    GitRepo.clone_or_open(str(remote.folder), tmp_path / "copy.git", bars=bars)
    newer = grown(remote, tip, 40)
    remote.push_create_only("refs/heads/shallow", newer)
    clocked(ticking(2))
    copy = GitRepo.clone_or_open(str(remote.folder), tmp_path / "copy.git", bars=bars)
    assert bars.titles == [f"Git fetch of {remote.folder}"]
    assert bars.at >= 80
    assert copy.branches() == {"master": newer, "shallow": newer}


def test_a_clone_that_fails_says_why_and_leaves_no_bar(tmp_path, clocked):
    clocked(ticking(2))
    bars = Quiet()
    with pytest.raises(Missing, match=r"(does not appear|does not exist).*\."):
        GitRepo.clone_or_open(str(tmp_path / "none.git"), tmp_path / "copy.git", bars=bars)
    assert bars.open == 0
