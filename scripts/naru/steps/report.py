"""Stage 9: what a person, Jenkins and a machine read of a release; reads only, and is content with what there is."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from naru.core.junit import junit_xml
from naru.core.report_view import Documents, EvidenceFiles, headline, key_of, plain_report, wanted_proofs
from naru.errors import Missing
from naru.model.evidence import Evidence
from naru.model.overlays import Overlays
from naru.model.promotion import Promotion
from naru.model.record import Document
from naru.model.release import Images, Release
from naru.model.timings import Timings
from naru.steps.outcome import Outcome

D = TypeVar("D", bound=Document)

MOST_ROWS = 400
"""Events shown per proof; all of them stand in the evidence."""

MOST_LOG = 20_000
"""Characters shown of one incarnation's log, from its end."""

PLOTS = {"scaling": "scaling.svg", "failover": "failover.svg"}


class Reader(Protocol):
    """The release folder."""

    def find(self, kind: type[D], name: str) -> D | None: ...

    def read_raw(self, name: str) -> bytes: ...

    def write_raw(self, name: str, data: bytes) -> None: ...


Page = Callable[[Documents], str]


def report(folder: Reader, clouds: Sequence[str], page: Page, *, last_seconds: Mapping[str, float]) -> Outcome:
    """Write report/index.html, report/junit.xml and report/report.json."""
    documents = read_documents(folder, clouds, last_seconds)
    plain = plain_report(documents)
    folder.write_raw("report/index.html", page(documents).encode())
    folder.write_raw("report/junit.xml", junit_xml(documents).encode())
    folder.write_raw("report/report.json", json.dumps(plain, ensure_ascii=False, indent=2).encode() + b"\n")
    return Outcome(changed=True, sentence=headline(documents)[1]["en"], plain=plain)


def read_documents(folder: Reader, clouds: Sequence[str], last_seconds: Mapping[str, float]) -> Documents:
    """Everything that is there; raises Missing where not even a release is."""
    release = folder.find(Release, "release.json")
    timings = folder.find(Timings, "timings.json")
    if release is None and timings is None:
        raise Missing("The release folder holds no release yet.", hint="Run ./naru tag-release first.")
    version = release.version if release else timings.version if timings else ""
    found = [folder.find(Evidence, f"evidence/{key_of(proof, cloud)}.json") for proof, cloud in wanted_proofs(clouds)]
    evidence = tuple(item for item in found if item is not None)
    promotions = [folder.find(Promotion, f"promotion/{cloud}.json") for cloud in clouds]
    return Documents(
        version=version, clouds=tuple(clouds), release=release, images=folder.find(Images, "images.json"),
        overlays=folder.find(Overlays, "overlays.json"), evidence=evidence,
        promotions=tuple(item for item in promotions if item is not None), timings=timings, last_seconds=last_seconds,
        files={key_of(item.proof, item.cloud): _files(folder, key_of(item.proof, item.cloud), str(item.proof)) for item in evidence},
    )


def _files(folder: Reader, key: str, proof: str) -> EvidenceFiles:
    samples = _rows(folder, f"evidence/{key}/samples.jsonl.gz")
    events = [_event(row) for row in samples if row.get("object", {}).get("kind") == "Event"]
    logs = [{**row, "text": str(row.get("text", ""))[-MOST_LOG:]} for row in _rows(folder, f"evidence/{key}/logs.jsonl.gz")]
    plot = _text(folder, f"evidence/{key}/{PLOTS[proof]}") if proof in PLOTS else ""
    return EvidenceFiles(tuple(events[-MOST_ROWS:]), tuple(logs), (plot,) if plot else ())


def _event(row: Mapping[str, Any]) -> dict[str, str]:
    event = row["object"]
    about = event.get("involvedObject") or event.get("regarding") or {}
    return {
        "at": str(row.get("at", "")), "type": str(event.get("type", "")), "reason": str(event.get("reason", "")),
        "object": f"{about.get('kind', '')}/{about.get('name', '')}", "message": str(event.get("message") or event.get("note") or ""),
    }


def _rows(folder: Reader, name: str) -> list[dict[str, Any]]:
    try:
        text = gzip.decompress(folder.read_raw(name)).decode("utf-8", "replace")
    except (Missing, OSError, EOFError):
        return []
    return [row for line in text.splitlines() if line for row in (json.loads(line),) if isinstance(row, dict)]


def _text(folder: Reader, name: str) -> str:
    try:
        return folder.read_raw(name).decode("utf-8", "replace")
    except Missing:
        return ""
