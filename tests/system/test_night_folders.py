"""Release folders of a night, restored from the branches of real repositories."""

from pathlib import Path

import pytest

from fakes.disk_world import DiskWorld
from naru.edge.release_folder import ReleaseFolder
from naru.model.overlays import Overlays
from naru.steps.verify_rollout import read_objects, read_subject
from naru.wiring.nightly import RestoredFolders

pytestmark = pytest.mark.system
CLOUDS = ("naver", "ktcloud")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One release, promoted to two clouds."""
    world = DiskWorld.make(tmp_path_factory.mktemp("night") / "world", CLOUDS)
    world.prove(1, world.root / "work-1")
    world.promote(world.root / "work-1")
    return world


def test_a_restored_folder_has_all_that_the_proofs_read_and_no_proof(world, tmp_path):
    folders = RestoredFolders(world.repo("config"), CLOUDS, tmp_path)
    ((version, clouds),) = folders.running().items()
    folder, first = ReleaseFolder(Path(folders.restore(version, clouds))), ReleaseFolder(world.root / "work-1")
    for cloud in world.configs:
        subject = read_subject(folder, cloud)[3]
        assert subject == read_subject(first, cloud)[3]
        overlays = folder.read(Overlays, "overlays.json")
        assert read_objects(folder, cloud, overlays) == read_objects(first, cloud, overlays)
    assert list(folders.evidence(version).evidences()) == []


def test_a_second_restore_throws_away_what_the_night_before_left(world, tmp_path):
    folders = RestoredFolders(world.repo("config"), CLOUDS, tmp_path)
    ((version, clouds),) = folders.running().items()
    folder = ReleaseFolder(Path(folders.restore(version, clouds)))
    folder.write_raw("evidence/naver.rollout.json", b"{}")
    folders.restore(version, clouds)
    assert not (folder.root / "evidence").exists()
