"""Live against wanted: what differs, what an autoscaler owns, what pods report."""

import pytest

from naru.core.drift import autoscaled_names, differences, live_images, unsettled

WANTED = {"kind": "Deployment", "metadata": {"name": "egov", "labels": {"a": "1"}, "managedFields": [1], "resourceVersion": "1", "generation": 1},
          "spec": {"replicas": 2, "template": {"containers": [{"name": "egov", "image": "x"}]}}, "status": {"replicas": 2}}


def live(**spec):
    return {**WANTED, "metadata": {**WANTED["metadata"], "managedFields": [2], "resourceVersion": "9", "generation": 4},
            "spec": {**WANTED["spec"], **spec}, "status": {"replicas": 9}}


def test_what_the_server_writes_by_itself_is_no_drift():
    assert differences(live(), WANTED) == ()


def test_a_changed_a_missing_and_a_foreign_field_are_told_with_both_values():
    assert differences(live(paused=True), WANTED) == ("Deployment/egov spec.paused is True, not absent",)
    assert differences(live(template={"containers": [{"name": "egov", "image": "y"}]}), WANTED) == (
        "Deployment/egov spec.template.containers.0.image is y, not x",)
    assert differences(None, WANTED) == ("Deployment/egov is not there",)
    assert "spec.template.containers is" in differences(live(template={"containers": []}), WANTED)[0]


def test_a_number_of_replicas_that_an_autoscaler_owns_is_no_drift():
    assert differences(live(replicas=5), WANTED) == ("Deployment/egov spec.replicas is 5, not 2",)
    assert differences(live(replicas=5), WANTED, autoscaled=True) == ()
    hpa = {"kind": "HorizontalPodAutoscaler", "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "egov"}}}
    assert autoscaled_names([WANTED, hpa]) == {("Deployment", "egov")}


def pod(digest="1", *, phase="Running", deleting=False, image="reg.example/khan/egov:1@sha256:" + "1" * 64):
    meta = {"name": "egov-1", "labels": {"app.kubernetes.io/name": "egov"}, **({"deletionTimestamp": "now"} if deleting else {})}
    return {"metadata": meta, "spec": {"containers": [{"name": "egov", "image": image}]},
            "status": {"phase": phase, "containerStatuses": [{"name": "egov", "imageID": f"reg.example/khan/egov@sha256:{digest * 64}"}]}}


def test_images_are_read_from_what_pods_report_and_each_is_told_once():
    found = live_images([pod(), pod(), pod("2"), pod("3", deleting=True), pod("4", phase="Succeeded")], {"khan/egov": "egov"})
    assert [(item.workload, item.digest[-1]) for item in found] == [("egov", "1"), ("egov", "2")]


def test_containers_of_other_images_are_not_the_releases():
    assert live_images([pod(image="reg.example/other/sidecar:1")], {"khan/egov": "egov"}) == ()


def test_a_stateful_set_that_is_not_settled_is_named_by_its_kind():
    found = unsettled([{"kind": "StatefulSet", "metadata": {"name": "db", "generation": 1}, "spec": {"replicas": 0}, "status": {"observedGeneration": 1}}])
    assert found == ("StatefulSet/db is scaled to 0",)


@pytest.mark.parametrize(("status", "generation", "replicas", "word"), [
    ({"observedGeneration": 1, "updatedReplicas": 2, "readyReplicas": 2, "replicas": 2}, 1, 2, ""),
    ({"observedGeneration": 1, "updatedReplicas": 2, "readyReplicas": 1, "replicas": 2}, 1, 2, "1 of 2 pods ready"),
    ({"observedGeneration": 1, "updatedReplicas": 1, "readyReplicas": 2, "replicas": 2}, 1, 2, "2 of 2 pods ready"),
    ({"observedGeneration": 1}, 2, 2, "has not seen"),
    ({"observedGeneration": 1}, 1, 0, "scaled to 0"),
])
def test_a_deployment_is_settled_only_when_all_its_pods_are_new_and_ready(status, generation, replicas, word):
    found = unsettled([{"metadata": {"name": "egov", "generation": generation}, "spec": {"replicas": replicas}, "status": status}])
    assert (word in found[0]) if word else found == ()
