"""Each fault of a verification cluster against a cluster of plain dicts: what it does, and that its undo leaves nothing."""

import shlex
from dataclasses import dataclass, field, replace

import pytest

from naru.edge.cloud_app import CloudApp, cpu_percent
from naru.edge.command import CommandResult
from naru.edge.fault_kinds import cluster_handlers
from naru.errors import Missing, OutsideDown
from naru.model.failover import FaultEntry

NODE = "verify-naver-control-plane"


@dataclass
class Docker:
    state: str = "running"
    kind: str = "verify-naver"
    rules: list = field(default_factory=list)
    called: list = field(default_factory=list)
    unfrozen: int = 0

    def inspect(self, name):
        return {"Config": {"Labels": {"io.x-k8s.kind.cluster": self.kind}}, "State": {"Status": self.state}} if name == NODE else None

    def limit_cpu(self, name, shares):
        self.shares = shares

    def stop(self, name, grace=5):
        self.state, self.rules = "exited", []

    def start(self, name):
        self.state = "running"

    def pause(self, name):
        if self.unfrozen:
            self.unfrozen -= 1
            raise OutsideDown("unable to freeze")
        self.state = "paused"

    def unpause(self, name):
        self.state = "running"

    def exec(self, name, argv, **_):
        self.called.append(argv)
        words = list(argv)
        out = ""
        if words[0] == "iptables":
            table, action, rest = words[2], words[3], words[4:]
            if action == "--insert":
                self.rules.insert(0, (table, rest[0], rest[1:]))
            elif action == "--delete":
                self.rules.remove((table, rest[0], rest[1:]))
            else:
                out = "\n".join(shlex.join(["-A", chain, *rule]) for where, chain, rule in self.rules if where == table and chain == rest[0])
        return CommandResult(tuple(argv), 0, out, "")


@dataclass
class Api:
    docker: Docker
    name: str = "verify-naver"
    role: str = "verify"
    replicas: int = 2
    hpa: bool = True
    kind: str = "Deployment"
    gone: bool = False
    selectors: dict = field(default_factory=lambda: {"egov": {"app": "egov", "tier": "web"}, "openmaru-app": {"app": "apm"}})

    def ready(self):
        blocked = any("REJECT" in rule for _, _, rule in self.docker.rules)
        return 0 if blocked else self.replicas

    def get(self, version, kind, name, namespace=""):
        if kind in {"Deployment", "StatefulSet"}:
            return None if self.gone or namespace != "khan" or kind != self.kind else {"metadata": {"name": name}, "spec": {"replicas": self.replicas, "selector": {"matchLabels": {"app": "egov"}}}}
        return {"spec": {"selector": self.selectors[name]}} if name in self.selectors else None

    def list(self, version, kind, namespace="", selector=""):
        return {
            "Node": [{"metadata": {"name": NODE, "labels": {"naru.dev/role": self.role}}}],
            "Pod": [{"metadata": {"name": f"egov-{n}", "uid": f"aa-{n}"}, "status": {"podIP": f"10.0.0.{n}"}} for n in range(self.replicas)],
            "EndpointSlice": [{"endpoints": [{"conditions": {"ready": True}}] * self.ready()}],
            "HorizontalPodAutoscaler": [{
                "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "egov"}, "minReplicas": 2, "maxReplicas": 6,
                         "metrics": [{"resource": {"name": "cpu", "target": {"averageUtilization": 60}}}]},
                "status": {"currentMetrics": [{"resource": {"name": "cpu", "current": {"averageUtilization": 41}}}]},
            }] if self.hpa else [],
        }[kind]

    def scale(self, workload, namespace, replicas, *, kind="Deployment"):
        assert kind == self.kind
        self.replicas = replicas

    def patch(self, version, kind, name, namespace, body):
        merged = {**self.selectors[name], **body["spec"]["selector"]}
        self.selectors[name] = {key: value for key, value in merged.items() if value is not None}


@pytest.fixture
def world():
    docker = Docker()
    api = Api(docker)
    app = CloudApp("naver", api, docker, "khan", "egov", "egov", "openmaru-app")
    return docker, api, cluster_handlers({"naver": app}), app


