"""Runs a list of commands in order, as nightly and shadow do; what the proofs said is read from the evidence they left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from naru.core.nightly import proof_record
from naru.errors import Interrupted
from naru.model.evidence import Evidence
from naru.model.nights import ProofRecord, StageResult

Run = Callable[[tuple[str, ...]], int]
"""Words of the command line → exit code."""

PROOFS = frozenset({"verify-rollout", "verify-scaling", "verify-failover"})


class EvidenceFolder(Protocol):
    """A release folder, as far as its evidence goes."""

    def evidences(self) -> Iterable[Evidence]: ...


def run_list(run: Run, words: Iterable[tuple[str, ...]]) -> list[StageResult]:
    """Run until a stage fails that others build upon; a proof that says no stops no other proof.

    Raises Interrupted where a stage was stopped from outside: who stops one means the list, not its next stage.
    """
    results = []
    for entry in words:
        results.append(StageResult(words=entry, exit_code=run(entry)))
        if results[-1].exit_code == Interrupted.exit_code:
            raise Interrupted(f"{entry[0]} was stopped by a signal, and all that was to follow with it; nothing of this run is kept.")
        if results[-1].exit_code and entry[0] not in PROOFS:
            break
    return results


def records_of(folder: EvidenceFolder, day: str) -> list[ProofRecord]:
    """A line for each evidence in the folder."""
    return [proof_record(day, evidence) for evidence in folder.evidences()]


def first_stop(results: Iterable[StageResult]) -> str:
    """`build-images (exit 3)` for the stage that ended the list; empty where only proofs said no, or nothing did."""
    stop = next((result for result in results if result.exit_code and result.words[0] not in PROOFS), None)
    return f"{stop.words[0]} (exit {stop.exit_code})" if stop else ""
