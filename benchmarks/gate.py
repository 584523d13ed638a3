"""The gate on a release folder with real evidence, each proof's raw samples judged again: seconds for all its clouds.

    .venv/bin/python benchmarks/gate.py --work work/khan-monitoring/8.9.csap-999

Repositories, registry and cluster are taken to say what the folder's records say: only the gate's own work is timed
(parsing, signatures, hashes, judging again). Without --work small made-up evidence is judged, which says little.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from fakes.proven import facts  # noqa: E402 (the package is not installed)
from naru.core.change_state import ChangeState  # noqa: E402
from naru.core.gate import judge_gate  # noqa: E402
from naru.core.gate_facts import GateFacts, Origin, Target  # noqa: E402
from naru.model.cloud import CloudConfig  # noqa: E402
from naru.model.overlays import Overlays  # noqa: E402
from naru.model.product import Product  # noqa: E402
from naru.model.release import Images, Release  # noqa: E402
from naru.model.words import Proof  # noqa: E402
from naru.steps.gate_reading import evidence_files  # noqa: E402
from naru.wiring.base import release_folder  # noqa: E402
from naru.wiring.config import load_product, product_clouds  # noqa: E402
from naru.wiring.people import trusted_keys  # noqa: E402
from naru.wiring.promotion import judges, limits_of  # noqa: E402

LIMIT_SECONDS = 1.0


def facts_of(work: Path, product: Product, cloud: CloudConfig, known: dict) -> GateFacts:
    """The gate's facts where everything outside is as the folder's records say."""
    folder = release_folder(work)
    release, images, overlays = folder.read(Release, "release.json"), folder.read(Images, "images.json"), folder.read(Overlays, "overlays.json")
    clouds, entry = product_clouds(product), overlays.of(cloud.name)
    return GateFacts(
        product=product, cloud=cloud, release=release, images=images, overlays=overlays,
        evidence={proof: evidence_files(folder, proof, cloud.name) for proof in Proof}, judges=known, limits=limits_of(cloud, clouds),
        trusted_keys=trusted_keys(product),
        origin=Origin(
            tag_object=release.tag_object, tag_commit=release.commit, images={image.name: image.digest for image in images.images},
            candidate_commit=overlays.candidate_commit, rendered={item.cloud: item.rendered_sha256 for item in overlays.clouds},
            applied={item.cloud: item.applied_sha256 for item in overlays.clouds}, scope=entry.scope if entry else ()),
        target=Target("u", "u", frozenset()), state=ChangeState(), people_keys={}, authors=frozenset(), at=datetime.now(UTC),
    )


def measure(work: Path | None, runs: int) -> dict[str, object]:
    """Whole passes over all clouds, files read from disk each time; the judges' modules are loaded before."""
    product = load_product()
    seconds, cpu, answers = [], [], {}
    for number in range(runs + 1):
        known = judges()
        begin, used = time.monotonic(), time.process_time()
        for cloud in product_clouds(product):
            asked = facts_of(work, product, cloud, known) if work else facts(cloud.name)
            answers[cloud.name] = judge_gate(asked)
        if number:
            seconds.append(round(time.monotonic() - begin, 3))
            cpu.append(round(time.process_time() - used, 3))
    return {
        "what": "gate for 3 clouds, judging again included", "evidence": "real" if work else "small", "seconds": seconds,
        "processor_seconds": cpu, "limit_seconds": LIMIT_SECONDS, "within_limit": sorted(seconds)[len(seconds) // 2] <= LIMIT_SECONDS,
        "decisions": {name: answer.decision.value for name, answer in answers.items()},
        "held_by": {name: sorted(answer.codes()) for name, answer in answers.items()},
        "raw_bytes": sum(path.stat().st_size for path in (work / "evidence").rglob("*") if path.is_file()) if work else 0,
        "made": datetime.now(UTC).date().isoformat(),
        "machine": {"processors": os.cpu_count(), "python": platform.python_version(), "load_average": round(os.getloadavg()[0], 1)},
    }


def main() -> int:
    """Measure, print, write benchmarks/results/gate.json."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--work", type=Path, default=None)
    words.add_argument("--runs", type=int, default=3)
    given = words.parse_args()
    result = measure(given.work, given.runs)
    print(json.dumps(result, indent=2))
    (ROOT / "benchmarks" / "results" / "gate.json").write_text(json.dumps(result, indent=2) + "\n")
    return 0 if result["within_limit"] else 1


if __name__ == "__main__":
    sys.exit(main())
