"""Overlay trees read from a folder: plain files only."""

import os

import pytest

from naru.edge.config_dir import ConfigDir
from naru.edge.manifest_schemas import ManifestSchemas
from naru.edge.overlay_tree import MAX_FILE, read_tree, write_tree
from naru.errors import Malformed, Missing
from naru.wiring.config import load_cloud, load_product


def test_what_is_written_is_read_back_byte_for_byte(tmp_path):
    files = {"overlays/naver/a.yaml": b"a: 1\r\n", "overlays/base/한.txt": b"\xef\xbb\xbf"}
    write_tree(tmp_path, files)
    assert read_tree(tmp_path, "overlays") == files


@pytest.mark.parametrize("target", ["/etc/passwd", "b.yaml", "."])
def test_a_symbolic_link_is_refused_wherever_it_leads(tmp_path, target):
    write_tree(tmp_path, {"overlays/b.yaml": b""})
    (tmp_path / "overlays" / "a").symlink_to(target)
    with pytest.raises(Missing, match="overlays/a is a symbolic link"):
        read_tree(tmp_path, "overlays")


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    (tmp_path / "overlays").mkdir()
    os.mkfifo(tmp_path / "overlays" / "p")
    with pytest.raises(Missing, match="overlays/p is not a plain file"):
        read_tree(tmp_path, "overlays")


def test_a_file_of_50_megabytes_is_refused_unread(tmp_path):
    (tmp_path / "overlays").mkdir()
    with (tmp_path / "overlays" / "big.yaml").open("wb") as stream:
        stream.truncate(50 * 1024 * 1024)
    with pytest.raises(Missing, match=f"overlays/big.yaml has 52428800 bytes; the limit is {MAX_FILE}"):
        read_tree(tmp_path, "overlays")


def test_nothing_is_written_outside_the_folder(tmp_path):
    with pytest.raises(Missing, match="leads out of the folder"):
        write_tree(tmp_path / "in", {"../out": b""})
    assert not (tmp_path / "out").exists()


def test_an_unknown_cloud_or_product_is_told_with_those_there_are():
    with pytest.raises(Missing, match=r"no cloud 'azure'.*Known: cocktail, ktcloud, naver"):
        load_cloud("azure")
    with pytest.raises(Missing, match=r"no product 'other'.*Known: .*khan-monitoring"):
        load_product("other")


@pytest.mark.parametrize("name", ["../x", "Naver", "a b", "", "a" * 80, "가"])
def test_a_name_that_cannot_be_one_is_malformed(name):
    with pytest.raises(Malformed):
        load_cloud(name)


def test_a_cloud_yaml_that_is_a_link_out_of_the_tree_is_refused(tmp_path):
    (tmp_path / "root" / "overlays" / "naver").mkdir(parents=True)
    (tmp_path / "secret").write_text("x")
    (tmp_path / "root" / "overlays" / "naver" / "cloud.yaml").symlink_to(tmp_path / "secret")
    with pytest.raises(Missing, match="leads out of"):
        ConfigDir(tmp_path / "root").cloud_bytes("naver")


def test_schemas_know_what_a_version_serves_and_what_a_field_may_be():
    schemas = ManifestSchemas()
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "a"}, "spec": {"minAvailabel": 1}}
    standing, faults = schemas.check(budget, "v1.34.4")
    assert standing == "served"
    assert "minAvailabel" in faults[0]
    assert schemas.check({**budget, "apiVersion": "policy/v1beta1"}, "v1.34.4") == ("gone", [])
    assert schemas.check({**budget, "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway"}, "v1.34.4") == ("custom", [])
    assert schemas.check({**budget, "spec": {"minAvailable": 1}}, "v1.99.0") == ("served", [])
