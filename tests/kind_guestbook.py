"""Somebody else's application through naru: a clone in which the guest book was initialised and filled in, and its own clusters."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from fakes.init_app import CASES
from naru.edge.git_repo import GitRepo

ROOT = Path(__file__).resolve().parents[1]
CASE = CASES / "guestbook"
CLOUDS = ("guestbook-naver", "guestbook-ktcloud")
WORDS = ("--name", "guestbook", "--cloud", "naver=registry.example.com", "--cloud", "ktcloud", "--marker", "방명록")
SOURCE = "ssh://git@git.fill-in.invalid/guestbook.git # fill in"
BASE = "registry.fill-in.invalid/base@sha256:"


class Clone:
    """A clone of its own, on this machine's state: node image and registries are those that are there."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "clone"
        self.work = folder / "work"
        skipped = shutil.ignore_patterns("__pycache__", ".git", ".venv", "work", "node_modules")
        for part in ("overlays", "pipelines", "scripts", "kind", "samples"):
            shutil.copytree(ROOT / part, self.root / part, ignore=skipped)

    def naru(self, *words: str, timeout: int = 120) -> subprocess.CompletedProcess[str]:
        """One command; asserts that it worked."""
        argv = [sys.executable, str(self.root / "scripts" / "main.py"), *words]
        done = subprocess.run(argv, cwd=self.root, env={**os.environ}, text=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)
        assert done.returncode == 0, f"naru {' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done

    def fill_in(self, folder: Path) -> None:
        """What `init` marked, as a person would: two repositories, a base image, a registry's host."""
        source = _repository(folder / "guestbook.git", {path.name: path.read_bytes() for path in (CASE / "app").iterdir()})
        overlays = {str(path.relative_to(self.root)): path.read_bytes() for path in sorted((self.root / "overlays").rglob("*")) if path.is_file()}
        config = _repository(folder / "config.git", overlays)
        shutil.copy(CASE / "bases" / "sandbox-python.yaml", self.root / "pipelines" / "bases")
        product = self.root / "pipelines" / "products" / "guestbook.yaml"
        lines = product.read_text().splitlines()
        lines = [f"  url: {source}" if SOURCE in line else "    base: sandbox-python" if BASE in line else line for line in lines]
        product.write_text("\n".join(lines).replace('  url: "sandbox:"', f"  url: {config}", 1) + "\n")


def _repository(place: Path, files: dict[str, bytes]) -> str:
    """A bare repository with one commit on main; its address."""
    repo = GitRepo.create(place, branch="main")
    assert repo.push_create_only("refs/heads/main", repo.write_commit((), files, "first", when=1_700_000_000))
    return f"file://{place}"
