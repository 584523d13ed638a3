"""The sandbox's repositories and keys: made from the clone's samples/ and overlays/ when first needed."""

from __future__ import annotations

from pathlib import Path

from naru.core.config_file import parse_config
from naru.core.run_log import START, chained_line
from naru.core.sandbox_seed import SeedFile, seed_commits, single_commit
from naru.edge.clock import SystemClock
from naru.edge.git_hook import UpdateHook
from naru.edge.git_lock import held
from naru.edge.git_repo import GitRepo
from naru.edge.run_log import RunLogFile
from naru.edge.sample_files import read_files
from naru.edge.signing import ensure_key_pair
from naru.model.sandbox_history import SampleHistory
from naru.steps.effects import Effects
from naru.steps.ensure_sandbox import Seed
from naru.steps.ensure_sandbox import ensure_sandbox as ensure
from naru.steps.outcome import Outcome
from naru.wiring.base import CLONE
from naru.wiring.git import sandbox_folder

LOCK_SECONDS = 120.0


def ensure_sandbox(root: Path = CLONE) -> Outcome:
    """Bare repositories with the update hook, and the sandbox's signing key pair; nothing to do where all is there."""
    folder = sandbox_folder()
    with held(folder / "ensure.lock", seconds=LOCK_SECONDS):
        ensure_key_pair(folder)
        seeds = sandbox_seeds(root)
        effects = Effects(RunLogFile(folder / "run.log", chained_line, START), SystemClock(), stage="ensure_sandbox")
        place = sandbox_folder("repos")
        return ensure(
            seeds, lambda name: GitRepo.create(place / name, branch=seeds[name].branch), UpdateHook(place), effects
        )


def sandbox_seeds(root: Path) -> dict[str, Seed]:
    """Repository → what it begins with: one for each samples/history/*.yaml, and config.git."""
    seeds = {}
    for file in sorted((root / "samples" / "history").glob("*.yaml")):
        history = parse_config(file.read_bytes(), SampleHistory, f"samples/history/{file.name}")
        files = _files(root / "samples" / file.stem)
        seeds[f"{file.stem}.git"] = Seed(file.stem, history.branch, seed_commits(history, files), files)
    overlays = {f"overlays/{path}": data for path, data in _files(root / "overlays").items()}
    seeds["config.git"] = Seed("overlays", "main", single_commit("Overlays of the three clouds", overlays), overlays)
    return seeds


def _files(folder: Path) -> dict[str, SeedFile]:
    return {path: SeedFile(data, executable) for path, (data, executable) in read_files(folder).items()}
