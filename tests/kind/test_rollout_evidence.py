"""What vanished stays readable; the autoscaler in the middle of a rollout; an API server that is started anew."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from kind_rollouts import SERVES, Broken, deployment, script, shell_volumes, watch
from naru.core.evidence_counts import count_all
from naru.core.evidence_reading import choose_logs, lines_until
from naru.edge.clock import SystemClock
from naru.edge.state_dir import StateDir
from naru.model.words import Verdict
from naru.wiring.clusters import stand_in
from naru.wiring.rollout import recorder

pytestmark = pytest.mark.kind
PODS = 30


@pytest.fixture(scope="module")
def cluster():
    return stand_in("verify-cocktail", StateDir.from_environment())


@pytest.fixture
def namespace(cluster):
    name = f"evidence-{uuid.uuid4().hex[:6]}"
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    cluster.delete("v1", "Namespace", name)


def wait_for(rec, true, what, seconds=180):
    clock = SystemClock()
    end = clock.monotonic() + seconds
    while not true():
        assert clock.monotonic() < end, what
        rec.wait_beyond(len(rec.samples), 0.5)


def test_the_last_words_of_thirty_deleted_pods_are_kept(cluster, namespace):
    rec = recorder(cluster)
    rec.begin(namespace)
    try:
        talk = script('echo "I am $HOSTNAME"; trap "echo bye from $HOSTNAME; exit 0" TERM; while :; do sleep 0.2; done')
        obj = deployment(replicas=10, pod=shell_volumes(), **talk)
        obj["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 5
        obj["metadata"]["namespace"] = namespace
        cluster.apply(obj)
        killed = set()
        while len(killed) < PODS:
            said = {log.pod for log in rec.logs() if "I am" in log.text}
            for pod in sorted(said - killed)[: PODS - len(killed)]:
                cluster.delete("v1", "Pod", pod, namespace)
                killed.add(pod)
            rec.wait_beyond(len(rec.samples), 0.5)
        gone = lambda: {s.object["metadata"]["name"] for s in rec.samples if s.type == "DELETED" and s.object["kind"] == "Pod"}  # noqa: E731
        wait_for(rec, lambda: killed <= gone(), "the pods were not deleted")
    finally:
        rec.stop()
    assert {s.object["metadata"]["name"] for s in rec.samples if s.type == "DELETED" and s.object["kind"] == "Pod"} >= killed
    counts = count_all(rec.samples, rec.logs())
    assert counts["logs_lost"] == 0, counts
    for pod in killed:
        assert f"bye from {pod}" in "\n".join(lines_until(choose_logs(rec.logs(), pod)[0]))


def test_an_autoscaler_that_acts_in_the_middle_does_not_fail_the_rollout(cluster):
    busy = deployment(**SERVES, resources={"requests": {"cpu": "10m"}})
    scaler = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "app"}, "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "app"}, "minReplicas": 3, "maxReplicas": 5,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]}}
    del busy["spec"]["replicas"]
    seen = watch(cluster, "autoscaled", Broken([busy, scaler], limits={"deadline_seconds": 170.0}))
    asked = [t.object["spec"]["replicas"] for t in seen.watched.turns if (t.object or {}).get("kind") == "Deployment"]
    assert asked == [1]  # what was applied; the autoscaler made three of it
    assert seen.objects["Deployment"][0]["spec"]["replicas"] >= 3
    assert seen.watched.verdict is Verdict.passed, seen.watched.sentence


def test_many_rollouts_side_by_side_are_all_judged_good(cluster):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: watch(cluster, f"good-{n}", Broken([deployment(**SERVES)], limits={"stability_seconds": 3.0})), range(8)))
    assert {seen.watched.verdict for seen in found} == {Verdict.passed}
