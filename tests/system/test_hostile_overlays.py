"""Config repositories that were made to do harm: the stage stops with exit 3, file and line, and writes nothing."""

import shutil
from pathlib import Path

import pytest

from fakes.overlays import images, release
from fakes.stage import ListLog, Quiet, effects
from naru.edge.git_repo import GitRepo
from naru.edge.manifest_schemas import ManifestSchemas
from naru.edge.overlay_tree import read_tree
from naru.edge.release_folder import ReleaseFolder
from naru.errors import Missing
from naru.steps.overlay_candidate import Ports
from naru.steps.patch_overlays import patch_overlays
from naru.wiring.config import load_product
from naru.wiring.overlays import GitTrees, TreeRenderer
from system.plain_git import WHEN, clone, git

pytestmark = pytest.mark.system
CLONE = Path(__file__).resolve().parents[2]
OVERLAY = "overlays/naver/kustomization.yaml"


def link(target):
    def put(folder):
        path = folder / "overlays" / "naver" / "storage.yaml"
        path.unlink()
        path.symlink_to(target)

    return put


def text(change):
    def put(folder):
        (folder / OVERLAY).write_bytes(change((folder / OVERLAY).read_bytes()))

    return put


def large(folder):
    with (folder / "overlays" / "naver" / "large.yaml").open("wb") as stream:
        stream.truncate(50 * 1024 * 1024)


def bomb(data):
    levels = b"".join(b"x%d: &x%d [%s]\n" % (n, n, b", ".join([b"*x%d" % (n - 1)] * 9)) for n in range(1, 9))
    return b"x0: &x0 lol\n" + levels + data


CASES = {
    "a link to a file of the machine": (link("/etc/passwd"), "leads out of the repository"),
    "a link inside the tree": (link("load-balancer.yaml"), "overlays/naver/storage.yaml is a symbolic link"),
    "an address as base": (text(lambda d: d.replace(b"../base", b"https://example.invalid/base")), f"{OVERLAY} line 7: 'https://example.invalid/base' is an address"),
    "a base above the repository": (text(lambda d: d.replace(b"../base", b"../../..")), f"{OVERLAY} line 7: '../../..' leads out of the repository"),
    "helm": (text(lambda d: d + b"helmCharts: []\n"), "'helmCharts' is not allowed"),
    "a program as generator": (text(lambda d: d + b"generators: [run.yaml]\n"), "'generators' is not allowed"),
    "an alias bomb": (text(bomb), f"{OVERLAY} line 1: the anchor '&x0' is not allowed"),
    "deep nesting": (text(lambda d: b"x: " + b"[" * 5000 + b"]" * 5000 + b"\n" + d), "nested more than 40 deep"),
    "a file of 50 megabytes": (large, "overlays/naver/large.yaml has 52428800 bytes"),
    "binary": (text(lambda d: d + b"\x00"), "is binary, not YAML"),
    "a key twice": (text(lambda d: d + b"namespace: other\n"), "the key 'namespace' stands here twice"),
    "a tab": (text(lambda d: d.replace(b"  - ../base", b"\t- ../base")), f"{OVERLAY} line 7: a tab stands where only spaces may indent"),
    "another image": (text(lambda d: d.replace(b"name: egov", b"name: portal")), "has no image 'egov' under images (found: openmaru-app, portal)"),
}


@pytest.fixture(scope="module")
def seed(tmp_path_factory):
    """A bare repository with the overlays of this clone."""
    folder = tmp_path_factory.mktemp("seed")
    repo = GitRepo.create(folder / "config.git")
    commit = repo.write_commit((), read_tree(CLONE, "overlays"), "overlays", when=WHEN)
    repo.push_create_only("refs/heads/main", commit)
    return folder / "config.git"


@pytest.mark.parametrize("name", CASES)
def test_the_stage_stops_before_anything_is_written(seed, tmp_path, name):
    put, says = CASES[name]
    config = tmp_path / "config.git"
    shutil.copytree(seed, config)
    people = clone(config, tmp_path / "people")
    git(people, "checkout", "-q", "main")
    put(people)
    git(people, "add", "--all")
    git(people, "commit", "-q", "-m", "change")
    git(people, "push", "-q", "origin", "HEAD:main")
    work = ReleaseFolder(tmp_path / "work")
    work.write(release(), "release.json")
    work.write(images(), "images.json")
    repo = GitRepo.clone_or_open(str(config), tmp_path / "copy.git")
    log = ListLog()
    ports = Ports(repo=repo, trees=GitTrees(repo), renderer=TreeRenderer(), schemas=ManifestSchemas(), stand_in_version="v1.34.4",
                  folder=work, effects=effects(log), progress=Quiet())

    before = git(config, "for-each-ref").stdout
    with pytest.raises(Missing) as caught:
        patch_overlays(ports, load_product())
    assert says in str(caught.value)
    assert caught.value.exit_code == 3
    assert git(config, "for-each-ref").stdout == before
    assert log.entries == []
    assert sorted(path.name for path in work.root.iterdir()) == ["images.json", "release.json"]
