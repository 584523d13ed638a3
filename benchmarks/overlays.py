"""Overlay patching side by side with `kustomize edit set image`: stray bytes, time for 1,000 overlays, and one cycle of 100 apps.

    .venv/bin/python benchmarks/overlays.py --kustomize PATH

Both tools get the same files in one run, in turns, so that other load on the machine meets both. Stray bytes are
those that differ from the file with only the wanted scalars replaced. The standalone kustomize is built from its Go
module (v5.8.1, the version inside the locked kubectl, which has no `edit`).
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import platform
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from naru.core.config_file import parse_config  # noqa: E402 (the package is not installed)
from naru.core.overlay_patch import NewImage, NewRelease, patch_overlay  # noqa: E402
from naru.core.safe_yaml import load_plain  # noqa: E402
from naru.core.yaml_splice import Edit, splice  # noqa: E402
from naru.edge.command import run  # noqa: E402
from naru.edge.console import Console  # noqa: E402
from naru.edge.git_repo import GitRepo  # noqa: E402
from naru.edge.manifest_schemas import ManifestSchemas  # noqa: E402
from naru.edge.release_folder import ReleaseFolder  # noqa: E402
from naru.model.cloud import CloudConfig  # noqa: E402
from naru.model.release import Image, Images, Release  # noqa: E402
from naru.steps.overlay_candidate import Ports  # noqa: E402
from naru.steps.patch_overlays import patch_overlays  # noqa: E402
from naru.wiring.base import effects  # noqa: E402
from naru.wiring.config import load_product  # noqa: E402
from naru.wiring.overlays import GitTrees, TreeRenderer, stand_in_version  # noqa: E402

CASES = ROOT / "tests" / "data" / "overlay_cases"
CLOUDS = ("naver", "ktcloud", "cocktail")
TAG, DIGEST, ZEROS = "8.9.csap-999", "sha256:" + "a1" * 32, "sha256:" + "0" * 64
ADDED_LINES = (b"apiVersion: kustomize.config.k8s.io/v1beta1\n", b"kind: Kustomization\n")
TURN = 50
"""Overlays that one tool patches before it is the other one's turn."""


class Spent:
    """Seconds on the clock, and processor seconds of this process and its children."""

    wall = 0.0
    cpu = 0.0

    @contextmanager
    def add(self) -> Iterator[None]:
        """Count what the block spends."""
        wall, cpu = time.perf_counter(), _cpu()
        yield
        self.wall += time.perf_counter() - wall
        self.cpu += _cpu() - cpu


def _cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def edit_set_image(kustomize: Path, folder: Path, word: str) -> bool:
    """`kustomize edit set image WORD` in a folder; False where it refuses the file."""
    return run([str(kustomize), "edit", "set", "image", word], timeout=60, cwd=folder, check=False).ok


def differing_bytes(got: bytes, wanted: bytes) -> int:
    """Bytes that were removed, added or replaced."""
    matcher = difflib.SequenceMatcher(None, got, wanted, autojunk=False)
    return sum(max(a2 - a1, b2 - b1) for op, a1, a2, b1, b2 in matcher.get_opcodes() if op != "equal")


def stray_bytes(kustomize: Path) -> list[dict[str, object]]:
    """Per case: stray bytes of both tools; None where kustomize refuses the file."""
    rows = []
    for case in sorted(CASES.iterdir()):
        edits = load_plain((case / "edits.yaml").read_bytes(), "edits.yaml")
        before, after = ((case / f"{name}.yaml").read_bytes() for name in ("before", "after"))
        ours = splice(before.decode(), "kustomization.yaml", [Edit(item["path"], item["value"]) for item in edits]).text.encode()
        row: dict[str, object] = {"case": case.name, "naru": differing_bytes(ours, after)}
        if [item["value"] for item in edits] == [TAG, DIGEST]:  # what `edit set image` can say
            row["kustomize"] = _kustomize_stray(kustomize, before, after, edits[0]["path"])
        rows.append(row)
    return rows


