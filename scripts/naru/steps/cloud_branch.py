"""The branch `cloud/NAME`: what it says the cloud runs, and moving it by compare-and-swap, one commit at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from naru.core.release_record import CLOUD_FILE, branch_of, checked_rendered, record_folder
from naru.model.promotion import CloudRecord
from naru.model.release import Images
from naru.steps.effects import Effects
from naru.steps.promotion_ports import ConfigRepository, Repository, Wanted

MAX_HISTORY = 200
"""Commits that are looked back over for a release to go back to."""


class Files(Protocol):
    """The little of a repository that reading a branch needs."""

    def find(self, ref: str) -> str | None: ...

    def find_file(self, rev: str, path: str) -> bytes | None: ...


@dataclass(frozen=True)
class Tip:
    """The branch now; both None where the branch is missing, which means that the cloud runs nothing."""

    commit: str | None
    record: CloudRecord | None

    @property
    def version(self) -> str:
        """The release that the branch says runs; empty for nothing."""
        return self.record.version if self.record else ""


def read_tip(repo: Files, cloud: str) -> Tip:
    """The branch as of the last fetch."""
    commit = repo.find(f"cloud/{cloud}")
    return Tip(None, None) if commit is None else Tip(commit, record_at(repo, commit))


def read_tips(repo: Repository, clouds: Sequence[str]) -> dict[str, Tip]:
    """Several branches at once, whatever their number."""
    branches = repo.branches()
    commits = {cloud: branches[f"cloud/{cloud}"] for cloud in clouds if f"cloud/{cloud}" in branches}
    files = repo.find_files([(commit, CLOUD_FILE) for commit in dict.fromkeys(commits.values())])
    found = dict.fromkeys(clouds, Tip(None, None))
    for cloud, commit in commits.items():
        data = files.get((commit, CLOUD_FILE))
        record = None if data is None else CloudRecord.from_json(data, where=f"{CLOUD_FILE} at {commit[:12]}")
        found[cloud] = Tip(commit, record)
    return found


def record_at(repo: Files, commit: str) -> CloudRecord | None:
    """cloud.json at a commit; None for a commit that Naru did not make."""
    data = repo.find_file(commit, CLOUD_FILE)
    return None if data is None else CloudRecord.from_json(data, where=f"{CLOUD_FILE} at {commit[:12]}")


def wanted_at(repo: Repository, commit: str, record: CloudRecord) -> Wanted | None:
    """What the commit says the cloud is to run; None for nothing; raises where its rendered bytes are not those proven."""
    if not record.version:
        return None
    path = f"{record_folder(record.version)}/rendered/{record.cloud}.yaml"
    rendered = checked_rendered(record, repo.find_file(commit, path), where=f"{path} at {commit[:12]}")
    return Wanted(record.version, rendered, record.images)


def images_at(repo: Repository, commit: str, record: CloudRecord) -> Images | None:
    """images.json of the release that the commit promotes."""
    path = f"{record_folder(record.version)}/images.json"
    data = repo.find_file(commit, path) if record.version else None
    return None if data is None else Images.from_json(data, where=f"{path} at {commit[:12]}")


def earlier(repo: Repository, tip: Tip) -> Iterator[Tip]:
    """The commits before the tip, newest first."""
    assert tip.commit is not None
    commit = tip.commit
    for _ in range(MAX_HISTORY):
        parents = repo.commit_info(commit).parents
        if not parents:
            return
        commit = parents[0]
        yield Tip(commit, record_at(repo, commit))


def move(repo: ConfigRepository, effects: Effects, cloud: str, new: str, expected: str | None) -> None:
    """Push the commit if the branch is still where it was; raises Conflict where it is not."""
    ref = branch_of(cloud)
    effects.perform("move-cloud-branch", ref, lambda: repo.push_compare_and_swap(ref, new, expected), commit=new)
