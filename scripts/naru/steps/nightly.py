"""Every night: prove again what each cloud runs now; look at drift and tags; hold where two nights in a row failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from naru.core.nightly import after_words, holds_due, missing_records, night_summary, nightly_words
from naru.core.trend import changes
from naru.model.nights import ProofRecord, StageResult
from naru.model.words import Verdict
from naru.steps.effects import Effects
from naru.steps.outcome import Outcome
from naru.steps.stage_runs import EvidenceFolder, Run, records_of, run_list


class Nights(Protocol):
    """The lines of all nights."""

    def all(self) -> list[ProofRecord]: ...

    def add_night(self, records: Sequence[ProofRecord]) -> None:
        """Effect: add the lines of this night."""


class NightFolders(Protocol):
    """Release folders of the night, restored from what the clouds' branches hold."""

    def running(self) -> Mapping[str, Sequence[str]]:
        """Version → clouds whose branch says that they run it."""

    def restore(self, version: str, clouds: Sequence[str]) -> str:
        """Path of a fresh folder with the release as it was promoted, without evidence."""

    def evidence(self, version: str) -> EvidenceFolder: ...


@dataclass(frozen=True)
class NightlyPorts:
    """What the step speaks to."""

    nights: Nights
    folders: NightFolders
    run: Run
    drift: Callable[[], Iterable[str]]
    """A sentence for each cloud that is not as its branch says."""
    tags: Callable[[], Iterable[str]]
    """A sentence for each tag that was moved, deleted, or missed."""
    held: Callable[[], frozenset[str]]
    """Clouds that are held already."""
    hold_promotion: Callable[[str, str], int]
    """(cloud, reason) → exit code."""
    effects: Effects


def verify_night(ports: NightlyPorts, day: str, faults: Sequence[str]) -> Outcome:
    """Run the night; its lines are kept before anything is judged."""
    tonight: list[ProofRecord] = []
    results: list[StageResult] = []
    for version, clouds in sorted(ports.folders.running().items()):
        results += _one_version(ports, version, clouds, faults)
        found = records_of(ports.folders.evidence(version), day)
        tonight += found + missing_records(day, version, clouds, found)
    ports.effects.perform("keep-night", day, lambda: ports.nights.add_night(tonight))
    drift, tags = list(ports.drift()), list(ports.tags())
    new, holds = _hold(ports)
    plain = {
        "day": day, "faults": list(faults), "summary": night_summary(tonight), "records": [record.plain() for record in tonight],
        "stages": [result.plain() for result in results], "drift": drift, "tags": tags, "holds": holds, "new_holds": new,
        "changes": [change.sentence for change in changes(ports.nights.all())],
    }
    return Outcome(changed=bool(tonight), sentence=_sentence(plain, tonight), plain=plain)


def went_well(outcome: Outcome) -> bool:
    """True where every proof passed, nothing drifted and no tag is amiss."""
    plain = outcome.plain
    return not (plain["drift"] or plain["tags"]) and all(record["verdict"] == Verdict.passed.value for record in plain["records"])


def _one_version(ports: NightlyPorts, version: str, clouds: Sequence[str], faults: Sequence[str]) -> list[StageResult]:
    folder = ports.folders.restore(version, clouds)
    results: list[StageResult] = []
    try:
        results = run_list(ports.run, nightly_words(folder, clouds, faults))
    finally:
        results += [StageResult(words=words, exit_code=ports.run(words)) for words in after_words(folder, clouds)]
    return results


def _hold(ports: NightlyPorts) -> tuple[list[dict[str, str]], list[str]]:
    """(holds that were set now, a sentence for each that is due)."""
    already = ports.held()
    new, said = [], []
    for cloud, reason in holds_due(ports.nights.all()):
        if cloud in already:
            said.append(f"{cloud} is held already: {reason}")
            continue
        code = ports.effects.perform("hold-promotion", cloud, partial(ports.hold_promotion, cloud, reason))
        if code == 0:
            new.append({"cloud": cloud, "reason": reason})
        said.append(f"{cloud} is held: {reason}" if code == 0 else f"{cloud} should be held and could not be (exit {code}): {reason}")
    return new, said


def _sentence(plain: dict[str, Any], tonight: Sequence[ProofRecord]) -> str:
    summary = plain["summary"]
    lines = [f"{summary['passed']} proofs passed, {summary['failed']} failed, {summary['inconclusive']} inconclusive."]
    if not tonight:
        lines = ["No cloud runs a release of this product; nothing was verified."]
    for title in ("drift", "tags", "holds", "changes"):
        lines += [f"{title}: {entry}" for entry in plain[title]]
    return "\n".join([*lines, *(f"not passed: {entry}" for entry in summary["not passed"])])
