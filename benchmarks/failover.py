"""Fail-over figures: detection, client RTO, lost requests, fail-back, predicted against measured RTO of DNS clients.

    .venv/bin/python benchmarks/failover.py [--on loopback|clouds] [--runs 3] [--faults scale-to-zero,node-stop,...]

`loopback` breaks three processes behind real HAProxy and PowerDNS; `clouds` breaks the verification clusters. Settings
are those of the sample: a check each second, two must fail, TTL 5 s. Peers are published figures, not measured here.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from fakes.local_clouds import LocalClouds  # noqa: E402
from fakes.local_drill import run_drill  # noqa: E402
from naru.core.failover_faults import FAULTS, Loss  # noqa: E402
from naru.core.failover_plan import Timings  # noqa: E402
from naru.model.cloud import FailoverLimits, GslbRules  # noqa: E402

PEERS = [
    {"who": "k8gb demo, app scaled to 0 (its log; its author says about 48 s)", "rto_seconds": 35},
    {"who": "Route 53, fast checks 10 s x 3, TTL 60 s", "rto_seconds": 90},
    {"who": "IDC Frontier GSLB, 10 s x 3 + 3 s, before TTL", "rto_seconds": 33},
    {"who": "Karmada, before workloads move", "rto_seconds": 600},
]
LIMITS = FailoverLimits(late_send_p99_milliseconds=100)
PLACES = {"loopback": ("node-stop", "node-pause", "slow"), "clouds": ("scale-to-zero", "node-stop", "node-pause")}


def main() -> int:
    """Measure and write benchmarks/results/failover-PLACE.json."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--on", choices=sorted(PLACES), default="loopback")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--faults", default="")
    given = options.parse_args()
    names = given.faults.split(",") if given.faults else list(PLACES[given.on])
    summaries, unfit = [], 0
    with place(given.on) as drill:
        for _ in range(given.runs):
            recorded, found = drill(names)
            if found.verdict == "inconclusive":
                unfit += 1
                print(f"not counted: {found.cause.sentence if found.cause else ''}", file=sys.stderr)
                continue
            summaries.append((recorded, found))
    result = {
        "made": datetime.now(UTC).strftime("%Y-%m-%d"), "on": given.on, "machine": machine(), "runs": len(summaries), "inconclusive": unfit,
        "rows": [row for name in names for row in rows_of(name, summaries)] + control_rows(summaries), "published_peers": PEERS,
    }
    target = ROOT / "benchmarks" / "results" / f"failover-{given.on}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print(json.dumps(result, indent=2, ensure_ascii=False))
    return 0 if summaries and all(row["within_limit"] for row in result["rows"]) else 1


@contextmanager
def place(on: str) -> Iterator[Any]:
    """Faults → (drill, judgement), on the place asked for."""
    if on == "loopback":
        with tempfile.TemporaryDirectory(prefix="naru-failover-") as folder, LocalClouds(Path(folder)) as clouds:
            yield lambda names: run_drill(clouds, Path(folder), names, GslbRules(), limits=LIMITS, timings=Timings(10, 5, 10))
        return
    from kind_failover import kind_clouds

    with kind_clouds() as found:
        yield lambda names: found.drill(names, limits=LIMITS, timings=Timings(10, 5, 10))


def rows_of(name: str, summaries: list[Any]) -> Iterator[dict[str, Any]]:
    """The figures of one fault."""
    silent = FAULTS[name].loss is Loss.silent
    faults = [fault for _, found in summaries for fault in found.summary["faults"] if fault["fault"] == name]
    lanes = {lane: [each for fault in faults for each in fault["lanes"] if each["lane"] == lane] for lane in ("new", "keepalive", "dns-ttl")}
    http = [*lanes["new"], *lanes["keepalive"]]
    yield row(f"{name}: detection", [lane["detection_seconds"] for lane in lanes["new"]], 6 if silent else 3, "s")
    yield row(f"{name}: client RTO, HTTP mode", [lane["rto_seconds"] for lane in http], 6 if silent else 3.5, "s")
    yield row(f"{name}: client RTO, DNS mode", [lane["rto_seconds"] for lane in lanes["dns-ttl"]], 10, "s")
    if FAULTS[name].loss is Loss.refused:
        yield row(f"{name}: lost safe requests", [lane["failed"] for lane in http], 0, "requests")
    yield row(f"{name}: errors at fail-back", [fault["failback"]["errors"] for fault in faults], 0, "requests")
    off = [abs(fault["prediction"]["deviation_percent"]) for fault in faults if "deviation_percent" in fault["prediction"]]
    if off:
        yield row(f"{name}: predicted against measured RTO, DNS mode", off, 15, "%")


def control_rows(summaries: list[Any]) -> list[dict[str, Any]]:
    """False fail-overs in the control runs, agreement of the stamps, request rate."""
    checks = [check for _, found in summaries for check in found.checks]
    return [
        row("false fail-overs in the control runs", [c.measured for c in checks if c.name in {"control run", "blip run"}], 0, "changes"),
        row("own stamp against HAProxy's log", [c.measured for c in checks if c.name == "stamps agree"], 50, "ms"),
        row("requests per second", [c.measured for c in checks if c.name == "request rate"], 100, "requests/s", at_least=True),
    ]


def row(what: str, values: list[float | None], limit: float, unit: str, *, at_least: bool = False) -> dict[str, Any]:
    """Median and worst against the limit; a mark that never came is worse than any number."""
    found = [float("inf") if value is None else float(value) for value in values]
    worst = (min if at_least else max)(found, default=float("inf"))
    within = bool(found) and (worst >= limit if at_least else worst <= limit)
    return {"what": what, "median": shown(statistics.median(found)) if found else None, "worst": shown(worst), "limit": limit, "unit": unit,
            "count": len(found), "within_limit": within}


def shown(value: float) -> float | None:
    """JSON has no infinity."""
    return None if value == float("inf") else round(value, 3)


def machine() -> dict[str, Any]:
    """What it was measured on; the load average tells how busy the machine was with other things."""
    return {"processors": os.cpu_count(), "python": sys.version.split()[0], "load_average": round(os.getloadavg()[0], 2)}


if __name__ == "__main__":
    sys.exit(main())
