"""A small app in all three verification clusters, in a namespace of its own, and whole drills against it.

The app is a page server of a few lines that runs on the node's own programs, so that no image has to be built.
"""

import json
import socket
import subprocess
import time
import uuid
from contextlib import ExitStack, contextmanager

from fakes.local_drill import SHARED, Log, NoTask
from kind_rollouts import COREDNS, SHELL_MOUNTS, shell_volumes
from naru.core.failover_faults import FAULTS
from naru.core.failover_judgement import judge_drill
from naru.core.failover_plan import LanePlace, Timings, dns_clients, load_plan
from naru.core.failover_verdict import Rules
from naru.edge.app_watch import AppWatch
from naru.edge.clock import SystemClock
from naru.edge.cloud_app import CloudApp
from naru.edge.docker import Docker
from naru.edge.fault_journal import FaultJournal
from naru.edge.fault_kinds import cluster_handlers
from naru.edge.faults import Faults
from naru.edge.load import LoadEngine
from naru.edge.shield import shielded
from naru.edge.state_dir import StateDir
from naru.model.cloud import App, GslbRules
from naru.model.words import Role, Verdict
from naru.steps.cloud_routes import refresh_endpoints
from naru.steps.effects import Effects
from naru.steps.failover_drill import DrillPlan, DrillRunner, Parts
from naru.wiring import clouds as machine
from naru.wiring.config import load_clouds
from naru.wiring.failover import cloud_app, members
from naru.wiring.gslb_site import GslbSite

MARKER = "민원 서비스"
READY_SECONDS = 120.0
PORT_IN_RANGE = 6
"""Loopback port of the test's app: this many above each cloud's lowest."""
LOOPS = 75_000
"""Turns of Perl's loop in about a millisecond of CPU; its clock of used CPU has steps of ten."""
SERVER = r"""
use strict; use IO::Socket::INET; use IO::Select;
my ($cloud, $pod, $work, $text) = @ENV{qw(CLOUD POD_NAME WORK_MS PAGE)};
sleep($ENV{START_SECONDS});
my $door = IO::Socket::INET->new(LocalPort => 8080, Listen => 512, ReuseAddr => 1) or die $!;
my ($all, %got) = (IO::Select->new($door));
$SIG{TERM} = sub { exit 0 }; $SIG{PIPE} = 'IGNORE';
sub gone { my $c = shift; $all->remove($c); delete $got{$c}; close $c }
while (1) { for my $c ($all->can_read) {
  if ($c == $door) { my $new = $door->accept; $all->add($new) if $new; next }
  my $data; unless (sysread($c, $data, 65536)) { gone($c); next }
  $got{$c} .= $data;
  while ($got{$c} =~ s/^\S+ (\S+)[^\n]*\n(.*?)\r?\n\r?\n//s) {
    my ($path, $close) = ($1, $2 =~ /connection: close/i);
    if ($path eq '/') { my $n = $work * $ENV{LOOPS}; 1 while $n-- > 0 }
    syswrite $c, "HTTP/1.1 200 OK\r\nX-Naru-Cloud: $cloud\r\nX-Naru-Pod: $pod\r\nContent-Length: " . length($text)
      . "\r\n" . ($close ? "Connection: close\r\n" : "") . "\r\n$text";
    if ($close) { gone($c); last }
  } } }
"""


def deployment(name, cloud, *, page=MARKER, replicas=1, work=0, start=0):
    env = {"CLOUD": cloud, "WORK_MS": str(work), "PAGE": page, "START_SECONDS": str(start), "LOOPS": str(LOOPS)}
    labels = {"app": name}
    container = {
        "name": "app", "image": COREDNS, "imagePullPolicy": "IfNotPresent", "command": ["/bin/perl", "-e", SERVER],
        "ports": [{"name": "http", "containerPort": 8080}],
        "env": [*({"name": key, "value": value} for key, value in env.items()), {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
        "volumeMounts": [{"name": mount, "mountPath": f"/{mount}", "readOnly": True} for mount in SHELL_MOUNTS]
        + [{"name": "lib", "mountPath": "/usr/lib", "readOnly": True}],
        "readinessProbe": {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 1, "timeoutSeconds": 2, "failureThreshold": 3},
        "resources": {"requests": {"cpu": "50m"}},
    }
    share = {"volumes": [*shell_volumes()["volumes"], {"name": "share", "hostPath": {"path": "/usr/share"}}]}
    container["volumeMounts"].append({"name": "share", "mountPath": "/usr/share", "readOnly": True})
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels},
                     "template": {"metadata": {"labels": labels}, "spec": {"terminationGracePeriodSeconds": 2, "containers": [container], **share}}}}


def service(name):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"type": "LoadBalancer", "selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}}


def autoscaler(name, low, high):
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name},
            "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}, "minReplicas": low, "maxReplicas": high,
                     "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}]}}


