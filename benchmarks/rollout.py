"""Time to a verdict on broken and good releases, side by side with the waiting of kubectl and Helm.

    .venv/bin/python benchmarks/rollout.py [--helm PROGRAM] [--runs 1] [--cloud naver] [--deadline 45] [--side-by-side 2]

Each release is put into one namespace a way at once: one is watched by naru, one by `kubectl rollout status`, one by
`kubectl wait --for=condition=Available`, one by `helm install --wait` where its program is given (the Go module
helm.sh/helm/v3/cmd/helm), all with the same deadline. A peer that says yes to a broken release, or nothing until its
deadline, is recorded so. The releases are those of tests/kind/test_rollout.py. Afterwards ten good releases, one after
the other, tell how long after the last condition came true the verdict stood, the stability window left out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests"), str(ROOT / "tests" / "kind")]

from test_rollout import RELEASES  # noqa: E402

from kind_rollouts import Broken, watch  # noqa: E402
from naru.edge.clock import SystemClock  # noqa: E402
from naru.edge.cluster import Cluster  # noqa: E402
from naru.edge.command import run  # noqa: E402
from naru.edge.state_dir import StateDir  # noqa: E402
from naru.wiring.clusters import stand_in  # noqa: E402

KUBECTL = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf"]
CASES = ("good", "image-missing", "image-name", "never-pull", "crash-loop", "bad-init", "missing-secret", "missing-volume", "probe-port", "quota",
         "unschedulable", "flapping", "dies-after-ready")
PEERS = {
    "kubectl rollout status": ["rollout", "status", "deployment/app"],
    "kubectl wait": ["wait", "--for=condition=Available", "deployment/app"],
}
WINDOW = 5.0
GOOD_RUNS = 10


def by_naru(cluster: Cluster, name: str, broken: Broken) -> dict[str, Any]:
    """Naru's verdict and seconds; of a good release without its stability window."""
    seen = watch(cluster, f"bench-{name}", broken)
    good = name == "good"
    window = WINDOW if good else 0.0
    return {"verdict": str(seen.watched.verdict), "seconds": round(seen.decided - window, 3), "cause": seen.cause.sentence if seen.cause else ""}


@contextmanager
def namespace_on(cluster: Cluster) -> Iterator[str]:
    """A namespace with its service account, deleted afterwards."""
    name, clock = f"bench-{uuid.uuid4().hex[:8]}", SystemClock()
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    try:
        while cluster.get("v1", "ServiceAccount", "default", name) is None:
            clock.sleep(0.05)
        yield name
    finally:
        cluster.delete("v1", "Namespace", name)


def answer_of(argv: list[str], begun: float, deadline: float) -> dict[str, Any]:
    """What a peer answers, and how many seconds after `begun`."""
    result = run(argv, timeout=deadline + 60, check=False)
    return {"verdict": "passed" if result.ok else "failed", "seconds": round(SystemClock().monotonic() - begun, 3), "cause": result.last_line()}


def by_kubectl(cluster: Cluster, words: list[str], broken: Broken, deadline: float) -> dict[str, Any]:
    """What kubectl answers, and after how long from the apply."""
    with namespace_on(cluster) as namespace:
        begun = SystemClock().monotonic()
        for obj in broken.objects:
            cluster.apply({**obj, "metadata": {**obj["metadata"], "namespace": namespace}})
        return answer_of(["docker", "exec", f"{cluster.name}-control-plane", *KUBECTL, "-n", namespace, *words, f"--timeout={deadline:g}s"], begun, deadline)


def by_helm(cluster: Cluster, program: str, broken: Broken, deadline: float) -> dict[str, Any]:
    """What `helm install --wait` answers for the same objects as a chart."""
    kubeconfig = StateDir.from_environment().folder("kubeconfigs") / f"{cluster.name}.yaml"
    with namespace_on(cluster) as namespace, tempfile.TemporaryDirectory() as folder:
        chart = Path(folder)
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: app\nversion: 1.0.0\n")
        (chart / "templates").mkdir()
        (chart / "templates/all.yaml").write_text("\n---\n".join(json.dumps(obj) for obj in broken.objects))
        words = ["install", "app", str(chart), "--namespace", namespace, "--kubeconfig", str(kubeconfig), "--wait", "--timeout", f"{deadline:g}s"]
        return answer_of([program, *words], SystemClock().monotonic(), deadline)


