"""Reads a finished release folder and writes what its main job took and measured: benchmarks/results/main_job.json.

Usage: main_job.py WORK. Nothing is run here: the times and figures are those of the stages' own documents.
"""

import gzip
import json
import os
import platform
import sys
from datetime import datetime
from pathlib import Path

from promotion import effects_of

ROOT = Path(__file__).resolve().parents[1]


def read(path: Path) -> dict:
    """One document of the folder."""
    return json.loads(path.read_text())


def clouds_in(work: Path) -> list[str]:
    """Clouds that the folder has a scaling proof of."""
    return [path.name.split(".")[0] for path in sorted(work.glob("evidence/*.scaling.json"))]


def scaling_row(work: Path, cloud: str) -> dict:
    """Figures of one cloud's scaling proof."""
    evidence = read(work / "evidence" / f"{cloud}.scaling.json")
    phases, replicas = evidence["summary"]["phases"], evidence["summary"]["replicas"]
    return {
        "cloud": cloud, "verdict": evidence["verdict"], "decide_seconds": phases["decide_seconds"], "serve_seconds": phases["serve_seconds"],
        "expected": replicas["expected_least"], "reached": replicas["reached"], "overshoot": replicas["overshoot"],
    }


def failover_rows(work: Path) -> list[dict]:
    """Marks of each fault and lane."""
    summary = read(work / "evidence" / "failover.json")["summary"]
    keep = ("lane", "detection_seconds", "rto_seconds", "requests", "failed", "error_seconds")
    return [{"fault": fault["fault"], **{name: lane[name] for name in keep}} for fault in summary["faults"] for lane in fault["lanes"]]


def rollout_row(work: Path, cloud: str) -> dict:
    """Figures of one cloud's rollout proof."""
    evidence = read(work / "evidence" / f"{cloud}.rollout.json")
    summary = evidence["summary"]
    return {"cloud": cloud, "verdict": evidence["verdict"], "ready_seconds": summary["ready_seconds"], "decided_seconds": summary["decided_seconds"]}


def waited_seconds(work: Path) -> dict[str, float]:
    """Stage → seconds in which the cluster was awaited, a load ran, or (promote) images were copied and a push answered."""
    clouds = clouds_in(work)
    waited = {"verify-rollout": max(rollout_row(work, cloud)["decided_seconds"] for cloud in clouds)}
    for cloud in clouds:
        marks = read(work / "evidence" / f"{cloud}.scaling" / "run.json")["marks"]
        waited[f"verify-scaling {cloud}"] = marks["end"] - marks["quiet"]
    with gzip.open(work / "evidence/failover/events.jsonl.gz", "rt") as lines:
        waited["verify-failover"] = next(event["ended"] for event in map(json.loads, lines) if event["kind"] == "drill")
    waited["promote"] = sum((effect["ended"] - effect["begun"]).total_seconds() for effects in effects_of(work).values() for effect in effects)
    return waited


def own_time(work: Path) -> dict:
    """The tool's own share: what is left of each stage; the build is the product's own and stands outside of both."""
    waited = waited_seconds(work)
    stages = {stage["name"]: stage["seconds"] for stage in read(work / "timings.json")["stages"]}
    own = {name: round(seconds - waited.get(name, 0.0), 1) for name, seconds in stages.items() if name != "build-images"}
    total = sum(stages.values())
    return {"seconds": round(sum(own.values()), 1), "of_seconds": round(total, 1), "share": round(sum(own.values()) / total, 3), "limit_share": 0.1, **own}


def seconds_of(run: dict) -> float:
    """From begin to end of one proof."""
    begun, ended = (datetime.fromisoformat(run[name]) for name in ("started", "finished"))
    return round((ended - begun).total_seconds(), 1)


def result(work: Path) -> dict:
    """Everything of one release."""
    failover = read(work / "evidence" / "failover.json")
    clouds = clouds_in(work)
    return {
        "made": failover["run"]["started"][:10],
        "machine": {"processors": os.cpu_count(), "python": platform.python_version()},
        "stages": [{"stage": stage["name"], "seconds": stage["seconds"]} for stage in read(work / "timings.json")["stages"] if not stage["exit_code"]],
        "own_time": own_time(work),
        "rollout": [rollout_row(work, cloud) for cloud in clouds],
        "scaling": [scaling_row(work, cloud) for cloud in clouds],
        "failover_verdict": failover["verdict"],
        "failover_seconds": seconds_of(failover["run"]),
        "failover": failover_rows(work),
        "failback": [{"fault": fault["fault"], **{name: fault["failback"][name] for name in ("ready_seconds", "errors", "changes", "cold_p99_milliseconds")}}
                     for fault in failover["summary"]["faults"]],
    }


if __name__ == "__main__":
    found = result(Path(sys.argv[1]))
    (ROOT / "benchmarks/results/main_job.json").write_text(json.dumps(found, indent=2) + "\n")