class KindClouds:
    """The app in every cloud; `rules` and `limits` may be changed between drills."""

    def __init__(self, namespace, state, **app):
        self.namespace, self.state, self.options = namespace, state, app
        self.clouds = tuple(self._moved(cloud) for cloud in load_clouds())
        self.apps: dict[str, CloudApp] = {cloud.name: cloud_app(cloud, state) for cloud in self.clouds}
        self.journal = state.folder("faults")

    def _moved(self, cloud):
        base = min(app.endpoint_port for app in cloud.apps) + PORT_IN_RANGE
        apps = (App(name="site", deployment="site", service="site", endpoint_port=base, marker=MARKER),
                App(name="other", deployment="other", service="other", endpoint_port=base + 1, marker="other"))
        return cloud.model_copy(update={"namespace": self.namespace, "apps": apps, "proven_app": "site", "apm_app": None})

    def put(self, **app):
        """Apply the app everywhere and wait until it is ready and answers."""
        for cloud in self.clouds:
            api = self.apps[cloud.name].api
            api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}})
            for item in self._objects(cloud.name, **app):
                api.apply({**item, "metadata": {**item["metadata"], "namespace": self.namespace}}, force=True)
        self._connect(self.clouds)
        deadline = time.monotonic() + READY_SECONDS
        for cloud in self.clouds:
            while not (rolled(self.apps[cloud.name]) and answers(cloud.apps[0].endpoint_port)):
                assert time.monotonic() < deadline, f"{cloud.name}: {self.apps[cloud.name].reading()}"
                time.sleep(0.3)

    def _objects(self, cloud, *, hpa=None, **app):
        found = [deployment("site", cloud, **app), service("site"), deployment("other", cloud, page="other"), service("other")]
        if hpa:
            found[0]["spec"].pop("replicas")
            found.append(autoscaler("site", *hpa))
        return found

    def _connect(self, clouds):
        for cloud in clouds:
            place = machine.places([cloud.name], Role.verify, load_clouds())[0]
            shipped = next(item for item in load_clouds() if item.name == cloud.name)
            extra = cloud.apps if clouds is self.clouds else ()
            refresh_endpoints(place, shipped, machine.kind_cluster(place.name), machine.parts(self.state), namespace=self.namespace, apps=extra)

    def remove(self):
        for cloud in self.clouds:
            self.apps[cloud.name].api.delete("v1", "Namespace", self.namespace)
        self._connect(load_clouds())

    @contextmanager
    def runner(self, faults, rules=None, *, limits=None, timings=None, rate=80, first=0, with_dns=True):
        """A drill ready to run; the clusters are locked for its time."""
        rules, limits = rules or GslbRules(), limits or SHARED
        clouds = tuple(cloud.model_copy(update={"gslb": rules}) for cloud in self.clouds)
        names = [cloud.name for cloud in clouds]
        driver = Faults(FaultJournal(self.journal), cluster_handlers(self.apps))
        with ExitStack() as stack:
            stack.enter_context(self.state.lock("measurement", doing="a fail-over test", wait=True))
            for name in names:
                stack.enter_context(self.state.lock(f"cluster-verify-{name}", doing="a fail-over test", wait=True))
            port = free_port()
            watch = stack.enter_context(AppWatch(tuple(self.apps.values())))
            site = stack.enter_context(GslbSite(members(clouds), port, "site", watch, with_dns=with_dns))
            place = LanePlace(
                f"127.0.0.1:{port}", {cloud.name: f"127.0.0.1:{cloud.apps[0].endpoint_port}" for cloud in clouds}, host="site", marker=MARKER,
                dns=site.lookup(), dns_port=port, sticky=rules.sticky,
            )
            plan = DrillPlan(
                tuple(FAULTS[name] for name in faults), (*names[first:], *names[:first]), dict.fromkeys(names, 100.0), rules, limits,
                timings or Timings(5, 3, 10), load_plan(place, rate=rate, direct_rate=10, seconds=900),
            )
            clock = SystemClock()
            yield DrillRunner(plan, Parts(site, driver, LoadEngine(), Effects(Log(), clock, stage="test"), clock, shielded, NoTask()))

    def drill(self, faults, rules=None, **options):
        """What was recorded and how it is judged; inconclusive is measured once more, failed never."""
        for _ in range(2):
            with self.runner(faults, rules, **options) as runner:
                drill = runner.run()
            found = judge_drill(drill, Rules(options.get("limits") or SHARED, rules or GslbRules(), dns_clients(len(self.clouds))))
            if found.verdict is not Verdict.inconclusive:
                break
        return drill, found


@contextmanager
def kind_clouds(**app):
    """The app in a namespace of its own for as long as the block lasts."""
    found = KindClouds(f"failover-{uuid.uuid4().hex[:6]}", StateDir.from_environment())
    try:
        found.put(**app)
        yield found
    finally:
        found.remove()


def rolled(app):
    """Every pod is of the present template and ready, and nobody is leaving: a rollout under way would be a fault of its own."""
    live, pods = app.live_deployment(), app.pods()
    status = live.get("status") or {}
    fresh = status.get("observedGeneration", 0) >= live["metadata"]["generation"]
    whole = status.get("updatedReplicas", 0) == status.get("availableReplicas", 0) == status.get("replicas", 0) == len(pods)
    return fresh and whole and app.ready_endpoints() == len(pods) >= app.minimum()


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as door:
            door.settimeout(1)
            door.sendall(b"GET / HTTP/1.1\r\nHost: site\r\nConnection: close\r\n\r\n")
            return b" 200 " in door.recv(200)
    except OSError:
        return False


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def node(cloud):
    return f"verify-{cloud}-control-plane"


def docker_state(cloud):
    found = subprocess.run(["docker", "inspect", node(cloud)], check=True, capture_output=True, timeout=30)
    return json.loads(found.stdout)[0]["State"]["Status"]


__all__ = ["Docker", "KindClouds", "answers", "docker_state", "kind_clouds", "node"]