def measure(cluster: Cluster, name: str, deadline: float, helm: str) -> dict[str, Any]:
    """One release in every way at once."""
    broken = RELEASES[name]
    ways: dict[str, Callable[[], dict[str, Any]]] = {"naru": lambda: by_naru(cluster, name, broken)}
    for peer, words in PEERS.items():
        ways[peer] = lambda words=words: by_kubectl(cluster, words, broken, deadline)  # type: ignore[misc]
    if helm:
        ways["helm install --wait"] = lambda: by_helm(cluster, helm, broken, deadline)
    with ThreadPoolExecutor(len(ways)) as pool:
        futures = {way: pool.submit(call) for way, call in ways.items()}
    return {way: future.result() for way, future in futures.items()}


def verdict_lag(cluster: Cluster, runs: int = GOOD_RUNS) -> dict[str, Any]:
    """Seconds between the last condition and the verdict of good releases, the stability window left out."""
    lags = []
    for _ in range(runs):
        watched = watch(cluster, "lag", RELEASES["good"]).watched
        assert watched.state.stable_since is not None, watched.sentence
        lags.append(watched.until - watched.state.stable_since - WINDOW)
    return {"median": round(statistics.median(lags), 3), "worst": round(max(lags), 3), "limit": 0.1, "runs": runs}


def main() -> None:
    """Measure and write benchmarks/results/rollout.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--cloud", default="naver")
    parser.add_argument("--deadline", type=float, default=45.0)
    parser.add_argument("--side-by-side", type=int, default=2, help="releases at once")
    parser.add_argument("--helm", default="", help="path of the program helm")
    chosen = parser.parse_args()
    cluster = stand_in(f"verify-{chosen.cloud}", StateDir.from_environment())
    rows: dict[str, list[dict[str, Any]]] = {}
    for _ in range(chosen.runs):
        with ThreadPoolExecutor(chosen.side_by_side) as pool:
            found = dict(zip(CASES, pool.map(lambda name: measure(cluster, name, chosen.deadline, chosen.helm), CASES), strict=True))
        for name, row in found.items():
            rows.setdefault(name, []).append(row)
    result = {
        "made": datetime.now(UTC).date().isoformat(),
        "machine": {"processors": os.cpu_count(), "python": platform.python_version(), "load_average": round(os.getloadavg()[0], 1)},
        "verdict_after_last_condition_seconds": verdict_lag(cluster),
        "deadline_seconds": chosen.deadline, "runs": chosen.runs, "median_share_of_best_peer": median_share(rows),
        "rows": [table_row(name, measured) for name, measured in rows.items()],
    }
    path = ROOT / "benchmarks" / "results" / "rollout.json"
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    for row in result["rows"]:
        print(row)
    print(f"median of naru / best peer over the broken releases: {result['median_share_of_best_peer']}")


def table_row(name: str, measured: list[dict[str, Any]]) -> dict[str, Any]:
    """One release: each way's last answer and median seconds."""
    row: dict[str, Any] = {"release": name}
    for way in measured[0]:
        row[way] = measured[-1][way]["verdict"]
        row[f"{way}, seconds"] = round(statistics.median(m[way]["seconds"] for m in measured), 1)
    return {**row, "cause by naru": measured[-1]["naru"]["cause"][:120]}


def median_share(rows: dict[str, list[dict[str, Any]]]) -> float:
    """Naru's seconds over the best right peer's, median over the broken releases; a peer that said yes counts with its deadline."""
    shares = []
    for name, measured in rows.items():
        for row in measured if name != "good" else ():
            peers = [m["seconds"] for way, m in row.items() if way != "naru" and m["verdict"] == "failed"]
            if peers:
                shares.append(row["naru"]["seconds"] / min(peers))
    return round(statistics.median(shares), 3)


if __name__ == "__main__":
    main()
