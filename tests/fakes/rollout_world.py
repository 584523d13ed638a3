"""A rollout proof in memory: release folder, cluster, pages, load, keys."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from fakes import proven
from fakes.clock import FakeClock
from fakes.cluster import FakeCluster, FakeWatch, NoLogs, unlocked
from fakes.stage import ListLog
from naru.edge.release_folder import ReleaseFolder
from naru.model.cloud import App, RolloutLimits
from naru.model.load import Row
from naru.model.probe import PageAnswer
from naru.model.record import Run
from naru.model.words import Profile
from naru.steps.effects import Effects
from naru.steps.recorder import Recorder
from naru.steps.verify_rollout import RolloutPorts, Running

LABELS = {"app.kubernetes.io/part-of": "khan-monitoring", "app.kubernetes.io/managed-by": "naru"}
EGOV = App(name="egov", deployment="egov", service="egov", endpoint_port=18081, marker="egov", expected_replicas=2)
CLOUD = proven.cloud(apps=(EGOV,), apm_app=None)
CLOUD = CLOUD.model_copy(update={"limits": CLOUD.limits.model_copy(update={"rollout": RolloutLimits(deadline_seconds=60.0)})})


def meta(name: str) -> dict[str, Any]:
    return {"name": name, "labels": dict(LABELS)}


def objects(version: str = proven.VERSION, job: str = "migrate") -> list[dict[str, Any]]:
    digest = proven.digest("egov" + version)
    template = {"metadata": {"labels": {"app": "egov"}}, "spec": {"containers": [{"name": "egov", "image": f"registry.example/khan/egov:{version}@{digest}"}]}}
    return [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("egov"), "spec": {"replicas": 2, "selector": {}, "template": template}},
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta(f"{job}-{version}"), "spec": {}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta(f"khan-release-{version}"), "data": {"VERSION": version}},
        {"apiVersion": "v1", "kind": "Service", "metadata": meta("egov"), "spec": {"selector": {"app": "egov"}}},
    ]


def rendered(version: str = proven.VERSION) -> bytes:
    return "".join(f"---\n{json.dumps(o)}\n" for o in objects(version)).encode()


class Pages:
    """The user's path: answers as the cluster's newest pods, or as the test says."""

    def __init__(self, cluster: FakeCluster) -> None:
        self.cluster, self.version, self.marked, self.status, self.turn = cluster, proven.VERSION, True, 200, 0

    def ask(self, app: str, port: int, path: str, marker: str = "") -> PageAnswer:
        self.turn += 1
        rows = self.cluster.objects[("EndpointSlice", "egov-slice")]["endpoints"]
        pod = rows[self.turn % len(rows)]["targetRef"]["name"]
        return PageAnswer(at="", app=app, status=self.status, milliseconds=5.0, marked=self.marked, pod=pod, version=self.version)

    def json(self, port: int, path: str) -> Any:
        return None


class Load:
    """A stream of requests of which some were lost."""

    def __init__(self) -> None:
        self.lost, self.plans, self.closed = 0, [], 0
        self.origin, self.origin_monotonic = "", 0.0

    def start(self, plan: Any, on_tick: Any = None) -> Load:
        self.plans.append(plan)
        return self

    def stop(self) -> None:
        return None

    def wait(self) -> Any:
        rows = [Row("egov", n, n / 20, n / 20, n / 20, 0 if n < self.lost else 200, "reset" if n < self.lost else "", "", "", "", False) for n in range(40)]
        return type("Result", (), {"rows": rows})()

    def close(self) -> None:
        self.closed += 1


class World:
    def __init__(self, path: Any) -> None:
        self.clock = FakeClock()
        self.cluster = FakeCluster(self.clock)
        self.pages, self.load, self.log = Pages(self.cluster), Load(), ListLog()
        self.folder = ReleaseFolder(path)
        self.connected = 0
        self.write()
        self.ports = RolloutPorts(
            cluster=self.cluster, recorder=lambda: Recorder(FakeWatch(self.cluster), NoLogs()), connect=self._connect, running=lambda: None,
            probe=self.pages, load=self.load, folder=self.folder, effects=Effects(self.log, self.clock, stage="verify_rollout"), clock=self.clock,
            private_key=lambda: proven.key("robot"), lock=unlocked, profile=lambda: Profile.fast,
            run=lambda started: Run(started=started, finished=self.clock.now().isoformat(), host="here", naru_version="0"),
        )

    def write(self, version: str = proven.VERSION) -> None:
        data = rendered(version)
        self.folder.write(proven.release(version), "release.json")
        self.folder.write(proven.images(version), "images.json")
        self.folder.write(proven.overlays(version, hashes={"naver": hashlib.sha256(data).hexdigest()}), "overlays.json")
        self.folder.write_raw("applied/naver.yaml", data)

    def runs(self, version: str) -> None:
        """The cloud runs this release now."""
        self.ports = replace(self.ports, running=lambda: Running(version, rendered(version)))

    def _connect(self) -> None:
        self.connected += 1
