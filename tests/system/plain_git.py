"""The user's own git, as a person at a terminal has it: to make what our edge must cope with."""

import os
import subprocess
from pathlib import Path

from naru.edge.git_repo import GitRepo

WHEN = 1_700_000_000
ENV = {
    "PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
}


def git(folder: Path, *words, check=True):
    done = subprocess.run(["git", "-C", str(folder), *words], env=ENV, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 or not check, done.stderr
    return done


def clone(url, folder: Path):
    subprocess.run(["git", "clone", "-q", str(url), str(folder)], env=ENV, check=True, capture_output=True, timeout=60)
    return folder


def commit_file(folder: Path, name: str, text: str, subject: str) -> str:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", subject)
    return git(folder, "rev-parse", "HEAD").stdout.strip()


def bare(folder: Path) -> GitRepo:
    """An empty bare repository `remote.git`, through our own edge."""
    return GitRepo.create(folder / "remote.git", branch="master")


def first_commit(repo: GitRepo) -> tuple[GitRepo, str]:
    """The repository with one commit on master, and that commit."""
    commit = repo.write_commit((), {"a.txt": b"1"}, "first", when=WHEN)
    repo.push_create_only("refs/heads/master", commit)
    return repo, commit
