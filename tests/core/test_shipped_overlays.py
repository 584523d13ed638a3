"""The overlays of this clone: read, linted and patched as a release would."""

from pathlib import Path

import pytest

from fakes.overlays import new_release
from naru.core.kustomization_lint import lint_overlay
from naru.core.overlay_set import clouds_of, patched_tree
from naru.edge.overlay_tree import read_tree
from naru.wiring.config import load_clouds, load_product, product_clouds

CLONE = Path(__file__).resolve().parents[2]
NAMES = ("naver", "ktcloud", "cocktail")


@pytest.fixture(scope="module")
def tree():
    return read_tree(CLONE, "overlays")


@pytest.mark.parametrize("name", NAMES)
def test_each_overlay_may_be_rendered(tree, name):
    assert f"overlays/{name}/load-balancer.yaml" in lint_overlay(tree, f"overlays/{name}")


def test_a_release_changes_six_fields_of_each_cloud(tree):
    patched = patched_tree(tree, clouds_of(tree, NAMES), new_release())
    assert {name: len(patch.changes) for name, patch in patched.patches.items()} == dict.fromkeys(NAMES, 6)
    assert sorted(patched.changed) == sorted(f"overlays/{name}/{file}.yaml" for name in NAMES for file in ("job-name", "kustomization"))


def test_the_product_names_clouds_that_are_there_with_ports_of_their_own():
    clouds = load_clouds()
    assert set(NAMES) == {cloud.name for cloud in product_clouds(load_product())} <= {cloud.name for cloud in clouds}
    ports = [app.endpoint_port for cloud in clouds for app in cloud.apps]
    assert len(set(ports)) == len(ports)


def test_the_public_service_bears_no_prefix_and_the_apm_does():
    for cloud in product_clouds(load_product()):
        assert cloud.app("egov").deployment == "egov"
        assert cloud.app("openmaru-app").deployment == f"{cloud.pod_prefix}openmaru-app"
