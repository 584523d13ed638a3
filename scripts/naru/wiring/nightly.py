"""The nightly and the shadow run: folders restored from the clouds' branches, commands of this command line, lines kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from naru.core.release_record import record_folder
from naru.core.substitution import substituted
from naru.edge.git_repo import GitRepo
from naru.edge.line_file import LineFile
from naru.edge.release_folder import ReleaseFolder
from naru.errors import Missing, NaruError
from naru.model.evidence import Evidence
from naru.model.nights import ProofRecord, ShadowRun
from naru.model.overlays import Overlays
from naru.model.product import Product
from naru.steps.cloud_branch import read_tips
from naru.steps.nightly import NightlyPorts
from naru.steps.stage_runs import Run
from naru.steps.status import read_status
from naru.steps.webhook import reconcile
from naru.wiring.base import effects, state_dir
from naru.wiring.git import config_repo
from naru.wiring.status import sites, status_ports
from naru.wiring.webhook import webhook_ports

NOT_RESTORED = ("evidence/", "promotion/", "report/", "run.log", "timings.json")


class EvidenceFiles:
    """The evidence of one release folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def evidences(self) -> Iterable[Evidence]:
        """Each document in evidence/; one that does not parse is left out, and its proof then counts as missing."""
        folder = ReleaseFolder(self.root)
        for path in sorted((self.root / "evidence").glob("*.json")):
            if not path.name.endswith(".dsse.json"):
                try:
                    yield folder.read(Evidence, f"evidence/{path.name}")
                except NaruError:
                    continue


class NightLines:
    """The nights' lines in the state folder."""

    def __init__(self, product: str) -> None:
        self._file = LineFile(state_dir().folder("nightly", product) / "nights.jsonl", ProofRecord)

    def all(self) -> list[ProofRecord]:
        """Oldest first."""
        return self._file.all()

    def add_night(self, records: Sequence[ProofRecord]) -> None:
        """Add the lines of a night."""
        self._file.add(records)


class RestoredFolders:
    """Release folders below `work`, one per version that a cloud runs."""

    def __init__(self, repo: GitRepo, clouds: Sequence[str], work: Path) -> None:
        self._repo, self._work = repo, work
        self._tips = read_tips(repo, clouds)

    def running(self) -> Mapping[str, Sequence[str]]:
        """Version → clouds, as the branches `cloud/NAME` say."""
        found: dict[str, list[str]] = {}
        for cloud, tip in self._tips.items():
            if tip.version:
                found.setdefault(tip.version, []).append(cloud)
        return found

    def restore(self, version: str, clouds: Sequence[str]) -> str:
        """The files of releases/VERSION on those clouds' branches, without evidence and promotions, and what the stand-ins are to be given."""
        root = self._work / version
        shutil.rmtree(root, ignore_errors=True)
        folder, prefix = ReleaseFolder(root), record_folder(version) + "/"
        for cloud in clouds:
            commit = self._tips[cloud].commit
            assert commit is not None, "running() lists only clouds with a branch"
            for path in self._repo.list_files(commit, prefix.rstrip("/")):
                name = path.removeprefix(prefix)
                if not name.startswith(NOT_RESTORED):
                    folder.write_raw(name, self._repo.read_file(commit, path))
            _apply_again(folder, cloud)
        return str(root)

    def evidence(self, version: str) -> EvidenceFiles:
        """What the proofs of this night left."""
        return EvidenceFiles(self._work / version)


def _apply_again(folder: ReleaseFolder, cloud: str) -> None:
    """applied/CLOUD.yaml, which no branch holds: the rendered bytes with the substitutions that the release was proven with."""
    entry = folder.read(Overlays, "overlays.json").of(cloud)
    if entry is None:
        raise Missing(f"overlays.json of the release that {cloud} runs does not name {cloud}.", hint="The record on its branch is not whole; look at ./naru status.")
    name = f"rendered/{cloud}.yaml"
    folder.write_raw(f"applied/{cloud}.yaml", substituted(folder.read_raw(name), name, entry.substitutions))


def nightly_ports(product: Product, work: Path, run: Run, job: str) -> NightlyPorts:
    """Everything that the night speaks to; `run` carries out one command of this command line."""
    rows = _rows(product)
    by = os.environ.get("NARU_NIGHTLY_BY", "nightly")

    def hold(cloud: str, reason: str) -> int:
        return run(("hold", "add", "--cloud", cloud, "--reason", reason, "--by", by, "--product", product.name))

    return NightlyPorts(
        nights=NightLines(product.name), folders=RestoredFolders(config_repo(product), product.clouds, work), run=run,
        drift=lambda: [f"{cloud}: {text}" for cloud, (drift, _) in rows().items() for text in drift],
        tags=_tags(product, job),
        held=lambda: frozenset(cloud for cloud, (_, stops) in rows().items() if stops),
        hold_promotion=hold, effects=effects(ReleaseFolder(state_dir().folder("nightly", product.name)), "nightly"),
    )


def _rows(product: Product) -> Callable[[], dict[str, tuple[Sequence[str], Sequence[str]]]]:
    def rows() -> dict[str, tuple[Sequence[str], Sequence[str]]]:
        found = read_status(status_ports([product]), sites([product], "", fields=True))
        return {row.cloud: (row.drift, row.stops) for row in found}

    return rows


def _tags(product: Product, job: str) -> Callable[[], list[str]]:
    """What is amiss with tags; without a Jenkins to start a missed one, that is said and the night goes on."""

    def tags() -> list[str]:
        try:
            with state_dir().lock("webhook", doing="naru nightly", wait=True):
                found = reconcile(webhook_ports(product, job))
        except NaruError as error:
            return [f"tags could not be compared: {error.message}"]
        return [one.sentence for one in found if one.state != "known"]

    return tags


def shadow_lines(product: str) -> LineFile[ShadowRun]:
    """The shadowed releases of a product."""
    return LineFile(state_dir().folder("shadow", product) / "runs.jsonl", ShadowRun)
