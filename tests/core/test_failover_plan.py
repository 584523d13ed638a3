"""Faults, lengths and lanes of a drill before it begins."""

import json

import pytest

from naru.core.failover_faults import FAULTS, chosen_faults, lost_clouds
from naru.core.failover_guard import healing_agent, images_of
from naru.core.failover_plan import LanePlace, Timings, blip_seconds, drill_seconds, hold_seconds, load_plan
from naru.core.failover_prediction import predicted_detection
from naru.errors import Malformed
from naru.model.cloud import FailoverLimits, GslbRules
from naru.model.load import DnsLookup

RULES = GslbRules()


def test_every_release_is_drilled_with_scale_to_zero_and_node_stop():
    assert [fault.name for fault in chosen_faults("default")] == ["scale-to-zero", "node-stop"]


def test_faults_are_chosen_by_name_once_each_and_in_order():
    assert [fault.name for fault in chosen_faults("slow, node-pause,slow")] == ["slow", "node-pause"]
    assert len(chosen_faults("all")) == len(FAULTS) == 10


def test_an_unknown_fault_is_malformed_and_the_known_ones_are_listed():
    with pytest.raises(Malformed, match="no fault 'meteor'") as caught:
        chosen_faults("meteor")
    assert "node-pause" in caught.value.hint


def test_faults_of_one_drill_hit_one_cloud_after_another():
    clouds = ("a", "b", "c")
    assert [lost_clouds(FAULTS["slow"], clouds, turn) for turn in range(4)] == [("a",), ("b",), ("c",), ("a",)]
    assert lost_clouds(FAULTS["two-clouds"], clouds, 2) == ("c", "a")
    assert lost_clouds(FAULTS["all-clouds"], clouds, 1) == ("b", "c", "a")


@pytest.mark.parametrize("name", [name for name in FAULTS if name != "pod-kill"])
def test_a_fault_lasts_at_least_twice_detection_and_ttl(name):
    fault = FAULTS[name]
    assert hold_seconds(fault, RULES, Timings()) >= 2 * (predicted_detection(RULES, fault.loss).most + RULES.dns_ttl_seconds)


def test_the_default_drill_takes_at_most_210_seconds_where_clouds_come_back_within_40():
    assert drill_seconds(chosen_faults("default"), RULES, Timings(), returning=40) <= 210


def test_a_blip_is_shorter_than_a_single_check_takes_to_fail():
    assert blip_seconds(RULES) < min(RULES.interval_seconds, RULES.timeout_seconds)


def test_the_load_has_both_lanes_a_direct_one_for_each_cloud_and_clients_of_dns():
    place = LanePlace("127.0.0.1:18000", {"naver": "127.0.0.1:18081"}, marker="x", dns=DnsLookup(server="127.0.0.1", port=53, name="a.b"), dns_port=18000)
    plan = load_plan(place, rate=80, direct_rate=10, seconds=100)
    names = [lane.name for lane in plan.lanes]
    assert names[:3] == ["new", "keepalive", "direct:naver"]
    assert sum(name.startswith("dns-ttl:") for name in names) == 40
    assert all(not lane.dns.honour_ttl for lane in plan.lanes if lane.name.startswith("dns-cached"))
    assert sum(lane.steps[-1].rate for lane in plan.lanes) >= FailoverLimits().requests_per_second
    assert {lane.timeout_seconds for lane in plan.lanes} == {2.0}


def test_the_caches_of_dns_clients_are_filled_at_different_times():
    place = LanePlace("127.0.0.1:18000", {}, dns=DnsLookup(server="127.0.0.1", port=53, name="a.b"), dns_port=18000)
    begins = [lane.steps[0].seconds for lane in load_plan(place, rate=80, direct_rate=10, seconds=100).lanes if lane.name.startswith("dns-ttl")]
    assert max(begins) - min(begins) > 4
    assert len(set(begins)) == len(begins)


def test_each_cloud_s_own_store_gets_one_numbered_write_a_second_in_a_ring_of_places():
    place = LanePlace("127.0.0.1:18000", {}, stores={"naver": "127.0.0.1:18080"}, writer="0512")
    lane = load_plan(place, rate=80, direct_rate=10, seconds=100).lanes[-1]
    assert (lane.name, lane.method, lane.url) == ("writer:naver", "POST", "http://127.0.0.1:18080/api/instances")
    assert (lane.steps[0].rate, lane.slots, lane.marker) == (1.0, 240, "")
    assert json.loads(lane.body) == {"app": "naru-writer", "cloud": "naver", "pod": "naru-writer-{slot}", "version": "0512-{n}"}


def deployment(labels=None, annotations=None, images=("host/khan/egov@sha256:aa",)):
    return {"metadata": {"labels": labels or {}, "annotations": annotations or {}},
            "spec": {"template": {"spec": {"containers": [{"image": image} for image in images]}}}}


def application(name, *, heals):
    return {"metadata": {"name": name}, "spec": {"syncPolicy": {"automated": {"selfHeal": heals}}}}


@pytest.mark.parametrize(("live", "applications", "agent"), [
    (deployment(), [], ""),
    (deployment({"kustomize.toolkit.fluxcd.io/name": "khan"}), [], "Flux ('khan')"),
    (deployment({"argocd.argoproj.io/instance": "khan"}), [], "Argo CD ('khan')"),
    (deployment(annotations={"argocd.argoproj.io/tracking-id": "khan:apps/Deployment:khan/egov"}), [application("khan", heals=True)], "Argo CD ('khan')"),
    (deployment({"argocd.argoproj.io/instance": "khan"}), [application("khan", heals=False)], ""),
])
def test_an_agent_that_would_put_the_replicas_back_is_seen(live, applications, agent):
    assert healing_agent(live, applications) == agent


def test_images_are_compared_by_digest_and_one_without_stands_as_it_is():
    assert images_of(deployment(images=("h/a@sha256:aa", "h/b:1"))) == {"sha256:aa", "h/b:1"}
