"""Reads a finished release folder and writes what its main job took and measured: benchmarks/results/main_job.json.

Usage: main_job.py WORK. Nothing is run here: the times and figures are those of the stages' own documents.
"""

import json
import os
import platform
import sys
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def read(path: Path) -> dict:
    """One document of the folder."""
    return json.loads(path.read_text())


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


def seconds_of(run: dict) -> float:
    """From begin to end of one proof."""
    begun, ended = (datetime.fromisoformat(run[name]) for name in ("started", "finished"))
    return round((ended - begun).total_seconds(), 1)


def result(work: Path) -> dict:
    """Everything of one release."""
    failover = read(work / "evidence" / "failover.json")
    clouds = [path.name.split(".")[0] for path in sorted(work.glob("evidence/*.scaling.json"))]
    return {
        "made": failover["run"]["started"][:10],
        "machine": {"processors": os.cpu_count(), "python": platform.python_version()},
        "stages": [{"stage": stage["name"], "seconds": stage["seconds"]} for stage in read(work / "timings.json")["stages"] if not stage["exit_code"]],
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
