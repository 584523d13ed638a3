"""After the last cloud: merge the candidate into main by compare-and-swap. On a conflict main stays, and status says so."""

from __future__ import annotations

from naru.errors import Conflict
from naru.model.overlays import Overlays
from naru.steps.effects import Effects
from naru.steps.ports import Clock
from naru.steps.promotion_ports import ConfigRepository

MAIN = "refs/heads/main"
TRIES = 5


def merge_candidate(repo: ConfigRepository, effects: Effects, clock: Clock, overlays: Overlays) -> str:
    """Merge what every cloud runs now; gives a sentence for the report."""
    candidate = overlays.candidate_commit
    for _ in range(TRIES):
        main = repo.find("main")
        if main is None:
            return "There is no branch main to merge the candidate into."
        if repo.is_ancestor(candidate, main):
            return f"main holds the candidate of {overlays.version} already."
        tree = repo.merged_tree(main, candidate)
        if tree is None:
            return f"main stays: {overlays.candidate_branch} conflicts with what was written since. Merge it by hand."
        message = f"merge {overlays.candidate_branch}: every cloud runs {overlays.version}"
        commit = repo.commit_tree(tree, (main, candidate), message, when=int(clock.now().timestamp()))
        if _pushed(repo, effects, commit, main):
            return f"main holds the candidate of {overlays.version} ({commit[:12]})."
    return f"main stays: it moved {TRIES} times. Merge {overlays.candidate_branch} by hand."


def _pushed(repo: ConfigRepository, effects: Effects, commit: str, main: str) -> bool:
    try:
        effects.perform("merge-main", MAIN, lambda: repo.push_compare_and_swap(MAIN, commit, main), commit=commit)
    except Conflict:
        return False
    finally:
        repo.fetch()
    return True