def entry(handler, name):
    return FaultEntry(identity=f"{name}-naver-0a1b", fault=name, cloud="naver", began="2026-01-01", owner=1, owner_started=1, undo=handler.prepare("naver"))


@pytest.mark.parametrize("name", ["scale-to-zero", "readiness-false", "lying-health", "node-stop", "node-pause", "network-cut", "slow", "pod-kill"])
def test_a_fault_and_its_undo_leave_everything_as_it_was_and_the_undo_may_come_twice(world, name):
    docker, api, handlers, _ = world
    handler = handlers[name]
    before = (docker.state, list(docker.rules), {key: dict(value) for key, value in api.selectors.items()})
    found = entry(handler, name)
    handler.undo(found)
    handler.inject(found)
    assert (docker.state, list(docker.rules), api.selectors) != before or api.replicas == 0 or docker.called
    assert handler.breakage(found) or name == "pod-kill"
    handler.undo(found)
    handler.undo(found)
    api.replicas = max(api.replicas, 2)  # the HPA, or the ReplicaSet
    assert handler.restored(found)
    assert (docker.state, docker.rules, api.selectors) == before


def test_restoring_from_zero_is_scale_one_word_for_word_where_an_hpa_goes_on_by_itself(world):
    _, api, handlers, _ = world
    found = entry(handlers["scale-to-zero"], "scale-to-zero")
    handlers["scale-to-zero"].inject(found)
    assert api.replicas == 0
    assert handlers["scale-to-zero"].breakage(found) == "naver had 0 ready endpoints of egov."
    handlers["scale-to-zero"].undo(found)
    assert api.replicas == 1
    assert not handlers["scale-to-zero"].restored(found)  # the HPA's minimum of 2 is not there yet


def test_a_stateful_set_is_scaled_and_restored_as_one(world):
    _, api, handlers, _ = world
    api.kind, api.hpa = "StatefulSet", False
    found = entry(handlers["scale-to-zero"], "scale-to-zero")
    handlers["scale-to-zero"].inject(found)
    assert api.replicas == 0
    handlers["scale-to-zero"].undo(found)
    assert handlers["scale-to-zero"].restored(found)


@pytest.mark.parametrize(("container", "port"), [
    ({"ports": [{"name": "web", "containerPort": 5000}], "readinessProbe": {"httpGet": {"port": "web"}}}, "5000"),
    ({"readinessProbe": {"tcpSocket": {"port": 6379}}}, "6379"),
    ({"ports": [{"containerPort": 9000}]}, "9000"),
    ({}, "8080"),
])
def test_readiness_is_refused_at_the_port_that_the_kubelet_asks(world, container, port):
    _, _, _, app = world
    assert app.page_port({"spec": {"containers": [container]}}) == port


def test_without_an_hpa_the_number_of_before_is_put_back(world):
    _, api, handlers, _ = world
    api.hpa, api.replicas = False, 3
    found = entry(handlers["scale-to-zero"], "scale-to-zero")
    handlers["scale-to-zero"].inject(found)
    handlers["scale-to-zero"].undo(found)
    assert api.replicas == 3


def test_an_undo_does_not_shrink_what_someone_scaled_up_meanwhile(world):
    _, api, handlers, _ = world
    found = entry(handlers["scale-to-zero"], "scale-to-zero")
    api.replicas = 5
    handlers["scale-to-zero"].undo(found)
    assert api.replicas == 5


def test_rules_of_others_in_the_node_are_left_alone(world):
    docker, _, handlers, _ = world
    docker.rules.append(("filter", "OUTPUT", ["--jump", "ACCEPT"]))
    found = entry(handlers["readiness-false"], "readiness-false")
    handlers["readiness-false"].inject(found)
    assert len(docker.rules) == 3
    handlers["readiness-false"].undo(found)
    assert docker.rules == [("filter", "OUTPUT", ["--jump", "ACCEPT"])]


