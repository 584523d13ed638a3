"""`clouds up` for one cluster: first run, second run, cut off and resumed, found in every broken state."""

import re

import pytest

from core.test_clouds import CLOUD
from fakes.clock import FakeClock
from fakes.machine import FakeCluster, FakeStandIns
from naru.core.cluster_timing import (
    CONTROLLER_FLAGS,
    CONTROLLER_MANIFEST,
    KUBELET_FLAGS_FILE,
    profile_of,
    with_flags,
    with_housekeeping,
)
from naru.core.clusters import ClusterPlace
from naru.errors import Missing, OutsideDown
from naru.model.cloud import App
from naru.model.sandbox import Sandbox
from naru.model.words import Profile, Role
from naru.steps.cloud_routes import refresh_endpoints
from naru.steps.clouds_ports import Parts
from naru.steps.clouds_up import SETUP_FILE, Site, bring_up, registry_of, wait_for_metrics

SANDBOX = Sandbox.model_validate({
    "network": "naru", "subnet": "172.30.0.0/16", "release_registry": {"container": "naru-registry", "port": 15000},
    "target_registries": {"naver": {"container": "naru-registry-naver", "port": 15001}}, "gslb_port": 18000,
    "target_port_offset": 1000, "volumes_per_class": 2,
})


@pytest.fixture
def parts():
    return Parts(SANDBOX, FakeStandIns(), "naru-node:1", FakeClock())


@pytest.fixture
def site(tmp_path):
    certificates = {"ca": "CA", "cert": "CERT", "key": "KEY"}
    return Site(ClusterPlace("naver", Role.verify), CLOUD, ("registry.example",), tmp_path / "verify-naver.yaml", certificates)


def up(site, cluster, parts):
    return bring_up(site, cluster, parts, lambda _text: None)


def service(name, port, namespace="khan"):
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"type": "LoadBalancer", "ports": [{"nodePort": port}]}}


def app(name, port):
    return App(name=name, deployment=name, service=name, endpoint_port=port, marker="x")


@pytest.fixture
def shared(site, parts):
    """A cluster with the product and two tests beside it, each with a Service of its own."""
    cluster = FakeCluster("verify-naver")
    up(site, cluster, parts)
    cluster.services = [service("egov", 30001), service("c", 30002), service("one", 30003, "test-1"), service("two", 30004, "test-2")]
    refresh(site, cluster, parts)
    refresh(site, cluster, parts, namespace="test-1", apps=(app("one", 18086),))
    refresh(site, cluster, parts, namespace="test-2", apps=(app("two", 18087),))
    return cluster


def refresh(site, cluster, parts, **more):
    return refresh_endpoints(site.place, CLOUD, cluster, parts, **more)


def routes(parts):
    """Front port → node port, as the balancer's configuration says; None without a server."""
    config, _ = parts.stand_ins.configs["naru-lb-verify-naver"]
    binds = {name: int(port) for name, port in re.findall(r"frontend (\S+)\n  bind :(\d+)", config)}
    servers = {name: int(port) for name, port in re.findall(r"backend (\S+)\n  server \S+ \S+?:(\d+) ", config)}
    return {port: servers.get(name) for name, port in binds.items()}


def test_the_first_run_makes_the_cluster_sets_it_up_and_the_second_changes_nothing(site, parts):
    cluster = FakeCluster("verify-naver")
    assert up(site, cluster, parts) == ["made", "set up", "load balancer"]
    assert site.kubeconfig.is_file()
    assert site.kubeconfig.with_suffix(".uid").read_text() == "uid-1"
    before = list(cluster.calls)
    assert up(site, cluster, parts) == []
    assert not {"create", "apply", "wake"} & set(cluster.calls[len(before):])


@pytest.mark.parametrize("flag", ["--horizontal-pod-autoscaler-cpu-initialization-period=10s", "--bind-address=127.0.0.1"])
def test_a_controller_manager_with_the_flags_of_no_profile_gets_the_fast_ones_once(site, parts, flag):
    cluster = FakeCluster("verify-naver")
    up(site, cluster, parts)
    cluster.files[CONTROLLER_MANIFEST] = f"    - kube-controller-manager\n    - {flag}"
    assert up(site, cluster, parts) == ["timing flags"]
    assert profile_of(cluster.files) is Profile.fast
    assert up(site, cluster, parts) == []


