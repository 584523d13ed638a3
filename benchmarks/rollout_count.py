"""Wrong verdicts over many real rollouts, good and broken; the count goes on from run to run.

    .venv/bin/python benchmarks/rollout_count.py [--good 100] [--broken 100] [--side-by-side 4] [--cloud naver]

Good and broken releases are mixed, each in a namespace of its own. Inconclusive is counted by itself: it is not wrong,
but more than 5 % of it would be useless. Adds to benchmarks/results/rollout_count.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import chain, cycle, islice, zip_longest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests"), str(ROOT / "tests" / "kind"), str(ROOT / "benchmarks")]

from rollout import CASES  # noqa: E402
from test_rollout import RELEASES  # noqa: E402

from kind_rollouts import watch  # noqa: E402
from naru.edge.cluster import Cluster  # noqa: E402
from naru.edge.state_dir import StateDir  # noqa: E402
from naru.wiring.clusters import stand_in  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "rollout_count.json"
RIGHT = {"good": "passed", "broken": "failed"}
BROKEN = tuple(name for name in CASES if name != "good")


def one(cluster: Cluster, name: str) -> tuple[str, str]:
    """(good or broken, the verdict); a wrong one is said at once."""
    kind = "good" if name == "good" else "broken"
    seen = watch(cluster, f"count-{name}", RELEASES[name])
    verdict = str(seen.watched.verdict)
    if verdict != RIGHT[kind]:
        print(f"{name}: {verdict} after {seen.decided if seen.watched.state.decided_at else 0:.1f} s: {seen.watched.sentence}", flush=True)
    return kind, verdict


def summary(kind: str, counts: Counter[str]) -> dict[str, object]:
    """One row: how often each verdict was given."""
    runs = sum(counts.values())
    inconclusive = counts["inconclusive"]
    return {"releases": kind, "runs": runs, "right": counts[RIGHT[kind]], "wrong": runs - counts[RIGHT[kind]] - inconclusive,
            "inconclusive": inconclusive, "within_limit": runs == counts[RIGHT[kind]] + inconclusive and inconclusive <= 0.05 * runs}


def main() -> None:
    """Run, add up, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--good", type=int, default=100)
    parser.add_argument("--broken", type=int, default=100)
    parser.add_argument("--side-by-side", type=int, default=4)
    parser.add_argument("--cloud", default="naver")
    chosen = parser.parse_args()
    cluster = stand_in(f"verify-{chosen.cloud}", StateDir.from_environment())
    mixed = chain.from_iterable(zip_longest(["good"] * chosen.good, islice(cycle(BROKEN), chosen.broken)))
    counts = {kind: Counter() for kind in RIGHT}
    if RESULT.exists():
        for row in json.loads(RESULT.read_text())["rows"]:
            counts[row["releases"]].update({RIGHT[row["releases"]]: row["right"], "wrong": row["wrong"], "inconclusive": row["inconclusive"]})
    with ThreadPoolExecutor(chosen.side_by_side) as pool:
        for number, (kind, verdict) in enumerate(pool.map(lambda name: one(cluster, name), [name for name in mixed if name]), 1):
            counts[kind][verdict] += 1
            if number % 20 == 0:
                print(f"{number} done", flush=True)
    machine = {"processors": os.cpu_count(), "python": platform.python_version(), "load_average": round(os.getloadavg()[0], 1)}
    rows = [summary(kind, counts[kind]) for kind in RIGHT]
    RESULT.write_text(json.dumps({"made": datetime.now(UTC).date().isoformat(), "machine": machine, "rows": rows}, indent=2) + "\n")
    for row in rows:
        print(row)


if __name__ == "__main__":
    main()
