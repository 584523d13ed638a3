"""Somebody else's application through naru: a clone in which the guest book was initialised and filled in, and its own clusters."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from fakes.init_clone import MANIFESTS, copied, naru
from naru.edge.git_repo import GitRepo

CASE = MANIFESTS.parent
SOURCE = "ssh://git@git.fill-in.invalid/guestbook.git # fill in"
BASE = "registry.fill-in.invalid/base@sha256:"


class Clone:
    """A clone of its own, on this machine's state: node image and registries are those that are there."""

    def __init__(self, folder: Path) -> None:
        self.root = copied(folder / "clone", "kind", "samples")
        self.work = folder / "work"

    def naru(self, *words: str, timeout: int = 120) -> subprocess.CompletedProcess[str]:
        """One command; asserts that it worked."""
        done = naru(self.root, *words, timeout=timeout)
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