def test_a_node_that_stands_still_needs_no_rule_taken_back(world):
    docker, _, handlers, _ = world
    found = entry(handlers["network-cut"], "network-cut")
    handlers["network-cut"].inject(found)
    docker.stop(NODE)
    handlers["network-cut"].undo(found)
    assert docker.state == "exited"


def test_a_paused_node_that_was_stopped_meanwhile_is_started(world):
    docker, _, handlers, _ = world
    found = entry(handlers["node-pause"], "node-pause")
    handlers["node-pause"].inject(found)
    docker.state = "exited"
    handlers["node-pause"].undo(found)
    assert docker.state == "running"


@pytest.mark.parametrize("change", [
    lambda docker, api: setattr(api, "role", "target"),
    lambda docker, api: setattr(api, "role", None),
    lambda docker, api: setattr(docker, "kind", "someone-elses"),
    lambda docker, api: setattr(api, "name", "target-naver"),
])
@pytest.mark.parametrize("name", ["scale-to-zero", "node-stop", "lying-health", "network-cut"])
def test_what_does_not_bear_the_verification_labels_is_never_broken(world, change, name):
    docker, api, handlers, _ = world
    change(docker, api)
    with pytest.raises(Missing, match=r"no fault is injected|left alone"):
        handlers[name].prepare("naver")


def test_an_app_without_pods_cannot_be_lost(world):
    _, api, handlers, _ = world
    api.hpa, api.replicas = False, 0
    with pytest.raises(Missing, match="has no pods"):
        handlers["node-stop"].prepare("naver")


def test_a_reading_tells_pods_and_the_hpas_bounds_and_cpu(world):
    found = world[3].reading()
    assert (found.ready, found.replicas, found.hpa_minimum, found.hpa_maximum, found.cpu_percent, found.cpu_target) == (2, 2, 2, 6, 41.0, 60.0)


@pytest.mark.parametrize("metrics", [None, [], [{}], [{"resource": {"name": "memory"}}], [{"resource": {"name": "cpu", "current": {}}}]])
def test_an_hpa_without_a_cpu_value_gives_none(metrics):
    assert cpu_percent(metrics) is None


@pytest.mark.parametrize("name", ["scale-to-zero", "lying-health", "readiness-false"])
def test_where_the_app_is_gone_there_is_nothing_left_to_undo(world, name):
    _, api, handlers, _ = world
    found = entry(handlers[name], name)
    handlers[name].inject(found)
    api.gone, api.replicas = True, 0
    handlers[name].undo(found)
    assert handlers[name].restored(found)


def test_a_leftover_is_undone_where_it_was_made_even_if_another_app_is_proven_now(world):
    _, api, handlers, app = world
    found = entry(handlers["scale-to-zero"], "scale-to-zero")
    handlers["scale-to-zero"].inject(found)
    now = cluster_handlers({"naver": replace(app, namespace="other", deployment="other", service="other")})
    now["scale-to-zero"].undo(found)
    assert api.replicas == 1


@pytest.mark.parametrize(("times", "frozen"), [(2, True), (9, False)])
def test_a_node_that_cannot_be_frozen_at_once_is_tried_again_a_few_times(world, monkeypatch, times, frozen):
    monkeypatch.setattr("naru.edge.fault_kinds.FREEZE_PAUSE", 0.0)
    docker, _, handlers, _ = world
    docker.unfrozen = times
    found = entry(handlers["node-pause"], "node-pause")
    if frozen:
        handlers["node-pause"].inject(found)
    else:
        with pytest.raises(OutsideDown, match="unable to freeze"):
            handlers["node-pause"].inject(found)
    assert docker.state == ("paused" if frozen else "running")


def test_a_node_that_boots_has_a_small_share_of_the_processors_until_its_cloud_is_ready(world):
    docker, _, handlers, _ = world
    found = entry(handlers["node-stop"], "node-stop")
    handlers["node-stop"].inject(found)
    handlers["node-stop"].undo(found)
    assert docker.shares == "128"
    assert handlers["node-stop"].restored(found)
    assert docker.shares == "1024"
