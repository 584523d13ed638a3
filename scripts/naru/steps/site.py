"""All releases × clouds as one page: reads every commit of the clouds' branches and the release folders; writes only the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from naru.core.release_record import CLOUD_FILE, evidence_path, record_folder
from naru.core.site import BranchEntry, FolderEntry, SiteFacts
from naru.core.site_view import plain_site, site_page
from naru.errors import NaruError
from naru.model.evidence import Evidence
from naru.model.promotion import CloudRecord
from naru.model.words import Proof
from naru.steps.cloud_branch import MAX_HISTORY
from naru.steps.outcome import Outcome
from naru.steps.promotion_ports import Repository


class Output(Protocol):
    """The folder of the page."""

    def write_raw(self, name: str, data: bytes) -> None: ...


@dataclass(frozen=True)
class SitePorts:
    """What the step reads; `folders` gives entries and, as text, what could not be read."""

    config: Repository
    folders: Callable[[], Iterable[FolderEntry | str]]
    made: str


def site(ports: SitePorts, product: str, title: Mapping[str, str], clouds: Sequence[str], *, output: Output, page: Callable[[dict[str, Any]], str]) -> Outcome:
    """Write index.html and site.json."""
    facts = read_facts(ports, product, title, clouds)
    plain = plain_site(facts)
    output.write_raw("index.html", page(site_page(facts)).encode())
    output.write_raw("site.json", json.dumps(plain, ensure_ascii=False, indent=2).encode() + b"\n")
    faults = f" {len(facts.faults)} items could not be read; the page lists them." if facts.faults else ""
    return Outcome(changed=True, sentence=f"{len(plain['releases'])} releases on {len(clouds)} clouds.{faults}", plain=plain)


def read_facts(ports: SitePorts, product: str, title: Mapping[str, str], clouds: Sequence[str]) -> SiteFacts:
    """Branches and folders; what does not parse is named and left out."""
    faults: list[str] = []
    branches = [entry for cloud in clouds for entry in read_branch(ports.config, cloud, faults)]
    found = list(ports.folders())
    faults += [item for item in found if isinstance(item, str)]
    return SiteFacts(
        product=product, title=title, clouds=tuple(clouds), made=ports.made, branches=tuple(branches),
        folders=tuple(item for item in found if isinstance(item, FolderEntry)), faults=tuple(faults),
    )


def read_branch(repo: Repository, cloud: str, faults: list[str]) -> list[BranchEntry]:
    """Every promotion and rollback of one cloud, oldest first, with the evidence that its commit holds."""
    tip = repo.branches().get(f"cloud/{cloud}")
    if tip is None:
        return []
    commits = [info.commit for info in repo.log_between(None, tip, limit=MAX_HISTORY)]
    files = repo.find_files([(commit, CLOUD_FILE) for commit in commits])
    records: dict[str, CloudRecord] = {}
    for commit in reversed(commits):
        data = files.get((commit, CLOUD_FILE))
        record = None if data is None else _parsed(CloudRecord, data, f"{CLOUD_FILE} at {commit[:12]}", faults)
        if record is not None and record.cloud == cloud:
            records[commit] = record
    evidence = _evidence(repo, cloud, records, faults)
    return [BranchEntry(cloud, commit, record, evidence.get(commit, ())) for commit, record in records.items()]


def _evidence(repo: Repository, cloud: str, records: Mapping[str, CloudRecord], faults: list[str]) -> dict[str, tuple[Evidence, ...]]:
    """Of promotions only: a rollback's tree repeats what stood there before."""
    wanted = [
        (commit, f"{record_folder(record.version)}/{evidence_path(proof, cloud)}.json")
        for commit, record in records.items() if record.action == "promote" and record.version for proof in Proof
    ]
    found: dict[str, tuple[Evidence, ...]] = {}
    for (commit, path), data in repo.find_files(wanted).items():
        item = _parsed(Evidence, data, f"{path} at {commit[:12]}", faults)
        if item is not None:
            found[commit] = (*found.get(commit, ()), item)
    return found


def _parsed(kind: Any, data: bytes, where: str, faults: list[str]) -> Any:
    try:
        return kind.from_json(data, where=where)
    except NaruError as error:
        faults.append(error.message)
        return None
