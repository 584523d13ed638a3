"""The loss of a cloud on real clusters: first the breakage by the cluster's own objects, then verdict and sentence."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fakes.local_drill import SHARED
from kind_failover import docker_state, kind_clouds
from naru.edge.fault_journal import FaultJournal
from naru.errors import Missing
from naru.model.cloud import GslbRules
from naru.model.words import Verdict
from naru.wiring.failover import cluster_faults

pytestmark = [pytest.mark.kind, pytest.mark.nightly]  # several minutes each; the main job runs the whole drill in the usual tier

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def clouds(clouds):
    """The app in every cloud; the fixture of the same name in conftest.py, which brings the clusters up, comes first."""
    with kind_clouds() as found:
        yield found
    assert FaultJournal(found.journal).entries() == []


def wrong(judgement):
    return [f"{c.name}: {c.sentence}" for c in judgement.checks if c.verdict is not Verdict.passed]


def lane(judgement, fault, name):
    entry = next(f for f in judgement.summary["faults"] if f["fault"] == fault)
    return next(each for each in entry["lanes"] if each["lane"] == name)


def said(judgement, name):
    return next(check.sentence for check in judgement.checks if check.name == name)


def test_a_cloud_scaled_to_zero_and_a_stopped_node_are_survived_without_a_lost_request_and_come_back(clouds):
    drill, found = clouds.drill(["scale-to-zero", "node-stop"])
    assert "had 0 ready endpoints of site" in said(found, "scale-to-zero: effect")
    assert "is exited" in said(found, "node-stop: effect")
    assert wrong(found) == []
    assert lane(found, "scale-to-zero", "new")["failed"] == 0
    assert [run.restored for run in drill.faults] == [True, True]
    assert {docker_state(cloud.name) for cloud in clouds.clouds} == {"running"}


def test_without_a_health_check_a_frozen_cloud_keeps_its_users(clouds):
    _, found = clouds.drill(["network-cut"], GslbRules(check="none"))
    assert "1 rule drops every packet" in said(found, "network-cut: effect")
    assert found.verdict is Verdict.failed
    assert found.cause.reason == "no-health-check"
    assert "it has no health check at all" in found.cause.sentence


def test_a_health_page_that_lies_keeps_users_on_the_broken_page_and_is_named(clouds):
    _, found = clouds.drill(["lying-health"], GslbRules(path="/health"))
    assert "leads to app=other" in said(found, "lying-health: effect")
    assert found.verdict is Verdict.failed
    assert found.cause.reason == "health-check-lies"
    assert set(lane(found, "lying-health", "new")["classes"]) == {"marker"}


def test_a_drill_that_was_killed_is_undone_by_the_next_one(clouds):
    app = clouds.apps["cocktail"]
    code = (
        "import sys, os, signal; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from naru.edge.state_dir import StateDir\nfrom naru.wiring.config import load_cloud\nfrom naru.wiring.failover import cloud_app, cluster_faults\n"
        "from naru.model.cloud import App\n"
        "state = StateDir.from_environment()\n"
        "site = App(name='site', deployment='site', service='site', endpoint_port=2000, marker='x')\n"
        "cloud = load_cloud('cocktail').model_copy(update={'namespace': sys.argv[2], 'apps': (site,), 'proven_app': 'site'})\n"
        "cluster_faults({'cocktail': cloud_app(cloud, state)}, state).inject('scale-to-zero', 'cocktail')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    dead = subprocess.run([sys.executable, "-c", code, str(ROOT / "scripts"), clouds.namespace], check=False, timeout=120, capture_output=True)
    assert dead.returncode == -signal.SIGKILL, dead.stderr.decode()
    deadline = time.monotonic() + 60
    while app.ready_endpoints():
        assert time.monotonic() < deadline, "the fault had no effect"
        time.sleep(0.3)
    faults = cluster_faults(clouds.apps, clouds.state)
    assert [entry.cloud for entry in faults.undo_leftovers()] == ["cocktail"]
    assert app.ready_endpoints() >= app.minimum() == 1


def test_a_cluster_without_the_verification_label_is_never_broken(clouds):
    from dataclasses import replace

    from naru.model.words import Role
    from naru.wiring.clusters import cluster
    from naru.wiring.config import load_cloud

    target = replace(clouds.apps["naver"], api=cluster(load_cloud("naver"), Role.target, clouds.state))
    faults = cluster_faults({"naver": target}, clouds.state)
    for fault in ("scale-to-zero", "node-stop", "node-pause", "network-cut"):
        with pytest.raises(Missing, match=r"do not all carry the label naru\.dev/role=verify"):
            faults.inject(fault, "naver")
    assert FaultJournal(clouds.journal).entries() == []


@pytest.mark.nightly
@pytest.mark.parametrize("fault", ["node-pause", "readiness-false", "slow", "network-cut", "pod-kill", "two-clouds", "all-clouds"])
def test_every_fault_of_the_matrix_is_survived_as_declared_and_taken_back(clouds, fault):
    clouds.put(work=4 if fault == "slow" else 0)  # next to no CPU hurts only who needs some
    drill, found = clouds.drill([fault])
    assert drill.faults, wrong(found)
    assert drill.faults[0].breakage
    assert wrong(found) == []


@pytest.mark.nightly
def test_survivors_at_the_end_of_their_hpa_are_named(clouds):
    clouds.put(hpa=(1, 1), work=10)  # one page server computes on one processor: three bear 130 requests/s, one does not bear 110
    limits = SHARED.model_copy(update={"latency_floor_milliseconds": 400.0, "survivor_p99_milliseconds": 800.0})
    drill, found = clouds.drill(["two-clouds"], limits=limits, rate=100, with_dns=False)
    assert drill.faults, wrong(found)
    assert any(r.hpa_maximum and r.replicas >= r.hpa_maximum and (r.cpu_percent or 0) > (r.cpu_target or 0) for r in drill.readings)
    assert found.verdict is Verdict.failed
    assert found.cause.reason == "survivors-too-small"


@pytest.mark.nightly
def test_an_app_that_needs_a_minute_to_come_back_is_named(clouds):
    clouds.put(start=60)
    _, found = clouds.drill(["scale-to-zero"], limits=SHARED.model_copy(update={"restore_seconds": 30.0}))
    assert found.verdict is Verdict.failed
    assert found.cause.reason == "slow-return"
    assert "was not ready within" in found.cause.sentence


@pytest.mark.nightly
def test_sticky_clients_of_a_lost_cloud_are_named(clouds):
    clouds.put()
    _, found = clouds.drill(["network-cut"], GslbRules(sticky=True))
    assert found.verdict is Verdict.failed
    assert found.cause.reason == "sticky-clients"
