"""Building the sample product: warm build, rebuild, the share of Maven in it, causes of failures named.

    .venv/bin/python benchmarks/build.py [--runs 3]

The machine has what a second release finds: Maven's repository, the base image and buildah's storage. Beside the image
step stands what a plain script does with the same files and the same base: `buildah build`, then `buildah push`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from naru.core.build_diagnosis import diagnose  # noqa: E402 (the package is not installed)
from naru.core.safe_yaml import load_plain  # noqa: E402
from naru.edge.command import run  # noqa: E402
from naru.edge.oci_layout import OciLayout  # noqa: E402
from naru.edge.state_dir import StateDir  # noqa: E402
from naru.wiring.build import failure_rules  # noqa: E402

MAIN = [sys.executable, str(ROOT / "scripts" / "main.py")]
RELEASE = ["--khan-release", "8.9.csap", "--bug-fix-version", "999"]
CASES = ROOT / "tests" / "data" / "build_failures"
SECONDS = 900.0


class Machine:
    """A state folder of its own; downloads are shared, so that no run measures the network."""

    def __init__(self, folder: Path) -> None:
        self.work, self.cache = folder / "work", folder / "cache"
        self.cache.mkdir()
        for name in ("bases", "maven"):
            (self.cache / name).symlink_to(StateDir.from_environment().cache(name).resolve())
        self.env = {**os.environ, "NARU_STATE": str(folder / "state"), "NARU_CACHE": str(self.cache), "NARU_SANDBOX": "benchmark"}

    def call(self, *words: str) -> None:
        """One command of naru; raises where it fails."""
        run([*MAIN, *words, "--work", str(self.work)], timeout=SECONDS, env=self.env)

    def forget_images(self) -> None:
        """As if this commit had never been built here."""
        shutil.rmtree(self.cache / "images", ignore_errors=True)
        (self.work / "run.log").unlink(missing_ok=True)

    def layouts(self) -> list[OciLayout]:
        """The images that were built."""
        images = json.loads((self.work / "images.json").read_text())["images"]
        return [OciLayout(self.cache / "images" / f"{image['name']}-{image['digest'][7:]}") for image in images]

    def effects(self) -> dict[str, float]:
        """Seconds spent in each kind of effect, from the run log."""
        spent: dict[str, float] = {}
        begun: dict[int, datetime] = {}
        for line in (self.work / "run.log").read_text().splitlines():
            entry = json.loads(line)
            at = datetime.fromisoformat(entry["at"])
            if entry["what"] == "intent":
                begun[entry["effect"]] = at
            else:
                spent[entry["kind"]] = spent.get(entry["kind"], 0.0) + (at - begun[entry["effect"]]).total_seconds()
        return spent


def timed(call: Callable[[], None]) -> float:
    """Seconds of one call."""
    begin = time.monotonic()
    call()
    return time.monotonic() - begin


def warm_builds(machine: Machine, runs: int) -> list[dict[str, Any]]:
    """Both images from the commit, everything else warm."""
    totals, shares, steps = [], [], []
    for _ in range(runs):
        machine.forget_images()
        totals.append(timed(lambda: machine.call("build-images")))
        spent = machine.effects()
        shares.append((spent["build"] + spent["test"]) / totals[-1])
        steps.append(spent["build-image"])
    return [
        row("warm build of both images, tests included", totals, limit_seconds=60.0, within=max(totals) <= 60.0),
        {"what": "share of it inside Maven", "share": round(statistics.median(shares), 3), "limit_share": 0.8,
         "within_limit": min(shares) >= 0.8, "runs": runs},
        {**row("the two images alone, from built files to OCI layouts", steps), "peer": "buildah build; buildah push oci:",
         "peer_seconds": round(plain_buildah(machine), 3)},
    ]


def plain_buildah(machine: Machine) -> float:
    """The same two images the plain way: build on the same base, push with default settings."""
    storage = ["--root", str(machine.cache / "buildah" / "root"), "--runroot", str(machine.cache / "buildah" / "run"), "--storage-driver", "overlay"]
    base = run(["buildah", *storage, "images", "--format", "{{.Name}}:{{.Tag}}"], timeout=60).stdout.split()[0]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        shutil.copytree(ROOT / "samples" / "khan-monitoring", source, ignore=shutil.ignore_patterns("target"))
        maven = f"-Dmaven.repo.local={machine.cache / 'maven'}"
        run(["./mvnw", "--batch-mode", maven, "package", "-DskipTests", "-f", "pom-develop.xml"], timeout=SECONDS, cwd=source)
        return sum(timed(lambda name=name: plain_image(storage, base, source, name, Path(folder))) for name in ("openmaru-app", "egov"))


def plain_image(storage: list[str], base: str, source: Path, name: str, folder: Path) -> None:
    """One image by `buildah build` and `buildah push`."""
    words = ["--isolation", "chroot", "--format", "oci", "--pull=false", "--build-arg", f"BASE={base}", "--tag", f"plain-{name}"]
    run(["buildah", *storage, "build", *words, "--file", f"{source}/src/{name}/Containerfile", str(source)], timeout=SECONDS)
    run(["buildah", *storage, "push", "--quiet", f"plain-{name}", f"oci:{folder}/plain-{name}"], timeout=SECONDS)


def rebuilds(machine: Machine, runs: int) -> dict[str, Any]:
    """The same command on the same commit."""
    seconds = [timed(lambda: machine.call("build-images")) for _ in range(runs)]
    return row("rebuild of an unchanged commit", seconds, limit_seconds=3.0, within=max(seconds) <= 3.0)


def causes() -> dict[str, Any]:
    """How many real failures are named rightly."""
    rules, right, files = failure_rules(), 0, sorted(CASES.glob("*.yaml"))
    for path in files:
        case = load_plain(path.read_bytes(), path.name)
        right += diagnose(case["log"].splitlines(), rules, version="1", step="build", log="-").cause == case["cause"]
    return {"what": "build causes named rightly", "right": right, "cases": len(files), "distinct_causes": len(rules),
            "share": round(right / len(files), 3), "limit_share": 0.95, "within_limit": right >= 0.95 * len(files)}


def sizes(machine: Machine) -> list[dict[str, Any]]:
    """Bytes of the images: all layers, and what the build adds to its base."""
    images = [layout.read() for layout in machine.layouts()]
    return [
        {"what": "image size as stored in the registry", "bytes": sum(layer.size for layer in image.layers),
         "above_the_base": image.layers[-1].size} for image in images
    ]


def row(what: str, seconds: list[float], *, limit_seconds: float = 0.0, within: bool | None = None) -> dict[str, Any]:
    """One measured thing."""
    result: dict[str, Any] = {
        "what": what, "seconds": round(statistics.median(seconds), 3), "worst_seconds": round(max(seconds), 3), "runs": len(seconds)
    }
    return result if within is None else {**result, "limit_seconds": limit_seconds, "within_limit": within}


def main() -> None:
    """Measure all and write benchmarks/results/build.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory(prefix="naru-build-") as folder:
        machine = Machine(Path(folder))
        machine.call("tag-release", *RELEASE)
        machine.call("build-images")
        rows = [*warm_builds(machine, runs), rebuilds(machine, runs), causes(), *sizes(machine)]
    result = {
        "what": "building the sample product", "made": datetime.now(UTC).date().isoformat(), "rows": rows,
        "machine": {"processors": os.cpu_count(), "python": platform.python_version(), "load_average": os.getloadavg()[0]},
    }
    target = ROOT / "benchmarks" / "results" / "build.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print(target.read_text())


if __name__ == "__main__":
    main()
