"""Times the clouds of this machine: warm and second `up`, status, CLI start, memory, disk and idle processor time.

Takes the clouds down first; with --standing they are left as they are, and the rows of making them are kept. With --cold only the build of everything from empty caches is measured, in a cache folder of
its own that is removed afterwards, and the other rows are kept. Writes benchmarks/results/clouds.json.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NARU = str(ROOT / "naru")
IDLE_SECONDS = 30
COLD = "programs and node image from empty caches"
NAMES = [f"{role}-{cloud}-control-plane" for role in ("verify", "target") for cloud in ("naver", "ktcloud", "cocktail")]


def timed(*words: str, env: dict[str, str] | None = None) -> float:
    """Wall seconds of one naru command; raises where it fails."""
    begun = time.monotonic()
    subprocess.run([NARU, *words], check=True, capture_output=True, timeout=3600, env={**os.environ, **(env or {})})
    return round(time.monotonic() - begun, 3)


def docker(*words: str) -> str:
    """Standard output of one docker call."""
    return subprocess.run(["docker", *words], check=True, capture_output=True, text=True, timeout=300).stdout


def memory_gigabytes() -> float:
    """Largest memory of one node as Docker accounts it (working set, page cache left out), in GB."""
    found = []
    for name in NAMES:
        stat = docker("exec", name, "sh", "-c", "cat /sys/fs/cgroup/memory/memory.stat 2>/dev/null || cat /sys/fs/cgroup/memory.stat")
        values = dict(line.split() for line in stat.splitlines())
        found.append(int(values.get("total_rss") or values.get("anon") or 0))
    return round(max(found) / 1e9, 3)


def disk_gigabytes() -> float:
    """Largest disk use of one node, its volume included, in GB."""
    return round(max(int(docker("exec", name, "du", "-sk", "/var").split()[0]) for name in NAMES) / 1e6, 3)


def processor_seconds() -> float:
    """Processor time used so far by the whole machine, idle and waiting left out."""
    fields = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def idle_cores() -> float:
    """Cores that six idle clusters use, over half a minute."""
    begun, used = time.monotonic(), processor_seconds()
    time.sleep(IDLE_SECONDS)
    return round((processor_seconds() - used) / (time.monotonic() - begun), 3)


def cold_build() -> float:
    """Seconds to build every program and image from empty caches."""
    folder = tempfile.mkdtemp(prefix="naru-cold-")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from naru.edge.state_dir import StateDir\nfrom naru.wiring import clouds\n"
        "clouds.kind_program(); builder = clouds.node_image_builder(StateDir.from_environment())\nbuilder.build(lambda step, share: None)\n"
    )
    begun = time.monotonic()
    try:
        subprocess.run(
            [ROOT / ".venv/bin/python", "-c", code, str(ROOT / "scripts")], check=True, capture_output=True, timeout=3600,
            env={**os.environ, "NARU_CACHE": folder},
        )
        return round(time.monotonic() - begun, 1)
    finally:
        subprocess.run(["chmod", "-R", "u+w", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def row(what: str, value: float, limit: float, unit: str) -> dict:
    """One figure beside its limit."""
    return {"what": what, "value": value, "limit": limit, "unit": unit, "within_limit": value <= limit}


def measure_making() -> list[dict]:
    """Seconds of making clusters."""
    timed("clouds", "down")
    three = row("three clusters with metrics, images cached", timed("clouds", "up", "--role", "verify"), 75, "s")
    timed("clouds", "down")
    return [three, row("six clusters with metrics, images cached", timed("clouds", "up"), 150, "s")]


def measure_standing() -> list[dict]:
    """Figures of six clusters that stand."""
    timed("clouds", "up")
    rows = []
    rows.append(row("second up, six clusters", min(timed("clouds", "up") for _ in range(3)), 4, "s"))
    rows.append(row("clouds status", min(timed("clouds", "status") for _ in range(5)), 1.5, "s"))
    rows.append(row("CLI start", min(timed("--version") for _ in range(10)), 0.35, "s"))
    rows.append(row("CLI start of a command (clouds --help)", min(timed("clouds", "--help") for _ in range(10)), 0.35, "s"))
    rows.append(row("memory of one node (resident)", memory_gigabytes(), 0.75, "GB"))
    rows.append(row("disk of one node", disk_gigabytes(), 1.2, "GB"))
    rows.append(row("six idle clusters", idle_cores(), 0.8, "cores"))
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--standing", action="store_true")
    chosen = parser.parse_args()
    path = ROOT / "benchmarks/results/clouds.json"
    known = json.loads(path.read_text())["rows"] if path.exists() else []
    if chosen.cold:
        new = [row(COLD, cold_build(), 1200, "s")]
    else:
        new = [*([] if chosen.standing else measure_making()), *measure_standing()]
    told = {item["what"] for item in new}
    rows = [*(item for item in known if item["what"] not in told), *new]
    machine = {"processors": os.cpu_count(), "python": platform.python_version(), "load_average": round(os.getloadavg()[0], 2)}
    result = {"made": datetime.now(UTC).date().isoformat(), "machine": machine, "rows": rows}
    path.write_text(json.dumps(result, indent=2) + "\n")
    for item in rows:
        print(f"{item['what']:<46} {item['value']:>9} {item['unit']:<6} limit {item['limit']:<6} {'ok' if item['within_limit'] else 'OVER'}")
