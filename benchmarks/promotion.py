"""What a promotion took, read from the run log of a promoted release and from the pods that run it on the targets.

    .venv/bin/python benchmarks/promotion.py --work work/khan-monitoring/8.9.csap-999

A cloud's own time is all that lies between its outside effects (copying images, pushing the commit, applying, rolling
out), from the end of the cloud before it: gate, dry run and reading back are in it. Pods Running is the latest start of
a container of this release (the cluster tells whole seconds), counted from the commit's push; a first release has no
old pods to wait for. The first cloud's own time begins with its first effect, since the log knows no begin of a stage.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts")]

from naru.model.cloud import CloudConfig  # noqa: E402 (the package is not installed)
from naru.model.words import Role  # noqa: E402
from naru.wiring.clusters import cluster  # noqa: E402
from naru.wiring.config import load_product, product_clouds  # noqa: E402

OUTER = {"copy-image", "move-cloud-branch", "roll-out"}
"""Effects that do not lie inside another one."""


def effects_of(work: Path) -> dict[str, list[dict[str, Any]]]:
    """Cloud → its outer effects in order, each with begin and end; of the last promotion in the log."""
    open_: dict[int, dict[str, Any]] = {}
    found: dict[str, list[dict[str, Any]]] = {}
    for line in (work / "run.log").read_text().splitlines():
        entry = json.loads(line)
        if entry.get("stage") != "promote" or entry.get("kind") not in OUTER:
            continue
        if entry["what"] == "intent":
            open_[entry["effect"]] = {"kind": entry["kind"], "begun": datetime.fromisoformat(entry["at"])}
        elif entry["effect"] in open_:
            cloud = entry["target"].rpartition("/")[2] if entry["kind"] == "move-cloud-branch" else entry["target"].split()[0]
            found.setdefault(cloud, []).append({**open_.pop(entry["effect"]), "ended": datetime.fromisoformat(entry["at"])})
    if not found:
        raise SystemExit(f"{work}: no promotion in its run log.")
    return found


def own_seconds(effects: Sequence[dict[str, Any]], since: datetime) -> float:
    """Seconds between the effects, from `since` on."""
    seconds = 0.0
    for effect in effects:
        seconds += (effect["begun"] - since).total_seconds()
        since = effect["ended"]
    return round(seconds, 2)


def last_start(cloud: CloudConfig, version: str) -> datetime:
    """When the youngest container of this release's pods started."""
    starts = []
    for pod in cluster(cloud, Role.target).list("v1", "Pod", cloud.namespace):
        images = [container["image"] for container in pod["spec"]["containers"]]
        if any(f":{version}@" in image or image.endswith(f":{version}") for image in images):
            starts += [status["state"]["running"]["startedAt"] for status in pod["status"]["containerStatuses"] if "running" in status["state"]]
    return max(datetime.fromisoformat(start) for start in starts)


def main() -> None:
    """Read and write benchmarks/results/promotion.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    work = parser.parse_args().work
    version = json.loads((work / "release.json").read_text())["version"]
    rows, before = [], None
    for cloud in product_clouds(load_product()):
        effects = effects_of(work)[cloud.name]
        pushed = next(effect["ended"] for effect in effects if effect["kind"] == "move-cloud-branch")
        took = {kind: round(sum((e["ended"] - e["begun"]).total_seconds() for e in effects if e["kind"] == kind), 2) for kind in sorted(OUTER)}
        own = own_seconds(effects, before or effects[0]["begun"])
        running = (last_start(cloud, version) - pushed).total_seconds()
        rows.append({"cloud": cloud.name, "own seconds": own, "own limit": 1.0, **{f"{kind} seconds": value for kind, value in took.items()},
                     "pods Running after the commit, seconds": round(running, 1), "running limit": 15, "within_limit": own <= 1.0 and running <= 15})
        before = effects[-1]["ended"]
    machine = {"processors": os.cpu_count(), "python": platform.python_version(), "load_average": round(os.getloadavg()[0], 1)}
    result = {"made": datetime.now(UTC).date().isoformat(), "machine": machine, "version": version, "rows": rows}
    (ROOT / "benchmarks" / "results" / "promotion.json").write_text(json.dumps(result, indent=2) + "\n")
    for row in rows:
        print(row)


if __name__ == "__main__":
    main()
