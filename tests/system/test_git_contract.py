"""Real Git answers as the fake does (tests/edge/test_git_contract.py runs the same)."""

import itertools

import pytest

from fakes.git_contract import GitContract
from naru.edge.git_repo import GitRepo

pytestmark = pytest.mark.system


class TestRealGit(GitContract):
    @pytest.fixture
    def world(self, tmp_path):
        numbers = itertools.count()

        def fresh():
            remote = GitRepo.create(tmp_path / f"remote{next(numbers)}.git", branch="master")
            return lambda: GitRepo.clone_or_open(str(remote.folder), tmp_path / f"copy{next(numbers)}.git")

        return fresh
