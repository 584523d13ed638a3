"""Shadow mode: the proofs beside an existing job, which promote nothing and block nothing, and what they would have said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from naru.core.jobs_parts import PATCH, PUBLISH, SOURCE
from naru.model.nights import ShadowRun
from naru.model.words import Verdict

Words = tuple[str, ...]


def shadow_words(folder: str, first: Words, clouds: Sequence[str]) -> list[Words]:
    """Every stage but promote; `first` names the release (its pushed tag or its parameters)."""
    here = ("--work", folder)
    (tag, build), (publish,), (patch,) = SOURCE, PUBLISH, PATCH
    return [
        (*tag, *first, *here), (*build, *here), (*publish, *here), (*patch, *here),
        *(("verify-rollout", "--cloud", cloud, *here) for cloud in clouds),
        *(("verify-scaling", "--cloud", cloud, *here) for cloud in clouds),
        ("verify-failover", *here),
    ]


def would_have_failed(run: ShadowRun) -> str:
    """Why the gate would have said no; empty where it would have promoted."""
    if run.stopped_at:
        return f"stopped at {run.stopped_at}"
    bad = [proof for proof in run.proofs if proof.verdict is not Verdict.passed]
    if not run.proofs:
        return "no proof left evidence"
    return "; ".join(f"{proof.cloud} {proof.proof} {proof.verdict}: {proof.reason}" for proof in bad)


def shadow_report(runs: Iterable[ShadowRun], today: date, days: int) -> list[str]:
    """The report after `days`: each release once (its last run), what would have failed and why."""
    first = (today - timedelta(days=days - 1)).isoformat()
    last = {run.version: run for run in runs if run.day >= first}
    failed = {version: reason for version, run in last.items() if (reason := would_have_failed(run))}
    lines = [f"{len(last)} releases in the last {days} days; {len(failed)} would have been held."]
    lines += [f"  {version}: {reason}" for version, reason in sorted(failed.items())]
    fine = sorted(set(last) - set(failed))
    return [*lines, f"  would have been promoted: {', '.join(fine)}"] if fine else lines
