"""tag-release on a repository of 10,000 commits and 2,000 tags, and what publish-release adds to the bytes' transfer.

    .venv/bin/python benchmarks/tags.py [--runs 5]

Beside the command stands plain git: a bare clone for the first run, `fetch` and `describe` for the others, so that what
is ours can be told from what is git's. Publishing is measured against `skopeo copy` of the same bytes by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

import naru.wiring.release as wiring  # noqa: E402
from naru.edge.console import Console  # noqa: E402
from naru.edge.registry import Registry  # noqa: E402
from naru.model.release import Image, Images, Release  # noqa: E402
from naru.wiring.config import load_product  # noqa: E402
from naru.wiring.sandbox import ensure_sandbox  # noqa: E402
from system.registry_server import RegistryServer  # noqa: E402
from system.small_image import write_layout  # noqa: E402


class Cost(NamedTuple):
    """Seconds on the clock and on processors."""

    seconds: float
    processor: float


COMMITS, TAGS = 10_000, 2_000
IMAGE_BYTES = 64 * 1024 * 1024
LINES = (("8.9.csap", "5.2.0"), ("8.9", "5.2.0"), ("8.8.4", "5.1.0"))


def main() -> int:
    """Measure and write benchmarks/results/tags.json."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5)
    runs = options.parse_args().runs
    place = Path(tempfile.mkdtemp(prefix="naru-tags-"))
    os.environ |= {"NARU_STATE": str(place / "state"), "NARU_SANDBOX": "bench"}
    try:
        result = {"made": datetime.now(UTC).strftime("%Y-%m-%d"), "machine": machine(), "rows": [*tag_rows(place, runs), *publish_rows(place)]}
    finally:
        shutil.rmtree(place)
    target = ROOT / "benchmarks" / "results" / "tags.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))
    return 0 if all(row["within_limit"] for row in result["rows"]) else 1


def tag_rows(place: Path, runs: int) -> list[dict[str, object]]:
    """First run (the private copy is made) and later ones, each beside plain git."""
    source = place / "state/sandbox/bench/repos/khan-monitoring.git"
    make_repository(source)
    ensure_sandbox()
    first = timed(lambda: tag_release(place / "first"))
    later = [timed(lambda number=number: tag_release(place / f"later{number}")) for number in range(runs)]
    clone = timed(lambda: plain("clone", "-q", "--bare", "--no-local", str(source), str(place / "plain.git")))
    look = [timed(lambda: [plain("-C", str(place / "plain.git"), "fetch", "-q", "--tags"),
                           plain("-C", str(place / "plain.git"), "describe", "--tags", "--long", "master")]) for _ in range(runs)]
    return [
        row("tag-release, first run: the private copy is made", [first], 1.5, "git clone --bare --no-local", [clone]),
        row("tag-release, later runs", later, 1.5, "git fetch --tags; git describe", look),
    ]


def publish_rows(place: Path) -> list[dict[str, object]]:
    """Publishing two images of 64 MB each: time beyond the transfer itself."""
    product, work = load_product(), place / "later0"
    folder = wiring.release_folder(work)
    release = folder.read(Release, "release.json")
    images = []
    for spec in product.images:
        facts = write_layout(place / "layouts" / spec.name, os.urandom(IMAGE_BYTES))
        images.append(Image(name=spec.name, repository=spec.repository, tag=release.version, labels={}, sbom_sha256="0" * 64,
                            inputs_sha256="0" * 64, **facts))
    folder.write(Images(version=release.version, commit=release.commit, images=tuple(images)), "images.json")
    wiring.image_source = lambda image: f"oci:{place / 'layouts' / image.name}"
    with RegistryServer(place / "bare") as bare, RegistryServer(place / "ours") as ours:
        transfer = timed(lambda: [Registry().copy_in(wiring.image_source(i), f"{bare.address}/{i.repository}:1") for i in images])
        wiring.release_registry = lambda _product: (ours.address, Registry())
        publish = timed(lambda: wiring.publish_release(product, work, Console(quiet=True)))
        again = timed(lambda: wiring.publish_release(product, work, Console(quiet=True)))
    return [
        row("publish-release beyond the transfer of 2 x 64 MB", [Cost(publish.seconds - transfer.seconds, publish.processor - transfer.processor)], 2.0,
            "skopeo copy alone", [transfer]),
        row("publish-release, nothing to do", [again], 2.0),
    ]


def make_repository(folder: Path) -> None:
    """A bare repository by fast-import: commits on master, tags of three release lines spread over them."""
    folder.parent.mkdir(parents=True)
    plain("init", "-q", "--bare", "--initial-branch=master", str(folder))
    parts = []
    for number in range(COMMITS):
        subject, text = f"KAPM-{number} change {number}", f"{number}\n" * 20
        parts.append(
            f"commit refs/heads/master\nmark :{number + 1}\ncommitter a <a@example.com> {1_600_000_000 + number * 600} +0000\n"
            f"data {len(subject)}\n{subject}\nM 644 inline src/{number % 400}.txt\ndata {len(text)}\n{text}\n"
        )
    for number in range(TAGS):
        line, ape = LINES[number % len(LINES)]
        parts.append(f"reset refs/tags/khan-monitoring-5-git-{number + 1}-ape-{ape}-{line}\nfrom :{(number + 1) * COMMITS // TAGS - 3}\n\n")
    subprocess.run(["git", "-C", str(folder), "fast-import", "--quiet"], input="".join(parts).encode(), check=True, timeout=120)
    (folder / "naru-ready").touch()


def tag_release(work: Path) -> None:
    """The command as Jenkins calls it, Python's start included."""
    words = ["tag-release", "--khan-release", "8.9.csap", "--bug-fix-version", "99999", "--work", str(work)]
    subprocess.run([sys.executable, str(ROOT / "scripts/main.py"), *words], check=True, capture_output=True, timeout=120)


def plain(*words: str) -> None:
    """The user's own git."""
    subprocess.run(["git", *words], check=True, capture_output=True, timeout=120)


def timed(call: Callable[[], object]) -> Cost:
    """What the call took; processor time too, since a busy machine stretches the other."""
    begin, before = time.monotonic(), processor_seconds()
    call()
    return Cost(time.monotonic() - begin, processor_seconds() - before)


def processor_seconds() -> float:
    """Of this process and its ended children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def row(what: str, costs: list[Cost], limit: float, peer: str = "", peers: list[Cost] | None = None) -> dict[str, object]:
    """One line of the table: medians."""
    seconds = statistics.median(cost.seconds for cost in costs)
    line: dict[str, object] = {
        "what": what, "seconds": round(seconds, 3), "worst_seconds": round(max(cost.seconds for cost in costs), 3),
        "processor_seconds": round(statistics.median(cost.processor for cost in costs), 3), "runs": len(costs),
        "limit_seconds": limit, "within_limit": seconds <= limit,
    }
    return line | ({"peer": peer, "peer_seconds": round(statistics.median(cost.seconds for cost in peers), 3)} if peers else {})


def machine() -> dict[str, object]:
    """What it ran on."""
    return {"processors": os.cpu_count(), "python": platform.python_version(), "load_average": os.getloadavg()[0]}


if __name__ == "__main__":
    sys.exit(main())
