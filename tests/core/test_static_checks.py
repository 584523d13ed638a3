"""Weaknesses of rendered manifests, each with the proof that will show it; and how far a stand-in proves each field."""

import pytest

from fakes.overlays import AnySchema, autoscaler, cloud_yaml, deployment
from naru.core.config_file import parse_config
from naru.core.scope import SCALING_PROOF, scope_of_proof
from naru.core.static_checks import allowed_evictions, refuse_blocking, static_findings
from naru.errors import Missing
from naru.model.cloud import CloudConfig
from naru.model.overlays import Coverage, Substitution
from naru.model.picture import ClusterPicture

CLOUD = parse_config(cloud_yaml("naver"), CloudConfig, "cloud.yaml")
REQUESTS = {"resources": {"requests": {"cpu": "100m"}}}


def pdb(**spec):
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "egov"},
            "spec": {"selector": {"matchLabels": {"app.kubernetes.io/name": "egov"}}, **spec}}


def service(**spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "egov"}, "spec": {"selector": {"app.kubernetes.io/name": "egov"}, **spec}}


def bare(**container):
    item = deployment("egov", **container)
    del item["spec"]["replicas"]
    return item


def codes(*objects, schemas=None):
    found = static_findings(objects, CLOUD, (schemas or AnySchema()).check, "v1.34.4")
    return {(finding.code, finding.proof) for finding in found}


def test_a_sound_set_of_objects_has_no_findings():
    assert codes(bare(**REQUESTS), autoscaler(), pdb(minAvailable=1), service()) == set()


@pytest.mark.parametrize(("objects", "found"), [
    ((bare(), autoscaler()), ("hpa-without-requests", "scaling")),
    ((deployment("egov", **REQUESTS), autoscaler()), ("replicas-against-hpa", "scaling")),
    ((bare(**REQUESTS), autoscaler(minimum=1)), ("single-replica", "failover")),
    ((deployment("egov", replicas=1),), ("single-replica", "failover")),
    ((deployment("egov", replicas=2), pdb(minAvailable=2)), ("budget-blocks-eviction", "failover")),
    ((deployment("egov", replicas=2), pdb(maxUnavailable=0)), ("budget-blocks-eviction", "failover")),
    ((deployment("egov", replicas=2), pdb(minAvailable="60%")), ("budget-blocks-eviction", "failover")),
    ((bare(**REQUESTS), autoscaler(), pdb(minAvailable=2)), ("budget-blocks-eviction", "failover")),
    ((deployment("egov", readinessProbe=None), service()), ("no-readiness-probe", "rollout")),
    ((deployment("egov", image="r.example/egov:8.9"),), ("image-not-by-digest", "rollout")),
    ((deployment("egov", image="egov@sha256:12"),), ("image-not-by-digest", "rollout")),
])
def test_each_weakness_names_the_proof_that_will_show_it(objects, found):
    assert codes(*objects) == {found}


def test_memory_is_looked_at_where_the_hpa_counts_memory():
    metrics = [{"type": "Resource", "resource": {"name": "memory", "target": {"type": "Utilization", "averageUtilization": 60}}}]
    assert codes(bare(**REQUESTS), autoscaler(metrics=metrics)) == {("hpa-without-requests", "scaling")}


def test_an_hpa_on_absolute_values_needs_no_requests():
    metrics = [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "80m"}}}]
    assert codes(bare(), autoscaler(metrics=metrics)) == set()


def test_what_the_cloud_could_not_run_at_all_blocks():
    gone = AnySchema({"PodDisruptionBudget": ("gone", [])})
    assert codes(pdb(), schemas=gone) == {("api-version-gone", "server-side dry run")}
    wrong = AnySchema({"PodDisruptionBudget": ("served", ["spec: 'foo' was unexpected"])})
    findings = static_findings([pdb()], CLOUD, wrong.check, "v1.34.4")
    with pytest.raises(Missing, match="The rendered overlay of naver cannot run: PodDisruptionBudget/egov: spec: 'foo' was unexpected"):
        refuse_blocking("naver", findings)


def test_findings_that_a_proof_will_show_do_not_block():
    refuse_blocking("naver", static_findings([deployment("egov", replicas=1)], CLOUD, AnySchema().check, "v1.34.4"))


