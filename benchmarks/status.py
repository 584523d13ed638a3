"""`status` for 50 sites × 10 products, 5 sites frozen, against simulated API servers with TLS on loopback.

    .venv/bin/python benchmarks/status.py [--sites 50] [--products 10] [--frozen 5]

The servers run in one process of their own and answer lists of Deployments and Pods; a frozen one accepts the
connection and says nothing, which is the slowest way of not answering. Git is read from one bare repository per product.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import platform
import socket
import ssl
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from fakes.proven import CLOUDS, cloud  # noqa: E402 (the package is not installed)
from naru.core.status import Look  # noqa: E402
from naru.edge.certificates import service_certificates  # noqa: E402
from naru.edge.clock import SystemClock  # noqa: E402
from naru.edge.cluster import Cluster  # noqa: E402
from naru.edge.git_repo import GitRepo  # noqa: E402
from naru.edge.kubeconfig import Access  # noqa: E402
from naru.model.cloud import CloudConfig  # noqa: E402
from naru.steps.effects import Effects  # noqa: E402
from naru.steps.promotion_ports import Wanted  # noqa: E402
from naru.steps.status import StatusPorts, read_status  # noqa: E402
from naru.steps.target_cluster import CloudTarget  # noqa: E402
from naru.wiring.status import NoLog  # noqa: E402

LIMIT_SECONDS = 5.0
DIGEST = "sha256:" + "1" * 64
NAME = "simulated.api"
KINDS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "Pod": "pods"}
RESOURCES = {"resources": [{"kind": kind, "name": name, "namespaced": True} for kind, name in KINDS.items()]}


def answer(path: str) -> bytes:
    """What an API server says of two Deployments with two pods each."""
    if "/statefulsets" in path:
        plain: dict = {"items": [], "metadata": {}}
    elif path.startswith("/apis/apps/v1/namespaces"):
        item = {"metadata": {"name": "egov", "generation": 1}, "spec": {"replicas": 2},
                "status": {"observedGeneration": 1, "updatedReplicas": 2, "readyReplicas": 2, "replicas": 2}}
        plain = {"items": [item, {**item, "metadata": {"name": "openmaru-app", "generation": 1}}], "metadata": {}}
    elif path.startswith("/api/v1/namespaces"):
        pod = {"metadata": {"name": "egov-1", "labels": {"app.kubernetes.io/name": "egov"}},
               "spec": {"containers": [{"name": "egov", "image": f"r.example/khan/egov@{DIGEST}"}]},
               "status": {"phase": "Running", "containerStatuses": [{"name": "egov", "imageID": f"r.example/khan/egov@{DIGEST}"}]}}
        plain = {"items": [pod] * 4, "metadata": {}}
    else:
        plain = RESOURCES
    return json.dumps(plain).encode()


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """HTTP/1.1 with kept connections, GET only."""
    try:
        while request := await reader.readuntil(b"\r\n\r\n"):
            body = answer(request.split(b" ", 2)[1].decode())
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
        writer.close()


def serve(sockets: list[socket.socket], files: dict[str, str]) -> None:
    """All live servers in one process."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files["cert"], files["key"])

    async def run() -> None:
        servers = [await asyncio.start_server(talk, sock=item, ssl=context) for item in sockets]
        await asyncio.gather(*(server.serve_forever() for server in servers))

    asyncio.run(run())


class BenchSite:
    """One product on one simulated cluster."""

    fields = False

    def __init__(self, product: str, place: CloudConfig, known: Cluster) -> None:
        self.product, self.cloud, self._known = product, place, known

    def look(self, _wanted: Wanted | None) -> Look:
        """As wiring/status.py for many sites: images and readiness."""
        found = CloudTarget(
            cluster=self._known, cloud=self.cloud, product=self.product, repositories={"khan/egov": "egov"}, pinned_uid=None,
            would_apply=lambda obj, _force: obj, recorder=None, connect=lambda: None,
            effects=Effects(NoLog(), SystemClock(), stage="bench"), clock=SystemClock(),
        )
        return Look(found.live(), found.unready(), drift_looked_at=False)


def listening(count: int) -> list[socket.socket]:
    """Sockets on free loopback ports."""
    found = []
    for _ in range(count):
        item = socket.socket()
        item.bind(("127.0.0.1", 0))
        item.listen(64)
        found.append(item)
    return found


def repositories(folder: Path, products: list[str], sites: list[str]) -> dict[str, GitRepo]:
    """A bare repository per product with a branch per site."""
    found = {}
    for product in products:
        repo = GitRepo.create(folder / f"{product}.git")
        for site in sites:
            record = {"product": product, "cloud": site, "action": "promote", "version": "", "at": "2026-11-23T06:00:00+00:00"}
            commit = repo.write_commit((), {"cloud.json": json.dumps(record).encode()}, "promote", when=1)
            repo.push_create_only(f"refs/heads/cloud/{site}", commit)
        found[product] = repo
    return found


def main() -> int:
    """Measure, print, write benchmarks/results/status.json."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--sites", type=int, default=50)
    words.add_argument("--products", type=int, default=10)
    words.add_argument("--frozen", type=int, default=5)
    words.add_argument("--runs", type=int, default=3)
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as name:
        result = measure(Path(name), given.sites, given.products, given.frozen, given.runs)
    print(json.dumps(result, indent=2))
    target = ROOT / "benchmarks" / "results" / "status.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n")
    return 0 if result["within_limit"] else 1


def measure(folder: Path, sites: int, products: int, frozen: int, runs: int) -> dict[str, object]:
    """Several whole runs, Git included; the slowest counts."""
    pem = service_certificates(folder / "tls", [NAME], datetime.now(UTC))
    sockets = listening(sites)
    files = {part: str(folder / "tls" / f"{part}.pem") for part in pem}
    server = multiprocessing.get_context("fork").Process(target=serve, args=(sockets[frozen:], files), daemon=True)
    server.start()
    names = [f"site-{number}" for number in range(sites)]
    places = [cloud(CLOUDS[0]).model_copy(update={"name": site}) for site in names]
    owners = [f"product-{number}" for number in range(products)]
    repos = repositories(folder, owners, names)
    seconds = []
    for _ in range(runs):
        clusters = [Cluster(site, Access(f"https://127.0.0.1:{item.getsockname()[1]}", pem["ca"].encode(), token=os.urandom(4).hex(), tls_server_name=NAME))
                    for site, item in zip(names, sockets, strict=True)]
        asked = [BenchSite(owner, place, known) for owner in owners for place, known in zip(places, clusters, strict=True)]
        begin = time.monotonic()
        ports = StatusPorts(dict(repos), {owner: {} for owner in owners}, SystemClock())
        rows = read_status(ports, asked)
        seconds.append(round(time.monotonic() - begin, 2))
    unknown = sum(row.seen == "unknown" for row in rows)
    server.terminate()
    return {
        "what": f"status of {sites} sites x {products} products, {frozen} sites frozen", "seconds": seconds, "limit_seconds": LIMIT_SECONDS,
        "within_limit": max(seconds) <= LIMIT_SECONDS and unknown == frozen * products, "rows": len(rows), "unknown_rows": unknown, "expected_unknown_rows": frozen * products,
        "made": datetime.now(UTC).date().isoformat(),
        "machine": {"processors": os.cpu_count(), "python": platform.python_version(), "load_average": round(os.getloadavg()[0], 1)},
    }


if __name__ == "__main__":
    sys.exit(main())
