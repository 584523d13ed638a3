"""The nightly run as values: what is run, what its results mean, when promotion is held.

A night counts against a cloud only with a failed verdict and good controls: a tired test machine must hold nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from naru.model.evidence import Evidence
from naru.model.nights import ProofRecord
from naru.model.words import Proof, Verdict

Words = tuple[str, ...]
NIGHTS_TO_HOLD = 2


def nightly_words(folder: str, clouds: Sequence[str], faults: Sequence[str]) -> list[Words]:
    """The proofs of one version, with production timing; the clusters go back to fast timing whatever happens."""
    here = ("--work", folder)
    return [
        ("clouds", "profile", "production", *clouds),
        *(("verify-rollout", "--cloud", cloud, *here) for cloud in clouds),
        *(("verify-scaling", "--cloud", cloud, *here) for cloud in clouds),
        ("verify-failover", "--full", "--faults", ",".join(faults), *here),
    ]


def after_words(folder: str, clouds: Sequence[str]) -> list[Words]:
    """What is run even after a failure."""
    return [("clouds", "profile", "fast", *clouds), ("report", "--work", folder)]


def shard(faults: Sequence[str], night: int, shards: int) -> tuple[str, ...]:
    """The faults of this night: every `shards` nights each fault has had its turn; `night` is any number that counts days."""
    return tuple(fault for place, fault in enumerate(faults) if place % shards == night % shards) or tuple(faults[:1])


def proof_record(day: str, evidence: Evidence) -> ProofRecord:
    """One line about one piece of evidence."""
    controls = [check for check in evidence.checks if "control" in check.name]
    figures = {name: float(value) for name, value in evidence.summary.items() if isinstance(value, (int, float)) and not isinstance(value, bool)}
    figures |= {f"{check.name} ({check.unit})": check.measured for check in evidence.checks if check.measured is not None and check.name not in figures}
    bad = next((check.sentence for check in evidence.checks if check.verdict is not Verdict.passed), "")
    reason = evidence.cause.sentence if evidence.cause else bad
    return ProofRecord(
        day=day, version=evidence.subject.version, cloud=evidence.cloud, proof=evidence.proof, verdict=evidence.verdict,
        controls_good=all(check.verdict is Verdict.passed for check in controls), figures=figures,
        reason="" if evidence.verdict is Verdict.passed else reason,
    )


def missing_records(day: str, version: str, clouds: Sequence[str], found: Iterable[ProofRecord]) -> list[ProofRecord]:
    """A proof that left no evidence is inconclusive, never silently absent."""
    there = {(record.cloud, record.proof) for record in found}
    wanted = [(cloud, proof) for cloud in clouds for proof in (Proof.rollout, Proof.scaling)] + [("all", Proof.failover)]
    return [
        ProofRecord(day=day, version=version, cloud=cloud, proof=proof, verdict=Verdict.inconclusive, controls_good=False, reason="no evidence was written")
        for cloud, proof in wanted if (cloud, proof) not in there
    ]


def holds_due(history: Iterable[ProofRecord]) -> list[tuple[str, str]]:
    """(cloud, reason) for each cloud and proof whose last two nights with good controls both failed; `all` for fail-over.

    A night with bad controls counts neither way.
    """
    def series_key(record: ProofRecord) -> tuple[str, str]:
        return record.cloud, record.proof.value

    due = []
    for (cloud, proof), group in groupby(sorted(history, key=series_key), key=series_key):
        nights = sorted((record for record in group if record.controls_good), key=lambda record: record.day)
        last = _one_a_night(nights)[-NIGHTS_TO_HOLD:]
        if len(last) == NIGHTS_TO_HOLD and all(record.verdict is Verdict.failed for record in last):
            due.append((cloud, f"the nightly {proof} of {last[-1].version} failed on {last[0].day} and {last[1].day}: {last[-1].reason}"[:400]))
    return due


def _one_a_night(records: Sequence[ProofRecord]) -> list[ProofRecord]:
    """The last record of each day: a repeated run of the same night replaces the first."""
    return list({record.day: record for record in records}.values())


def night_summary(records: Sequence[ProofRecord]) -> dict[str, Any]:
    """Counts and a line for each proof that did not pass."""
    return {
        "passed": sum(record.verdict is Verdict.passed for record in records),
        "failed": sum(record.verdict is Verdict.failed for record in records),
        "inconclusive": sum(record.verdict is Verdict.inconclusive for record in records),
        "not passed": [f"{record.cloud} {record.proof} {record.verdict}: {record.reason}" for record in records if record.verdict is not Verdict.passed],
    }