def test_a_cluster_with_production_timing_keeps_it(site, parts):
    cluster = FakeCluster("verify-naver")
    up(site, cluster, parts)
    cluster.files[CONTROLLER_MANIFEST] = with_flags(cluster.files[CONTROLLER_MANIFEST], CONTROLLER_FLAGS[Profile.production])
    cluster.files[KUBELET_FLAGS_FILE] = with_housekeeping(cluster.files[KUBELET_FLAGS_FILE], 10)
    assert up(site, cluster, parts) == []


def test_a_kubelet_that_samples_as_no_profile_does_is_started_again_once(site, parts):
    cluster = FakeCluster("verify-naver")
    up(site, cluster, parts)
    cluster.files[KUBELET_FLAGS_FILE] = cluster.files[KUBELET_FLAGS_FILE].replace("--housekeeping-interval=5s ", "")
    assert (up(site, cluster, parts), up(site, cluster, parts)) == (["timing flags"], [])
    assert cluster.calls.count("kubelet") == 1
    assert profile_of(cluster.files) is Profile.fast


@pytest.mark.parametrize("state", ["stopped", "paused"])
def test_a_node_that_stands_still_is_woken_and_not_made_again(site, parts, state):
    cluster = FakeCluster("verify-naver")
    up(site, cluster, parts)
    cluster._state = state
    cluster.calls.clear()
    assert up(site, cluster, parts) == ["started"]
    assert "create" not in cluster.calls


def test_a_node_that_does_not_come_back_is_made_again(site, parts):
    cluster = FakeCluster("verify-naver", "stopped", comes_back=False)
    assert up(site, cluster, parts)[:2] == ["made", "set up"]


def test_a_half_made_cluster_is_made_again(site, parts):
    assert up(site, FakeCluster("verify-naver", "half-made"), parts)[0] == "made"


def test_a_running_node_whose_api_never_answers_is_made_again(site, parts):
    cluster = FakeCluster("verify-naver", "running", comes_back=False)
    assert up(site, cluster, parts)[0] == "made"


def test_a_cluster_that_answers_but_never_gives_metrics_again_is_made_again_once(site, parts):
    cluster = FakeCluster("verify-naver")
    up(site, cluster, parts)
    cluster.made_now, cluster.metrics = False, False
    cluster.calls.clear()
    assert up(site, cluster, parts)[:2] == ["made", "set up"]
    assert cluster.calls.count("create") == 1


def test_a_new_cluster_that_does_not_come_to_rest_is_an_outage_and_not_made_over_and_over(site, parts):
    cluster = FakeCluster("verify-naver", breaks="apply")
    with pytest.raises(OutsideDown):
        up(site, cluster, parts)
    assert cluster.calls.count("create") == 1


def test_a_foreign_container_of_that_name_is_left_alone_and_named(site, parts):
    cluster = FakeCluster("verify-naver", "foreign")
    with pytest.raises(Missing, match="verify-naver-control-plane is there, but naru did not make it"):
        up(site, cluster, parts)
    assert cluster.calls == []


def test_a_set_up_that_was_cut_off_is_done_again_by_the_next_run(site, parts):
    cluster = FakeCluster("verify-naver", breaks="apply")
    with pytest.raises(OutsideDown):
        up(site, cluster, parts)
    assert SETUP_FILE not in cluster.files
    assert up(site, cluster, parts)[0] == "set up"
    assert up(site, cluster, parts) == []


def test_a_lost_kubeconfig_is_written_again(site, parts):
    cluster = FakeCluster("verify-naver")
    up(site, cluster, parts)
    site.kubeconfig.unlink()
    assert up(site, cluster, parts) == ["kubeconfig"]
    assert site.kubeconfig.read_text() == "again"


