"""HPAs that are broken for real: first the breakage by the cluster's own objects, then verdict and sentence."""

import pytest

from kind_scaling import Broken, measure
from naru.core.scaling_timeline import timeline_of
from naru.model.words import Verdict

pytestmark = pytest.mark.kind  # the first two need no load and seconds; the others, minutes each, run nightly
FAILED = Verdict.failed


def condition(hpa, kind):
    return next(c for c in hpa["status"]["conditions"] if c["type"] == kind)


def told(seen, reason, *words):
    assert (seen.judgement.verdict, seen.judgement.cause.reason) == (FAILED, reason), seen.judgement.cause
    for word in words:
        assert word in seen.judgement.cause.sentence


def sizes(seen):
    return [change.after for change in timeline_of(seen.run).changes]


def test_an_hpa_over_pods_without_requests_is_told_before_any_load():
    seen = measure(Broken(requests={}))
    active = condition(seen.hpa, "ScalingActive")
    assert (active["status"], active["reason"]) == ("False", "FailedGetResourceMetric")
    assert not seen.run.rows
    told(seen, "requests_set", "Container app of scales sets no CPU request")


def test_an_hpa_whose_maximum_is_too_low_is_told_before_any_load():
    seen = measure(Broken(high=3))
    assert (seen.hpa["spec"]["minReplicas"], seen.hpa["spec"]["maxReplicas"]) == (2, 3)
    assert not seen.run.rows
    told(seen, "room_to_scale", "may run 2 to 3 pods: its maximum is too low")


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(10))
def test_a_healthy_one_passes_every_time(number):
    seen = measure(Broken())
    assert seen.judgement.verdict is Verdict.passed, seen.judgement.cause
    assert max(sizes(seen)) > 2


@pytest.mark.nightly
def test_a_pod_of_someone_else_under_the_selector_is_named():
    stranger = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "stranger", "labels": {"app": "scales"}},
                "spec": {"containers": [{"name": "x", "image": "registry.k8s.io/coredns/coredns:v1.12.1", "args": ["-dns.port", "5353"]}]}}
    seen = measure(Broken(beside=[stranger]))
    assert "stranger" in {pod["metadata"]["name"] for pod in seen.pods if pod["metadata"]["labels"] == {"app": "scales"}}
    told(seen, "no_foreign_pods", "Pod stranger matches the HPA's selector")


@pytest.mark.nightly
def test_a_target_that_is_never_reached_never_scales():
    seen = measure(Broken(target=2000))
    assert seen.hpa["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 2000
    assert not sizes(seen)
    told(seen, "decided", "The HPA never scaled", "its target is 2000 %")


@pytest.mark.nightly
def test_pods_that_are_taken_away_too_early_fail():
    seen = measure(Broken(behavior={"scaleDown": {"stabilizationWindowSeconds": 0}}, limits={"scale_down_wait_seconds": 60}))
    assert seen.hpa["spec"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 0
    told(seen, "scale_down_not_early", "60 s is the least")


def falls_under_load(seen):
    """The scale fell between step and the end of the load, or before the step, as the load came in waves."""
    down = seen.run.marks.down or seen.run.marks.end
    return any(change.after < change.before and change.mono < down for change in timeline_of(seen.run).changes)


@pytest.mark.nightly
def test_an_hpa_that_thrashes_fails():
    for _try in range(3):  # the hold may fall between two waves, and then there was nothing to see
        seen = measure(Broken(env={"WAVE": "20"}, behavior={"scaleDown": {"stabilizationWindowSeconds": 0}}))
        if falls_under_load(seen):
            break
    assert falls_under_load(seen)
    assert seen.judgement.verdict is not Verdict.passed
    assert {c.name for c in seen.judgement.checks if c.verdict is not Verdict.passed} & {"no_thrash", "baseline_still"}


@pytest.mark.nightly
def test_new_pods_that_answer_500_fail():
    seen = measure(Broken(env={"FAILS": "6"}))
    assert {row.status for row in seen.run.rows if not row.ok} == {500}
    told(seen, "availability", "http-500", "of them by new pods")


@pytest.mark.nightly
def test_pods_that_lose_requests_when_they_leave_fail():
    seen = measure(Broken(env={"DROPS": "1", "SLEEP": "0.3"}, drains=False))
    lost = [row for row in seen.run.rows if not row.ok]
    assert lost
    assert min(seen.run.absolute(row.intended) for row in lost) > seen.run.marks.down
    told(seen, "scale_down_errors", "requests failed while pods left")


@pytest.mark.nightly
def test_metrics_that_end_in_the_middle_are_the_cause():
    def cut(cluster, _measurement):
        cluster.scale("metrics-server", "kube-system", 0)

    from naru.edge.state_dir import StateDir
    from naru.wiring.clusters import stand_in

    try:
        seen = measure(Broken(during=cut))
    finally:
        stand_in("verify-cocktail", StateDir.from_environment()).scale("metrics-server", "kube-system", 1)
    assert any(poll.fault for poll in seen.run.metrics)
    told(seen, "metrics_throughout", "metrics.k8s.io gave no new CPU reading")


@pytest.mark.nightly
def test_someone_who_scales_by_hand_is_told():
    def scale(cluster, measurement):
        if not any(change.mono > measurement.run.marks.step for change in measurement._timeline().changes):
            cluster.scale("scales", measurement.cloud.namespace, 3)

    seen = measure(Broken(during=scale))
    assert 3 in sizes(seen)
    told(seen, "only_hpa_scales", "only the HPA may")


