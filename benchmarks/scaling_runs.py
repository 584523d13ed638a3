"""Scaling proofs in a row: their spread, excess over floor, how well the floor fits, and the tool's own share of time.

    .venv/bin/python benchmarks/scaling_runs.py --cloud naver --work work/khan-monitoring/8.9.csap-999 --runs 10
    .venv/bin/python benchmarks/scaling_runs.py --evidence work/khan-monitoring/8.9.csap-999 work/khan-monitoring/8.9.csap-1000 ...

The second form measures nothing anew: it adds up the proofs of whole releases, every cloud's, in the order they were made;
a release that did not pass counts as well. Each run is `./naru verify-scaling` on the sample that the stand-in runs; phases of sampling and looking are random by
themselves. Peers, quoted and not ranked: Kubernetes' own HPA tests allow 100 + 50 + 60 s and look every 20 s; Flagger
judges a canary every 60 s by its load tester's results.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy2

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from naru.edge.release_folder import ReleaseFolder  # noqa: E402
from naru.errors import Judged  # noqa: E402 (the package is not installed)
from naru.model.evidence import Evidence  # noqa: E402
from naru.steps.verify_scaling import verify_scaling  # noqa: E402
from naru.wiring.base import console  # noqa: E402
from naru.wiring.config import load_cloud  # noqa: E402
from naru.wiring.scaling import scaling_ports, scaling_request  # noqa: E402


def one(cloud: str, work: Path) -> dict[str, object]:
    """One proof in a folder of its own."""
    config = load_cloud(cloud)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name in ("release.json", "images.json", "overlays.json"):
            copy2(work / name, folder / name)
        ports = scaling_ports(config, folder, console())
        try:
            verify_scaling(scaling_request(config, reuse=False), ports)
        except Judged as error:
            print(error, file=sys.stderr)
        return kept(ports.folder, cloud)


def kept(folder: ReleaseFolder, cloud: str) -> dict[str, object]:
    """The row of a proof that stands in a release folder."""
    run = json.loads(folder.read_raw(f"evidence/{cloud}.scaling/run.json"))
    return row_of(folder.read(Evidence, f"evidence/{cloud}.scaling.json"), run["marks"])


def kept_rows(works: list[Path]) -> list[dict[str, object]]:
    """The proofs of these release folders, in the order they were made."""
    found = [kept(ReleaseFolder(work), path.name.partition(".")[0]) for work in works for path in sorted((work / "evidence").glob("*.scaling.json"))]
    return sorted(found, key=lambda row: str(row["started"]))


def row_of(evidence: Evidence, marks: dict[str, float]) -> dict[str, object]:
    """The figures of one run."""
    assert evidence.run is not None
    whole = (datetime.fromisoformat(evidence.run.finished) - datetime.fromisoformat(evidence.run.started)).total_seconds()
    measured = marks["end"] - marks["quiet"]
    summary = evidence.summary
    return {
        "started": evidence.run.started, "cloud": evidence.cloud, "version": evidence.subject.version, "verdict": str(evidence.verdict), "cause": evidence.cause.reason if evidence.cause else None, "profile": str(evidence.profile),
        "whole_seconds": round(whole, 2), "own_share": round((whole - measured) / whole, 4), "phases": summary.get("phases"),
        "floor": dict(summary.get("floor", {})), "replicas": summary.get("replicas"),
        "scale_down": summary.get("scale_down"), "host": summary.get("host"),
        "lateness_p99_milliseconds": (summary.get("load") or {}).get("engine", {}).get("lateness_p99_milliseconds"),
    }


def interval(values: list[float], *, trials: int = 2000) -> list[float]:
    """Bootstrap 95 % interval of the median."""
    dice = random.Random(7)  # noqa: S311 (resampling, no secret)
    medians = sorted(statistics.median(dice.choices(values, k=len(values))) for _ in range(trials))
    return [round(medians[int(trials * 0.025)], 3), round(medians[int(trials * 0.975)], 3)]


def fit(shares: list[float]) -> dict[str, float]:
    """How far the measured times' places in the model's distribution are from an even spread (Kolmogorov-Smirnov)."""
    ordered, count = sorted(shares), len(shares)
    distance = max(max((index + 1) / count - share, share - index / count) for index, share in enumerate(ordered))
    return {"ks_distance": round(distance, 3), "ks_limit_95_percent": round(1.36 / count**0.5, 3)}


def main() -> None:
    """Run, add up, write."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--cloud", default="")
    words.add_argument("--work", type=Path)
    words.add_argument("--evidence", type=Path, nargs="+", default=[])
    words.add_argument("--runs", type=int, default=10)
    words.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "scaling_runs.json")
    given = words.parse_args()
    if given.evidence:
        write(given, kept_rows(given.evidence))
        return
    if not (given.cloud and given.work):
        words.error("--cloud and --work, or --evidence")
    rows: list[dict[str, object]] = []
    for number in range(given.runs):
        rows.append(one(given.cloud, given.work))
        print(number + 1, json.dumps(rows[-1]), flush=True)
        write(given, rows)


def write(given: argparse.Namespace, rows: list[dict[str, object]]) -> None:
    """The result so far."""
    decided = [row for row in rows if (row["phases"] or {}).get("decide_seconds") is not None]
    plain: dict[str, object] = {"benchmark": "scaling_runs", "made": datetime.now(UTC).date().isoformat(), "clouds": sorted({str(row["cloud"]) for row in rows}),
                                "machine": {"processors": os.cpu_count(), "load_average": round(os.getloadavg()[0], 2)}, "runs": len(rows), "passed": sum(row["verdict"] == "passed" for row in rows)}
    if decided:
        times = [row["phases"]["decide_seconds"] for row in decided]
        excess = [row["floor"]["excess_seconds"] for row in decided]
        plain |= {"decide_median_seconds": round(statistics.median(times), 3), "decide_range_seconds": [min(times), max(times)],
                  "decide_median_interval_seconds": interval(times), "excess_median_seconds": round(statistics.median(excess), 3),
                  "own_share_median": statistics.median(row["own_share"] for row in decided),
                  "whole_median_seconds": statistics.median(row["whole_seconds"] for row in decided),
                  "floor_fit": fit([row["floor"]["percentile"] for row in decided])}
    plain["rows"] = rows
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(plain, indent=2) + "\n")


if __name__ == "__main__":
    main()
