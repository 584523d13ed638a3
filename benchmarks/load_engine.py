"""Load engines side by side on one target: accuracy of send times, and processor time for 1,000 requests per second.

    .venv/bin/python benchmarks/load_engine.py --vegeta PATH --locust PATH

The target is HAProxy answering by itself on loopback. naru and vegeta are open loop at a fixed rate; wrk and locust
are closed loop (wrk as fast as it can, locust with as many users as give about the rate), so their processor time is
divided by what they really sent. Nothing is ranked: the table says what each is for.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from naru.edge import command  # noqa: E402 (the package is not installed)
from naru.edge.load import run_load  # noqa: E402
from naru.model.load import Lane, LoadPlan, LoadStep  # noqa: E402

PORT = 18999
URL = f"http://127.0.0.1:{PORT}/"
HAPROXY = f"""
global
  maxconn 8000
  nbthread 1
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 10s
frontend target
  bind 127.0.0.1:{PORT}
  http-request return status 200 content-type text/plain string "ok"
"""
LOCUSTFILE = """
from locust import FastHttpUser, task, constant_throughput
class User(FastHttpUser):
    wait_time = constant_throughput(50)
    @task
    def page(self):
        self.client.get("/")
"""


def children_cpu() -> float:
    """Processor seconds of all ended children."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def naru(rate: float, seconds: float, connection: str) -> dict[str, object]:
    """One run of our own engine."""
    lane = Lane(name="a", url=URL, steps=(LoadStep(seconds=seconds, rate=rate),), connection=connection)
    result = run_load(LoadPlan(lanes=(lane,), max_requests=1_000_000))
    latency = sorted(row.latency for row in result.rows)
    good = sum(row.ok for row in result.rows)
    summary = result.summary
    return {"engine": f"naru ({connection})", "loop": "open", "rate": rate, "sent": summary.sent, "ok": good, "dropped": summary.dropped,
            "lateness_p50_ms": summary.lateness_p50_milliseconds, "lateness_p99_ms": summary.lateness_p99_milliseconds,
            "lateness_max_ms": summary.lateness_max_milliseconds, "p50_ms": ms(latency, 0.5), "p99_ms": ms(latency, 0.99),
            "cpu_seconds_per_1000_requests": round(summary.cpu_seconds / summary.sent * 1000, 3)}


def ms(ordered: list[float], share: float) -> float:
    """A quantile in milliseconds."""
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 3)


def vegeta(program: str, rate: int, seconds: int, keepalive: bool) -> dict[str, object]:
    """One run of vegeta; it does not tell how late it sent."""
    with tempfile.TemporaryDirectory() as folder:
        results = str(Path(folder) / "results")
        before = children_cpu()
        command.run([program, "attack", f"-rate={rate}", f"-duration={seconds}s", f"-keepalive={str(keepalive).lower()}", f"-output={results}"],
                    stdin=f"GET {URL}\n".encode(), timeout=seconds + 60)
        cpu = children_cpu() - before
        report = json.loads(command.run([program, "report", "-type=json", results], timeout=60).stdout)
    return {"engine": f"vegeta ({'keepalive' if keepalive else 'new'})", "loop": "open", "rate": rate, "sent": report["requests"],
            "ok": report["status_codes"].get("200", 0), "p50_ms": report["latencies"]["50th"] / 1e6, "p99_ms": report["latencies"]["99th"] / 1e6,
            "cpu_seconds_per_1000_requests": round(cpu / report["requests"] * 1000, 3)}


def wrk(seconds: int) -> dict[str, object]:
    """One run of wrk, one thread, kept-alive connections, as fast as it can."""
    before = children_cpu()
    text = command.run(["wrk", "-t1", "-c16", f"-d{seconds}s", "--latency", URL], timeout=seconds + 60).stdout
    cpu = children_cpu() - before
    sent = int(re.search(r"(\d+) requests in", text).group(1))
    return {"engine": "wrk (keepalive)", "loop": "closed", "rate": round(sent / seconds), "sent": sent, "ok": sent,
            "p50_ms": milliseconds(text, "50%"), "p99_ms": milliseconds(text, "99%"), "cpu_seconds_per_1000_requests": round(cpu / sent * 1000, 3)}


def milliseconds(text: str, share: str) -> float:
    """A percentile of wrk's table."""
    number, unit = re.search(rf"{share}\s+([0-9.]+)(us|ms|s)\b", text).groups()
    return round(float(number) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[unit], 3)


def locust(program: str, rate: int, seconds: int) -> dict[str, object]:
    """One run of locust (FastHttpUser, one process)."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "locustfile.py").write_text(LOCUSTFILE)
        users = max(1, rate // 50)
        before = children_cpu()
        text = command.run([program, "-f", f"{folder}/locustfile.py", "--headless", "-u", str(users), "-r", str(users), "-t", f"{seconds}s",
                            "--host", URL.rstrip("/"), "--json", "--skip-log"], timeout=seconds + 60).stdout
        cpu = children_cpu() - before
    stats = json.loads(text[text.index("["):])[0]
    sent = stats["num_requests"]
    times = sorted((float(value), count) for value, count in stats["response_times"].items())
    return {"engine": "locust (keepalive)", "loop": "closed", "rate": round(sent / seconds), "sent": sent, "ok": sent - stats["num_failures"],
            "p50_ms": counted(times, 0.5), "p99_ms": counted(times, 0.99), "cpu_seconds_per_1000_requests": round(cpu / sent * 1000, 3)}


def counted(times: list[tuple[float, int]], share: float) -> float:
    """A quantile of (value, count) pairs in order."""
    left = share * sum(count for _, count in times)
    for value, count in times:
        left -= count
        if left <= 0:
            return value
    return times[-1][0]


def main() -> None:
    """Run all and write the result."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--vegeta", default=shutil.which("vegeta") or "")
    words.add_argument("--locust", default=shutil.which("locust") or "")
    words.add_argument("--seconds", type=int, default=10)
    words.add_argument("--rate", type=int, default=2000)
    words.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "load_engine.json")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "haproxy.cfg"
        config.write_text(HAPROXY)
        target = command.start(["haproxy", "-db", "-f", str(config)])
        try:
            rows = measured(given)
        finally:
            command.stop_group(target)
    load = os.getloadavg()[0]
    plain = {"benchmark": "load_engine", "made": datetime.now(UTC).date().isoformat(),
             "machine": {"processors": os.cpu_count(), "python": platform.python_version(), "load_average": round(load, 2)}, "seconds": given.seconds, "rows": rows}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(plain, indent=2) + "\n")


def measured(given: argparse.Namespace) -> list[dict[str, object]]:
    """All engines on the target, one after the other."""
    tasks = [lambda: naru(given.rate, given.seconds, "new"), lambda: naru(given.rate, given.seconds, "keepalive"), lambda: wrk(given.seconds)]
    if given.vegeta:
        tasks += [lambda: vegeta(given.vegeta, given.rate, given.seconds, False), lambda: vegeta(given.vegeta, given.rate, given.seconds, True)]
    if given.locust:
        tasks.append(lambda: locust(given.locust, given.rate, given.seconds))
    rows = []
    for task in tasks:
        rows.append(task())
        print(json.dumps(rows[-1]), flush=True)
    return rows


if __name__ == "__main__":
    main()