def test_node_ports_lead_the_balancer_and_the_services_get_a_hostname_once(site, parts):
    cluster = FakeCluster("verify-naver")
    up(site, cluster, parts)
    cluster.services = [service("egov", 30001), service("c", 30002)]
    assert up(site, cluster, parts) == ["load balancer"]
    config, ports = parts.stand_ins.configs["naru-lb-verify-naver"]
    assert "verify-naver-control-plane:30001" in config
    assert list(ports) == list(range(18080, 18090))
    assert cluster.services[0]["status"]["loadBalancer"]["ingress"] == [{"hostname": "egov.verify-naver.localhost"}]
    cluster.calls.clear()
    assert up(site, cluster, parts) == []
    assert not [call for call in cluster.calls if "patch" in call]


def test_each_namespace_keeps_its_routes_whoever_refreshes_them(site, parts, shared):
    every = {18081: 30002, 18083: 30001, 18086: 30003, 18087: 30004}
    assert routes(parts) == every
    assert not refresh(site, shared, parts)
    assert up(site, shared, parts) == []
    assert not refresh(site, shared, parts, namespace="test-1", apps=(app("one", 18086),))
    assert routes(parts) == every


def test_a_node_port_that_moved_is_followed_in_every_namespace(site, parts, shared):
    shared.services[2]["spec"]["ports"][0]["nodePort"] = 31111
    assert refresh(site, shared, parts)
    assert routes(parts)[18086] == 31111


def test_a_namespace_that_asks_for_nothing_more_gives_its_routes_back(site, parts, shared):
    assert refresh(site, shared, parts, namespace="test-1")
    assert routes(parts) == {18081: 30002, 18083: 30001, 18087: 30004}


def test_the_routes_of_a_service_that_is_gone_go_with_the_next_refresh_and_the_product_s_stay(site, parts, shared):
    shared.services = []
    assert refresh(site, shared, parts)
    assert routes(parts) == {18081: None, 18083: None}


def test_a_port_belongs_to_whoever_asked_last(site, parts, shared):
    shared.services.append(service("three", 30005, "test-3"))
    assert refresh(site, shared, parts, namespace="test-3", apps=(app("three", 18087),))
    assert routes(parts)[18087] == 30005
    assert refresh(site, shared, parts, namespace="test-2", apps=(app("two", 18087),))
    assert routes(parts)[18087] == 30004


def test_routes_are_written_down_before_the_balancer_changes_and_one_refresh_at_a_time(site, parts, shared):
    calls = parts.stand_ins.calls
    calls.clear()
    refresh(site, shared, parts, namespace="test-1", apps=(app("one", 18088),))
    assert calls == ["lock naru-lb-verify-naver", "keep 4", "balancer", "unlock naru-lb-verify-naver"]


def test_a_volume_whose_claim_is_gone_is_emptied_and_made_again_and_others_stay(site, parts):
    cluster = FakeCluster("verify-naver")
    up(site, cluster, parts)
    cluster.phases = {"block-1": "Released", "block-0": "Bound"}
    assert up(site, cluster, parts) == ["renewed volumes"]
    assert "empty /var/naru-volumes/block-1" in cluster.calls
    assert ("PersistentVolume", "block-1") in cluster.objects
    assert up(site, cluster, parts) == []


def test_metrics_that_never_come_are_an_outage_with_the_last_answer(parts):
    cluster = FakeCluster("verify-naver", "running")
    cluster.metrics = False
    with pytest.raises(OutsideDown, match="gave no metrics within 5 s; its last answer: ServiceUnavailable"):
        wait_for_metrics(cluster, parts.clock, 5)


def test_stand_ins_pull_from_the_release_registry_and_targets_from_their_own():
    assert registry_of(ClusterPlace("naver", Role.verify), SANDBOX).container == "naru-registry"
    assert registry_of(ClusterPlace("naver", Role.target), SANDBOX).container == "naru-registry-naver"
    with pytest.raises(Missing, match="no target registry for ktcloud"):
        registry_of(ClusterPlace("ktcloud", Role.target), SANDBOX)
