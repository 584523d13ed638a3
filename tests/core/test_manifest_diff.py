"""What changes between two renders, and how clouds differ from each other."""

import copy

from fakes.overlays import cloud_yaml, deployment
from naru.core.cloud_differences import differences, unused_declarations
from naru.core.config_file import parse_config
from naru.core.manifest_diff import diff_objects
from naru.model.cloud import CloudConfig


def config_map(name, value, app="egov"):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"app.kubernetes.io/name": app}}, "data": {"V": value}}


def job(version):
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": f"migrate-{version}", "labels": {"app.kubernetes.io/name": "egov"}}, "spec": {"n": 1}}


def test_a_changed_field_is_told_by_the_name_of_its_list_item():
    new = copy.deepcopy(deployment("egov", image="a@1"))
    new["spec"]["template"]["spec"]["containers"][0]["image"] = "a@2"
    (change,) = diff_objects([deployment("egov", image="a@1")], [new])
    assert (change.object, change.change) == ("Deployment/egov", "changed")
    assert [(field.path, field.old, field.new) for field in change.fields] == [("spec.template.spec.containers.egov.image", "a@1", "a@2")]


def test_equal_objects_make_no_difference():
    assert diff_objects([deployment("egov")], [deployment("egov")]) == ()


def test_a_number_and_the_same_text_are_different():
    (change,) = diff_objects([{**job("1"), "spec": {"n": 1}}], [{**job("1"), "spec": {"n": "1"}}])
    assert [(field.old, field.new) for field in change.fields] == [(1, "1")]


def test_a_field_that_comes_or_goes_has_none_on_the_other_side():
    (change,) = diff_objects([{**job("1"), "spec": {"a": 1}}], [{**job("1"), "spec": {"b": 2}}])
    assert [(field.path, field.old, field.new) for field in change.fields] == [("spec.b", None, 2), ("spec.a", 1, None)]


def test_a_generated_config_map_is_the_same_thing_under_a_new_hash():
    (change,) = diff_objects([config_map("release-abcdef1234", "1")], [config_map("release-bcdfg56789", "2")])
    assert (change.object, change.old_name, change.change) == ("ConfigMap/release-bcdfg56789", "release-abcdef1234", "changed")
    assert [field.path for field in change.fields] == ["data.V"]


def test_a_migration_job_is_the_same_thing_under_a_new_version():
    (change,) = diff_objects([job("8-8")], [job("8-9")])
    assert (change.object, change.old_name) == ("Job/migrate-8-9", "migrate-8-8")


def test_objects_that_come_and_go_are_listed_when_they_cannot_be_the_same():
    found = diff_objects([deployment("a")], [deployment("b")])
    assert [(item.object, item.change) for item in found] == [("Deployment/b", "added"), ("Deployment/a", "removed")]


def clouds(*declared):
    return [parse_config(cloud_yaml(name, f"declared_differences:\n  {text}\n" if text else ""), CloudConfig, name) for name, text in declared]


def test_what_follows_from_cloud_yaml_itself_is_no_difference():
    rendered = {}
    for name in ("naver", "ktcloud"):
        prefixed = deployment("openmaru-app", image="x@1")
        prefixed["metadata"]["name"] = f"{name}-openmaru-app"
        rendered[name] = [deployment("egov", image=f"registry.{name}.example/khan/egov@1"), prefixed]
    assert differences(rendered, clouds(("naver", ""), ("ktcloud", ""))) == ()


def test_the_one_that_deviates_from_the_majority_must_say_why():
    rendered = {"naver": [deployment("egov", replicas=2)], "ktcloud": [deployment("egov", replicas=2)], "cocktail": [deployment("egov", replicas=3)]}
    (found,) = differences(rendered, clouds(("naver", ""), ("ktcloud", ""), ("cocktail", "")))
    assert (found.object, found.path, found.undeclared) == ("Deployment/egov", "spec.replicas", ("cocktail",))
    (found,) = differences(rendered, clouds(("naver", ""), ("ktcloud", ""), ("cocktail", "Deployment/egov:spec.replicas: more users")))
    assert (found.undeclared, found.reasons) == ((), {"cocktail": "more users"})


def test_where_all_differ_each_must_say_why_and_absent_counts_as_a_value():
    rendered = {"naver": [deployment("egov", replicas=2)], "ktcloud": [{**deployment("egov"), "spec": {}}]}
    found = differences(rendered, clouds(("naver", "'*:spec*': mine"), ("ktcloud", "")))
    assert {item.undeclared for item in found} == {("ktcloud",)}
    assert any(item.values["ktcloud"] == "(absent)" for item in found)


def test_a_declaration_that_nothing_needs_is_told():
    configs = clouds(("naver", "Deployment/egov:spec.replicas: more users"), ("ktcloud", ""))
    found = differences({"naver": [deployment("egov")], "ktcloud": [deployment("egov")]}, configs)
    assert unused_declarations(found, configs) == [("naver", "Deployment/egov:spec.replicas")]
