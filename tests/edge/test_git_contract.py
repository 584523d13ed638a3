"""The fake Git answers as the real one does (tests/system/test_git_contract.py runs the same)."""

import pytest

from fakes.git import FakeRemote, FakeRepo
from fakes.git_contract import GitContract


class TestFakeGit(GitContract):
    @pytest.fixture
    def world(self):
        def fresh():
            remote = FakeRemote()
            return lambda: FakeRepo(remote)

        return fresh
