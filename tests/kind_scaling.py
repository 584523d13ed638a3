"""An app that scales for real, in a namespace of its own, broken in one way each; measured by the real step."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from kind_rollouts import COREDNS, Quiet, shell_volumes
from naru.core.clusters import ClusterPlace
from naru.core.scaling import ScalingJudgement, judge_scaling
from naru.core.scaling_record import ScalingRun
from naru.edge.clock import SystemClock
from naru.edge.cluster import Cluster
from naru.edge.state_dir import StateDir
from naru.model.cloud import App, CloudConfig
from naru.model.words import Role
from naru.steps.cloud_routes import refresh_endpoints
from naru.steps.effects import Effects
from naru.steps.scaling_run import ScalingMeasurement
from naru.wiring import clouds as machine
from naru.wiring.clusters import stand_in
from naru.wiring.config import load_cloud
from naru.wiring.scaling import scaling_site

CLOUD = "cocktail"
PORT_OFFSET = 8
"""Of the app under test among the loopback ports that the cloud's load balancer publishes; 6 and 7 are the fail-over tests'."""

APP = r"""
use strict; use IO::Socket::INET; use POSIX ();
$SIG{CHLD} = 'IGNORE'; $| = 1;
$SIG{TERM} = sub { exit 0 };
my $began = time;
my $door = IO::Socket::INET->new(LocalPort => 8080, Listen => 512, ReuseAddr => 1) or die "no port: $!";
print "serving\n";
while (1) {
  my $guest = $door->accept or next;
  if (fork) { close $guest; next }
  close $door; $SIG{TERM} = $ENV{DROPS} ? 'DEFAULT' : 'IGNORE';
  while (1) {
    my ($first, $close) = (undef, 0);
    while (defined(my $line = <$guest>)) { $first //= $line; $close = 1 if $line =~ /^connection:\s*close/i; last if $line =~ /^\r?\n$/ }
    exit 0 unless defined $first;
    my $until = POSIX::clock() + 1e6 * ($ENV{WORK_MS} // 2) / 1000 * ($ENV{WAVE} && (time / $ENV{WAVE}) % 2 ? 4 : 1);
    if ($first !~ m{ /health }) { 1 while POSIX::clock() < $until; select undef, undef, undef, $ENV{SLEEP} if $ENV{SLEEP} }
    my $status = $first !~ m{ /health } && $ENV{FAILS} && time - $began < $ENV{FAILS} ? '500 Not Yet' : '200 OK';
    my $body = "kind-scaling\n";
    print $guest "HTTP/1.1 $status\r\nContent-Length: " . length($body) . "\r\nX-Naru-Cloud: $ENV{CLOUD}\r\nX-Naru-Pod: $ENV{POD_NAME}\r\n" .
      "X-Naru-Version: 1\r\n\r\n$body";
    exit 0 if $close;
  }
}
"""


@dataclass
class Broken:
    """What is wrong; by default nothing."""

    env: dict[str, str] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=lambda: {"cpu": "100m"})
    low: int = 2
    high: int = 6
    target: int = 60
    behavior: dict[str, Any] = field(default_factory=dict)
    drains: bool = True
    beside: list[dict[str, Any]] = field(default_factory=list)
    limits: dict[str, float] = field(default_factory=dict)
    during: Callable[[Cluster, ScalingMeasurement], None] | None = None
    """Called each second of the load step."""


@dataclass
class Measured:
    """What was measured, and the cluster's own objects before it."""

    run: ScalingRun
    judgement: ScalingJudgement
    hpa: dict[str, Any]
    deployment: dict[str, Any]
    pods: list[dict[str, Any]]


class Task:
    """A progress task that calls the mischief."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call, self.part = call, ""

    def say(self, text: str) -> None:
        self.part = text

    def show(self, text: str) -> None:
        if text.startswith("step"):
            self.call()

    def advance(self, amount: float = 1) -> None:
        return None


def objects(broken: Broken) -> list[dict[str, Any]]:
    labels = {"app": "scales"}
    env = {"CLOUD": CLOUD, **broken.env}
    container = {
        "name": "app", "image": COREDNS, "imagePullPolicy": "IfNotPresent", "command": ["/usr/bin/perl", "-e", APP],
        "env": [{"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}, *({"name": k, "value": v} for k, v in env.items())],
        "ports": [{"containerPort": 8080}], "resources": {"requests": broken.requests} if broken.requests else {},
        "volumeMounts": [{"name": "bin", "mountPath": "/usr/bin", "readOnly": True}, {"name": "lib", "mountPath": "/usr/lib", "readOnly": True},
                         {"name": "lib", "mountPath": "/lib", "readOnly": True}, {"name": "lib64", "mountPath": "/lib64", "readOnly": True}],
        "readinessProbe": {"httpGet": {"path": "/health", "port": 8080}, "periodSeconds": 1},
        **({"lifecycle": {"preStop": {"sleep": {"seconds": 4}}}} if broken.drains else {}),
    }
    pod = {"containers": [container], "terminationGracePeriodSeconds": 10 if broken.drains else 1, **shell_volumes()}
    return [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "scales"},
         "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "scales"},
         "spec": {"type": "LoadBalancer", "selector": labels, "ports": [{"port": 80, "targetPort": 8080}]}},
        {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "scales"},
         "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "scales"}, "minReplicas": broken.low,
                  "maxReplicas": broken.high, **({"behavior": broken.behavior} if broken.behavior else {}),
                  "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": broken.target}}}]}},
        *broken.beside,
    ]


def config_of(namespace: str, limits: dict[str, float]) -> CloudConfig:
    cloud = load_cloud(CLOUD)
    port = min(app.endpoint_port for app in cloud.apps) + PORT_OFFSET
    app = App(name="scales", deployment="scales", service="scales", endpoint_port=port, marker="kind-scaling")
    scaling = cloud.limits.scaling.model_copy(update={"most_requests_per_second": 150.0, **limits})
    return cloud.model_copy(update={"namespace": namespace, "apps": (app,), "proven_app": "scales", "apm_app": None,
                                    "limits": cloud.limits.model_copy(update={"scaling": scaling})})


@contextmanager
def placed(broken: Broken, *, ready: bool = True) -> Iterator[tuple[Cluster, CloudConfig]]:
    """The app in a namespace of its own, reachable through the cloud's load balancer."""
    state = StateDir.from_environment()
    cluster = stand_in(f"verify-{CLOUD}", state)
    namespace = f"scaling-{uuid.uuid4().hex[:6]}"
    cloud = config_of(namespace, broken.limits)
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    try:
        until(lambda: cluster.get("v1", "ServiceAccount", "default", namespace))
        for obj in objects(broken):
            cluster.apply({**obj, "metadata": {**obj["metadata"], "namespace": namespace}})
        place = ClusterPlace(CLOUD, Role.verify)
        refresh_endpoints(place, load_cloud(CLOUD), machine.kind_cluster(place.name), machine.parts(state), namespace=namespace, apps=cloud.apps)
        if ready:
            until(lambda: (cluster.get("apps/v1", "Deployment", "scales", namespace) or {}).get("status", {}).get("readyReplicas") == broken.low)
        yield cluster, cloud
    finally:
        with suppress(Exception):
            cluster.delete("v1", "Namespace", namespace)


def measure(broken: Broken) -> Measured:
    """Place it, measure it once, look at its objects, take it away."""
    state = StateDir.from_environment()
    with placed(broken) as (cluster, cloud), state.lock("measurement", doing="a test of scaling", wait=True):
        clock = SystemClock()
        until(lambda: _looked(cluster, cloud))
        called = broken.during
        task = Task(lambda: called(cluster, measurement) if called else None)
        measurement = ScalingMeasurement(scaling_site(cloud, cluster), cloud, Effects(Quiet(), clock, stage="test"), task)
        run = measurement.measure()
        return Measured(run, judge_scaling(run, cloud.limits.scaling), cluster.get("autoscaling/v2", "HorizontalPodAutoscaler", "scales", cloud.namespace) or {},
                        cluster.get("apps/v1", "Deployment", "scales", cloud.namespace) or {}, cluster.list("v1", "Pod", cloud.namespace))


def _looked(cluster: Cluster, cloud: CloudConfig) -> bool:
    """The HPA has looked once: it has conditions."""
    hpa = cluster.get("autoscaling/v2", "HorizontalPodAutoscaler", "scales", cloud.namespace) or {}
    return any(c["type"] == "ScalingActive" for c in hpa.get("status", {}).get("conditions") or [])


def until(true: Callable[[], object], seconds: float = 120) -> None:
    """Wait for something; its deadline is five times the usual."""
    clock = SystemClock()
    end = clock.monotonic() + seconds
    while not true():
        assert clock.monotonic() < end, "it did not come"
        clock.sleep(0.2)
