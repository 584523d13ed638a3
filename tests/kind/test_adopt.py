"""Taking over a Deployment that kubectl apply made, while it serves."""

import copy
import json
import uuid

import pytest

from fakes.stage import ListLog
from kind_rollouts import SERVES, deployment
from naru.edge.clock import SystemClock
from naru.edge.state_dir import StateDir
from naru.errors import Judged
from naru.steps.adopt import adopt, plan_adoption
from naru.steps.effects import Effects
from naru.wiring.clouds import kind_cluster
from naru.wiring.clusters import stand_in
from naru.wiring.rollout import recorder

pytestmark = pytest.mark.kind


@pytest.fixture(scope="module")
def cluster():
    return stand_in("verify-ktcloud", StateDir.from_environment())


@pytest.fixture
def namespace(cluster):
    name = f"adopt-{uuid.uuid4().hex[:6]}"
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    cluster.delete("v1", "Namespace", name)


@pytest.fixture
def live(cluster, namespace):
    """Three replicas by client-side kubectl apply, and a note by hand."""
    obj = deployment(replicas=3, **SERVES)
    obj["metadata"].update(namespace=namespace, annotations={"note": "by hand"})
    kind_cluster("verify-ktcloud").kubectl("apply", "-f", "-", stdin=json.dumps(obj).encode())
    return obj


@pytest.fixture
def release(live):
    """The same app as a release: no replicas (an autoscaler owns them), other arguments."""
    obj = copy.deepcopy(live)
    del obj["spec"]["replicas"], obj["metadata"]["annotations"]
    obj["spec"]["template"]["spec"]["containers"][0]["args"] = ["-dns.port", "5353", "-quiet"]
    return obj


def effects():
    return Effects(ListLog(), SystemClock(), stage="adopt")


def ready(rec, count):
    clock, end = SystemClock(), SystemClock().monotonic() + 120
    while not any(s.type != "GAP" and s.object["kind"] == "Deployment" and s.object.get("status", {}).get("readyReplicas") == count for s in rec.samples):
        assert clock.monotonic() < end, "the pods did not come up"
        rec.wait_beyond(len(rec.samples), 1)


def test_without_adoption_the_release_conflicts_and_the_owner_is_named(cluster, live, release):
    with pytest.raises(Judged, match=r"kubectl-client-side-apply[\s\S]*\.args"):
        cluster.apply(release)


def test_adoption_changes_owners_only_and_the_next_apply_keeps_the_replicas(cluster, namespace, live, release):
    rec = recorder(cluster)
    rec.begin(namespace)
    try:
        ready(rec, 3)
        plan = plan_adoption(cluster, [release], namespace)
        assert [row["owner"] for row in plan[0].plain()["taken"]] == ["kubectl-client-side-apply"] * len(plan[0].taken)
        before, count = cluster.get("apps/v1", "Deployment", "app", namespace), len(rec.samples)
        assert adopt(cluster, [release], namespace, effects()).changed
        after = cluster.get("apps/v1", "Deployment", "app", namespace)
        assert (after["spec"], after["metadata"]["annotations"]["note"]) == (before["spec"], "by hand")
        assert not adopt(cluster, [release], namespace, effects()).changed
        applied = cluster.apply(release)
        assert applied["spec"]["replicas"] == 3
        assert applied["metadata"]["annotations"]["note"] == "by hand"
        rec.wait_beyond(count + 5, 10)
        asked = {s.object["spec"]["replicas"] for s in rec.samples[count:] if s.type != "GAP" and s.object["kind"] == "Deployment"}
        assert asked == {3}
    finally:
        rec.stop()
