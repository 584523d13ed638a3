"""What every command needs: state folder, clock, console, release folder, effects."""

from __future__ import annotations

from pathlib import Path

from naru.core.run_log import START, chained_line
from naru.edge.clock import SystemClock
from naru.edge.console import Console
from naru.edge.release_folder import ReleaseFolder
from naru.edge.run_log import RunLogFile
from naru.edge.state_dir import StateDir
from naru.steps.effects import Effects

CLONE = Path(__file__).resolve().parents[3]
"""The clone that this package stands in: overlays/, pipelines/, samples/, kind/ are read from here."""


def state_dir() -> StateDir:
    """This machine's state folder."""
    return StateDir.from_environment()


def release_folder(work: Path) -> ReleaseFolder:
    """The release folder `--work`."""
    return ReleaseFolder(work)


def effects(folder: ReleaseFolder, stage: str) -> Effects:
    """The one door to the outside for this stage, its log in the release folder."""
    log = RunLogFile(folder.root / "run.log", chained_line, START)
    return Effects(log, SystemClock(), stage=stage)


def console(*, verbose: bool = False, quiet: bool = False) -> Console:
    """The progress display."""
    return Console(verbose=verbose, quiet=quiet)
