"""cloud.yaml and product files: what is read, and the sentence for each fault."""

import pytest

from fakes.overlays import cloud_yaml
from naru.core.config_checks import check_cloud
from naru.core.config_file import parse_config
from naru.core.safe_yaml import load_plain
from naru.core.yaml_nodes import read_nodes
from naru.errors import Missing
from naru.model.cloud import CloudConfig

GOOD = cloud_yaml("naver").decode()


def parsed(text):
    return check_cloud(parse_config(text, CloudConfig, "overlays/naver/cloud.yaml"), folder="naver", where="overlays/naver/cloud.yaml")


def test_a_good_file_is_read_with_lists_as_tuples():
    cloud = parsed(GOOD)
    assert [app.name for app in cloud.apps] == ["egov", "openmaru-app"]
    assert cloud.limits.rollout.stability_seconds == 10


@pytest.mark.parametrize(("old", "new", "says"), [
    ("namespace: khan", "namespace: [khan]", "line 3: namespace: input should be a valid string"),
    ("namespace: khan", "namespace: KHAN", "line 3: namespace: string should match pattern"),
    ("namespace: khan", "name_space: khan", "namespace: this field is required and not there"),
    ("pod_prefix: naver-", "pod_prefix: naver-\nweight: 3", "line 5: weight: there is no such field here"),
    ("endpoint_port: 18081", "endpoint_port: '18081'", 'line 7: apps.0.endpoint_port: input should be a valid integer, got "18081"'),
    ("endpoint_port: 18081", "endpoint_port: 80", "line 7: apps.0.endpoint_port: input should be greater than or equal to 1024, got 80"),
    ("endpoint_port: 18081", "endpoint_port: 18080", "two apps have the same endpoint_port"),
    ("proven_app: egov", "proven_app: portal", "proven_app 'portal' is not among apps (egov, openmaru-app)"),
    ("name: naver\n", "name: ktcloud\n", "name is 'ktcloud' but the folder is 'naver'"),
    ("name: naver\n", "name: no\n", "line 1: 'no' means different things to different YAML readers"),
    ("name: naver\n", "name: &n naver\n", "line 1: the anchor '&n' is not allowed"),
    ("namespace: khan", "name: khan", "line 3: the key 'name' stands here twice"),
    ("namespace: khan", "---\nnamespace: khan", "holds 2 YAML documents where one is expected"),
])
def test_a_fault_names_file_line_field_and_what_was_expected(old, new, says):
    with pytest.raises(Missing) as caught:
        parsed(GOOD.replace(old, new, 1))
    assert "overlays/naver/cloud.yaml" in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize(("text", "value"), [
    ("a: 1", {"a": 1}), ("a: -0.5", {"a": -0.5}), ("a: true", {"a": True}), ("a: ~", {"a": None}), ("a:", {"a": None}),
    ("a: '1'", {"a": "1"}), ("a: |\n  x\n", {"a": "x\n"}), ("[1, {b: c}]", [1, {"b": "c"}]), ("a: 2026-11-23", {"a": "2026-11-23"}),
    ("\ufeffa: 1", {"a": 1}), ("1: x", {"1": "x"}),
])
def test_plain_values_mean_what_all_readers_agree_on(text, value):
    assert load_plain(text, "f.yaml") == value


def test_more_values_than_a_file_may_have_are_refused():
    assert read_nodes("[1, 2, 3]", "f.yaml", max_nodes=4)
    with pytest.raises(Missing, match=r"f.yaml line 2: there are more values than a file of this kind may have"):
        read_nodes("[1, 2,\n 3, 4]", "f.yaml", max_nodes=4)
