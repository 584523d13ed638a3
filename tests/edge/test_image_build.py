"""How buildah keeps its layers: by mounting where that can work, else by copying."""

import os
from pathlib import Path

import pytest

from naru.edge.image_build import storage_driver


@pytest.mark.parametrize(("folder", "driver"), [("/state/cache", "overlay"), ("/a, b/cache", "vfs"), ("/a:b/cache", "vfs")])
def test_a_folder_that_a_mount_could_not_name_is_copied_into(folder, driver, monkeypatch):
    monkeypatch.delenv("NARU_STORAGE_DRIVER", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert storage_driver(Path(folder)) == driver


def test_who_may_not_mount_copies_and_an_operator_may_choose(monkeypatch):
    monkeypatch.delenv("NARU_STORAGE_DRIVER", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert storage_driver(Path("/state")) == "vfs"
    monkeypatch.setenv("NARU_STORAGE_DRIVER", "overlay")
    assert storage_driver(Path("/state")) == "overlay"