def _kustomize_stray(kustomize: Path, before: bytes, after: bytes, path: str) -> int | None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "kustomization.yaml"
        file.write_bytes(before)
        documents = [item for item in load_all(before) if isinstance(item, dict) and "images" in item]
        entry = documents[0]["images"][int(path.split(".")[1])]
        name = entry["name"]
        word = f"{name}={entry['newName']}" if "newName" in entry else name
        done = edit_set_image(kustomize, Path(folder), f"{word}:{TAG}@{DIGEST}")
        got = file.read_bytes()
        for line in ADDED_LINES:  # it adds these where they are missing; not counted against it
            got = got if line in before else got.replace(line, b"")
        return differing_bytes(got, after) if done else None


def load_all(data: bytes) -> list[object]:
    """Documents of a case, read without our reader."""
    import yaml

    return list(yaml.safe_load_all(data.decode("utf-8-sig")))


def overlay_text(number: int) -> str:
    """An overlay as people write them."""
    return f"""# overlay {number}
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: khan
resources: []
images:
  # the public service
  - name: egov
    newName: registry.example/khan/egov
    newTag: "8.9.csap-998" # trailing
    digest: {ZEROS}
  - name: app-{number}
    newName: registry.example/khan/app
    newTag: "1"
"""


def thousand(kustomize: Path, count: int) -> dict[str, float]:
    """Patch `count` overlay files with each tool, reading and writing each file."""
    ours, theirs = Spent(), Spent()
    cloud = parse_config((ROOT / "overlays" / "naver" / "cloud.yaml").read_bytes(), CloudConfig, "cloud.yaml")
    cloud = cloud.model_copy(update={"patched_fields": (), "registry": cloud.registry.model_copy(update={"host": "registry.example"})})
    release = NewRelease(TAG, "tag", "c" * 40, (NewImage("egov", "khan/egov", TAG, DIGEST),))
    with tempfile.TemporaryDirectory() as place:
        for tool in ("naru", "kustomize"):
            for number in range(count):
                folder = Path(place) / tool / str(number)
                folder.mkdir(parents=True)
                (folder / "kustomization.yaml").write_text(overlay_text(number))
        for begin in range(0, count, TURN):
            with ours.add():
                for number in range(begin, min(begin + TURN, count)):
                    file = Path(place) / "naru" / str(number) / "kustomization.yaml"
                    patch = patch_overlay({"overlays/naver/kustomization.yaml": file.read_bytes()}, cloud, release)
                    file.write_bytes(patch.files["overlays/naver/kustomization.yaml"])
            with theirs.add():
                for number in range(begin, min(begin + TURN, count)):
                    done = edit_set_image(kustomize, Path(place) / "kustomize" / str(number), f"egov=registry.example/khan/egov:{TAG}@{DIGEST}")
                    assert done
    return {
        "overlays": count, "naru_seconds": round(ours.wall, 3), "kustomize_seconds": round(theirs.wall, 3),
        "naru_cpu_seconds": round(ours.cpu, 3), "kustomize_cpu_seconds": round(theirs.cpu, 3),
        "times_faster": round(theirs.wall / ours.wall, 1), "times_less_cpu": round(theirs.cpu / ours.cpu, 1),
    }


def cycle(apps: int) -> dict[str, float]:
    """One release of `apps` apps on three clouds: fetched, patched, linted, rendered, checked, committed, pushed, read back."""
    names = [f"app-{number:03}" for number in range(apps)]
    product = load_product().model_copy(update={"clouds": CLOUDS})
    with tempfile.TemporaryDirectory() as place:
        remote = GitRepo.create(Path(place) / "config.git")
        base = remote.write_commit((), _many_apps(names), "overlays", when=1_600_000_000)
        remote.push_create_only("refs/heads/main", base)
        folder = ReleaseFolder(Path(place) / "work")
        _write_release(folder, names)
        spent = Spent()
        with spent.add():
            repo = GitRepo.clone_or_open(str(Path(place) / "config.git"), Path(place) / "copy.git")
            ports = Ports(repo=repo, trees=GitTrees(repo), renderer=TreeRenderer(), schemas=ManifestSchemas(), stand_in_version=stand_in_version(),
                          folder=folder, effects=effects(folder, "patch_overlays"), progress=Console(quiet=True))
            outcome = patch_overlays(ports, product)
        assert outcome.changed
        fields = sum(len(cloud["changes"]) for cloud in outcome.plain["overlays"]["clouds"])
    return {"apps": apps, "clouds": len(CLOUDS), "fields": fields, "seconds": round(spent.wall, 2), "cpu_seconds": round(spent.cpu, 2),
            "milliseconds_per_app_and_cloud": round(1000 * spent.wall / (apps * len(CLOUDS)), 1)}


