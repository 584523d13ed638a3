"""Ordered apply, and pruning within our own label only."""

import pytest

from fakes.clock import FakeClock
from fakes.cluster import FakeCluster
from fakes.rollout_world import LABELS, objects
from fakes.stage import effects
from naru.core.apply_order import phases_of, prune_selector
from naru.steps.apply_release import apply_release, clear, plan_prune


class Told:
    def __init__(self, go=True):
        self.go, self.objects = go, []

    def applied(self, obj):
        self.objects.append(obj)

    def before_workloads(self, jobs):
        self.jobs = jobs
        return self.go


@pytest.fixture
def cluster():
    return FakeCluster(FakeClock())


def put(cluster, kind, name, labels=LABELS, **meta):
    cluster.put({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "labels": dict(labels), **meta}, "spec": {}})


def test_what_pods_need_comes_first_then_jobs_then_workloads(cluster):
    told = Told()
    assert apply_release(cluster, objects(), "khan", effects(), told)
    assert [obj["kind"] for obj in told.objects] == ["ConfigMap", "Service", "Job", "Deployment"]
    assert [job["kind"] for job in told.jobs] == ["Job"]
    assert {obj["metadata"]["namespace"] for obj in told.objects} == {"khan"}


def test_nothing_more_is_applied_or_pruned_when_the_jobs_did_not_complete(cluster):
    put(cluster, "ConfigMap", "old")
    told = Told(go=False)
    assert not apply_release(cluster, objects(), "khan", effects(), told)
    assert "Deployment" not in [obj["kind"] for obj in told.objects]
    assert ("ConfigMap", "old") in cluster.objects


def test_applying_again_deletes_nothing(cluster):
    apply_release(cluster, objects(), "khan", effects(), Told())
    cluster.calls.clear()
    apply_release(cluster, objects(), "khan", effects(), Told())
    assert [how for how, _ in cluster.calls if how == "delete"] == []


def test_only_our_own_objects_are_pruned(cluster):
    put(cluster, "ConfigMap", "old")
    put(cluster, "ConfigMap", "of-another-product", {**LABELS, "app.kubernetes.io/part-of": "other"})
    put(cluster, "ConfigMap", "made-by-hand", {})
    put(cluster, "Secret", "made-by-a-controller", ownerReferences=[{"uid": "x"}])
    put(cluster, "PersistentVolumeClaim", "data-of-before")
    assert [obj["metadata"]["name"] for obj in plan_prune(cluster, objects(), "khan")] == ["old"]


def test_objects_without_our_labels_prune_nothing(cluster):
    put(cluster, "ConfigMap", "old")
    bare = [{**obj, "metadata": {"name": obj["metadata"]["name"]}} for obj in objects()]
    assert prune_selector(bare) == ""
    assert plan_prune(cluster, bare, "khan") == []


def test_clearing_takes_everything_of_ours_but_the_data(cluster):
    apply_release(cluster, objects(), "khan", effects(), Told())
    put(cluster, "PersistentVolumeClaim", "data")
    gone = clear(cluster, objects(), "khan", effects())
    assert {obj["kind"] for obj in gone} == {"ConfigMap", "Service", "Job", "Deployment"}
    assert ("PersistentVolumeClaim", "data") in cluster.objects


def test_an_unknown_kind_is_applied_after_the_workloads():
    phases = phases_of([{"kind": "Widget"}, {"kind": "Deployment"}, {"kind": "HorizontalPodAutoscaler"}])
    assert [obj["kind"] for obj in phases.after] == ["Widget", "HorizontalPodAutoscaler"]