@pytest.mark.parametrize(("spec", "pods", "allowed"), [
    ({"maxUnavailable": 1}, 1, 1), ({"maxUnavailable": "10%"}, 2, 1), ({"maxUnavailable": "0%"}, 5, 0), ({"minAvailable": 1}, 1, 0),
    ({"minAvailable": 1}, 2, 1), ({"minAvailable": "50%"}, 3, 1), ({"minAvailable": 9}, 2, 0), ({}, 3, 3),
])
def test_evictions_are_counted_as_kubernetes_counts_them(spec, pods, allowed):
    assert allowed_evictions(spec, pods) == allowed


def scope(*objects, **more):
    entries = scope_of_proof(objects, cloud="naver", proven_deployment="egov", stand_in_version="v1.34.4", **more)
    return {(f"{entry.kind}/{entry.name}", entry.field_class): entry.coverage for entry in entries}


def test_each_object_and_field_class_says_how_far_it_is_proven():
    found = scope(
        bare(**REQUESTS), autoscaler(), autoscaler("portal"), pdb(minAvailable=1), service(type="LoadBalancer"),
        {**service(), "metadata": {"name": "s2", "annotations": {"cloud.example/lb": "nlb"}}},
        {"apiVersion": "x.example/v1", "kind": "Mesh", "metadata": {"name": "m"}, "spec": {"a": 1}},
    )
    assert found == {
        ("Deployment/egov", "spec"): Coverage.exercised, ("HorizontalPodAutoscaler/egov", "spec"): Coverage.exercised,
        ("HorizontalPodAutoscaler/portal", "autoscaling without load"): Coverage.inert,
        ("PodDisruptionBudget/egov", "disruption budget"): Coverage.inert, ("Service/egov", "spec"): Coverage.exercised,
        ("Service/s2", "load balancer annotations"): Coverage.inert, ("Service/s2", "spec"): Coverage.exercised,
        ("Mesh/m", "spec of Mesh"): Coverage.absent, ("Cluster/naver", "cluster"): Coverage.absent,
    }


@pytest.mark.parametrize(("objects", "unproven"), [
    ((bare(**REQUESTS), autoscaler()), set()),
    ((bare(**REQUESTS),), {"Deployment/egov"}),
    (({**bare(**REQUESTS), "kind": "StatefulSet"}, autoscaler()), {"StatefulSet/egov"}),
])
def test_an_app_that_the_scaling_proof_cannot_work_on_says_so(objects, unproven):
    assert {name for (name, field), coverage in scope(*objects).items() if field == SCALING_PROOF and coverage is Coverage.absent} == unproven


def test_a_substituted_field_is_never_taken_for_proven():
    sub = Substitution(kind="Deployment", name="egov", path="spec.replicas", value="1", reason="small machine")
    found = scope(deployment("egov"), substitutions=[sub])
    assert found["Deployment/egov", "substituted spec.replicas"] is Coverage.substituted


def test_a_secrets_values_are_substituted_and_placement_is_inert():
    item = bare(env=[{"name": "K", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}])
    item["spec"]["template"]["spec"] |= {"nodeSelector": {"a": "b"}, "imagePullSecrets": [{"name": "r"}]}
    found = scope(item)
    assert found["Deployment/egov", "secret values"] is Coverage.substituted
    assert found["Deployment/egov", "placement"] is Coverage.inert
    assert found["Deployment/egov", "pull secret"] is Coverage.inert


def test_a_captured_picture_names_what_the_stand_in_lacks():
    picture = ClusterPicture(cloud="naver", kubernetes_version="v1.32.8", webhooks=("policy.nks",), quotas={"khan": {"pods": "20"}},
                             pod_security={"enforce": "restricted"}, network_policies_enforced=True)
    found = scope(service(), picture=picture)
    assert {field for (name, field), coverage in found.items() if name == "Cluster/naver" and coverage is Coverage.absent} == {
        "admission webhooks", "enforced network policies"}
    assert found["Cluster/naver", "resource quotas"] is Coverage.exercised  # `clouds up` makes them from the picture
    assert found["Cluster/naver", "pod security labels"] is Coverage.exercised
    assert found["Cluster/naver", "kubernetes version"] is Coverage.inert
    same = scope(service(), picture=picture.model_copy(update={"kubernetes_version": "v1.34.1+nks"}))
    assert same["Cluster/naver", "kubernetes version"] is Coverage.exercised