def _many_apps(names: list[str]) -> dict[str, bytes | None]:
    source = (ROOT / "overlays" / "base" / "egov" / "deployment.yaml").read_text()
    files: dict[str, bytes | None] = {f"overlays/base/{name}.yaml": source.replace("egov", name).encode() for name in names}
    files["overlays/base/kustomization.yaml"] = ("resources:\n" + "".join(f"  - {name}.yaml\n" for name in names)).encode()
    for cloud in CLOUDS:
        config = (ROOT / "overlays" / cloud / "cloud.yaml").read_text().split("patched_fields:")[0]
        host = load_plain(config, "cloud.yaml")["registry"]["host"]
        config = config.replace("name: egov", f"name: {names[0]}").replace("deployment: egov", f"deployment: {names[0]}")
        files[f"overlays/{cloud}/cloud.yaml"] = config.replace("proven_app: egov", f"proven_app: {names[0]}").encode()
        images = "".join(f'  - name: {name} # one of many\n    newName: {host}/khan/{name}\n    newTag: "1"\n    digest: {ZEROS}\n' for name in names)
        files[f"overlays/{cloud}/kustomization.yaml"] = f"namespace: khan\nresources:\n  - ../base\nimages:\n{images}".encode()
    return files


def _write_release(folder: ReleaseFolder, names: list[str]) -> None:
    folder.write(Release(product="khan-monitoring", line="8.9.csap", version=TAG, tag="t", tag_object="b" * 40, commit="c" * 40,
                         commit_time=1_700_000_000, parameters={}), "release.json")
    images = tuple(Image(name=name, repository=f"khan/{name}", tag=TAG, digest=DIGEST, config_digest=DIGEST, size=1, labels={},
                         sbom_sha256="0" * 64, inputs_sha256="0" * 64) for name in names)
    folder.write(Images(version=TAG, commit="c" * 40, images=images), "images.json")


def machine() -> dict[str, object]:
    """What the figures were taken on."""
    return {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}", "processors": os.cpu_count(),
            "load_average": round(os.getloadavg()[0], 1), "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def main() -> int:
    """Run the three comparisons, print the table, write benchmarks/results/overlays.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kustomize", type=Path, default=shutil.which("kustomize"), required=shutil.which("kustomize") is None)
    parser.add_argument("--overlays", type=int, default=1000)
    parser.add_argument("--apps", type=int, default=100)
    options = parser.parse_args()
    strays = stray_bytes(options.kustomize)
    compared = [row for row in strays if "kustomize" in row]
    result = {
        "machine": machine(), "kustomize_version": run([str(options.kustomize), "version"], timeout=30).stdout.strip(),
        "stray_bytes": {"cases": len(strays), "naru": sum(int(str(row["naru"])) for row in strays), "compared": compared},
        "thousand_overlays": thousand(options.kustomize, options.overlays), "cycle": cycle(options.apps),
    }
    (ROOT / "benchmarks" / "results" / "overlays.json").write_text(json.dumps(result, indent=2) + "\n")
    print(f"stray bytes over {len(strays)} cases: naru {result['stray_bytes']['naru']}")  # type: ignore[index]
    for row in compared:
        print(f"  {row['case']:<45} naru {row['naru']:>4}   kustomize edit {'refused' if row['kustomize'] is None else row['kustomize']:>7}")
    print(json.dumps({key: result[key] for key in ("thousand_overlays", "cycle", "machine")}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
