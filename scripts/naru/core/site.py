"""All releases × clouds: what the branches and the release folders say, joined; pure.

A branch rules over a folder: it is what was promoted, in Git. Folders add what never reached a branch, and durations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from naru.core.site_figures import Series, evidence_figures, stage_figures
from naru.model.evidence import Evidence
from naru.model.promotion import CloudRecord, Promotion
from naru.model.timings import Timings
from naru.model.words import Proof, Verdict

MAX_RELEASES = 200
"""Newest releases on the page; how many were left out is said."""


@dataclass(frozen=True)
class BranchEntry:
    """One commit of a cloud's branch."""

    cloud: str
    commit: str
    record: CloudRecord
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class FolderEntry:
    """One release folder of this machine."""

    version: str
    report: str = ""
    """Link to its report, relative to the page; empty where there is none."""
    evidence: tuple[Evidence, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    timings: Timings | None = None
    began: str = ""


@dataclass(frozen=True)
class SiteFacts:
    """Everything that was read; branches oldest first."""

    product: str
    title: Mapping[str, str]
    clouds: tuple[str, ...]
    made: str
    branches: tuple[BranchEntry, ...] = ()
    folders: tuple[FolderEntry, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """One release on one cloud."""

    state: str = ""
    at: str = ""
    by: str = ""
    commit: str = ""
    why: str = ""


@dataclass(frozen=True)
class ReleaseRow:
    """One release."""

    version: str
    at: str
    cells: Mapping[str, Cell]
    figures: Mapping[Series, float]
    verdicts: Mapping[tuple[str, str], str]
    """(proof, cloud) → verdict."""
    report: str = ""


@dataclass(frozen=True)
class History:
    """Releases oldest first, and what each cloud runs now."""

    releases: tuple[ReleaseRow, ...]
    now: Mapping[str, BranchEntry] = field(default_factory=dict)
    omitted: int = 0


def history(facts: SiteFacts) -> History:
    """Join branches and folders."""
    now = {entry.cloud: entry for entry in facts.branches}
    versions = {entry.record.version for entry in facts.branches if entry.record.version} | {folder.version for folder in facts.folders}
    versions |= {entry.record.back_from for entry in facts.branches if entry.record.back_from}
    rows = sorted((_row(facts, version, now) for version in versions), key=lambda row: (row.at, row.version))
    return History(tuple(rows[-MAX_RELEASES:]), now, max(0, len(rows) - MAX_RELEASES))


def _row(facts: SiteFacts, version: str, now: Mapping[str, BranchEntry]) -> ReleaseRow:
    entries = [entry for entry in facts.branches if version in {entry.record.version, entry.record.back_from}]
    folders = [folder for folder in facts.folders if folder.version == version]
    promoted = [entry for entry in entries if entry.record.action == "promote" and entry.record.version == version]
    evidence = [item for folder in folders for item in folder.evidence] + [item for entry in promoted for item in entry.evidence]
    figures: dict[Series, float] = {}
    for folder in folders:
        figures |= stage_figures(folder.timings) if folder.timings else {}
    for item in evidence:
        figures |= evidence_figures(item)
    return ReleaseRow(
        version=version, at=_first(entries, folders, evidence), figures=figures,
        cells={cloud: _cell(version, cloud, entries, folders=folders, evidence=evidence, now=now) for cloud in facts.clouds},
        verdicts={(item.proof.value, item.cloud): item.verdict.value for item in evidence},
        report=next((folder.report for folder in folders if folder.report), ""),
    )


def _first(entries: Sequence[BranchEntry], folders: Sequence[FolderEntry], evidence: Sequence[Evidence]) -> str:
    """The first that was heard of it, to the second."""
    times = [entry.record.at for entry in entries] + [folder.began for folder in folders]
    times += [item.run.started for item in evidence if item.run]
    return min((time[:19] for time in times if time), default="")


def _cell(
    version: str, cloud: str, entries: Sequence[BranchEntry], *, folders: Sequence[FolderEntry], evidence: Sequence[Evidence],
    now: Mapping[str, BranchEntry],
) -> Cell:
    ours = [entry for entry in entries if entry.cloud == cloud]
    if ours:
        return _branch_cell(version, ours[-1], now[cloud])
    said = next((item for folder in reversed(folders) for item in folder.promotions if item.cloud == cloud and item.outcome != "promoted"), None)
    if said is not None:
        return Cell(state=said.outcome if said.outcome in {"held", "stuck", "unreachable", "rolled back"} else "held", why=said.sentence)
    return Cell(state=_proven(item for item in evidence if item.cloud in {cloud, "all"}))


def _branch_cell(version: str, entry: BranchEntry, tip: BranchEntry) -> Cell:
    record = entry.record
    if tip.record.version == version:
        return Cell("runs", tip.record.at, tip.record.by, tip.commit)
    if record.back_from == version:
        return Cell("rolled back", record.at, record.by, entry.commit, record.back_because)
    return Cell("ran", record.at, record.by, entry.commit)


def _proven(evidence: Iterable[Evidence]) -> str:
    """The worst verdict; passed only where all three proofs are there."""
    found = {item.proof: item.verdict for item in evidence}
    for verdict in (Verdict.failed, Verdict.inconclusive):
        if verdict in found.values():
            return verdict.value
    return Verdict.passed.value if set(found) == set(Proof) else ""
