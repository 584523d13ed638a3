"""tag-release and publish-release as commands, on real Git and a real registry: twice, killed, hostile."""

import errno
import json
import multiprocessing
import os
import signal

import pytest

import naru.wiring.release as wiring
from naru.cli import main
from naru.edge.git_repo import GitRepo
from naru.edge.registry import Registry
from naru.model.record import content_hash
from naru.model.release import Image, Images, Release
from system.plain_git import clone, commit_file, git
from system.registry_server import RegistryServer
from system.small_image import write_layout

pytestmark = pytest.mark.system

PRODUCT = ["--product", "khan-monitoring", "--khan-release", "8.9.csap", "--bug-fix-version", "999"]
VERSION = "8.9.csap-999"
TAG = "refs/tags/khan-monitoring-5-git-999-ape-5.2.0-8.9.csap"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with RegistryServer(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture
def world(tmp_path, monkeypatch, server):
    monkeypatch.setenv("NARU_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("NARU_SANDBOX", "stages")
    for name in ("KHAN_RELEASE", "BUG_FIX_VERSION", "NARU_PRODUCT"):
        monkeypatch.delenv(name, raising=False)
    host = server.address
    monkeypatch.setattr(wiring, "release_registry", lambda product: (host, Registry()))
    monkeypatch.setattr(wiring, "image_source", lambda image: f"oci:{tmp_path / 'layouts' / image.name}")
    return World(tmp_path, host)


class World:
    def __init__(self, tmp_path, host):
        self.tmp_path, self.host, self.work = tmp_path, host, tmp_path / "work"

    @property
    def source(self):
        return GitRepo.create(self.tmp_path / "state/sandbox/stages/repos/khan-monitoring.git")

    def tag(self, *words):
        return main(["tag-release", *(words or PRODUCT), "--work", str(self.work)])

    def build(self, *, unique):
        """Stands in for build_images: images of one small file, in a repository that no other test uses."""
        folder = wiring.release_folder(self.work)
        release = folder.read(Release, "release.json")
        images = tuple(
            Image(name=name, repository=f"khan/{name}", tag=release.version, labels={}, sbom_sha256="0" * 64, inputs_sha256="0" * 64,
                  **write_layout(self.tmp_path / "layouts" / name, f"{name} {unique}".encode()))
            for name in ("openmaru-app", "egov")
        )
        made_from = {"release.json": content_hash(release)}
        folder.write(Images(version=release.version, commit=release.commit, images=images, made_from=made_from), "images.json")
        return images

    def publish(self, *words):
        return main(["publish-release", *words, "--work", str(self.work)])


def test_tag_and_publish_each_twice(world, server, tmp_path, monkeypatch, capsys):
    with RegistryServer(tmp_path / "own") as own:
        monkeypatch.setattr(wiring, "release_registry", lambda product: (own.address, Registry()))
        assert world.tag() == 0
        assert "is made" in capsys.readouterr().out
        assert world.tag() == 0
        assert "Nothing to do" in capsys.readouterr().out
        images = world.build(unique="twice")
        assert world.publish("--plan") == 0
        assert json.loads(capsys.readouterr().out)["push_tag"] is True
        assert TAG not in world.source.ls_remote()
        assert world.publish() == 0
        assert "all read back equal" in capsys.readouterr().out
        assert world.publish("--json") == 0
        assert json.loads(capsys.readouterr().out)["changed"] is False
        for image in images:
            assert Registry().digest_of(f"{own.address}/{image.repository}:{VERSION}") == image.digest
        release = wiring.release_folder(world.work).read(Release, "release.json")
        found = world.source.ls_remote(TAG)
        assert found == {TAG: release.tag_object, TAG + "^{}": release.commit}
        assert git(world.source.folder, "cat-file", "-t", TAG).stdout.strip() == "tag"


def test_parameters_come_from_the_environment_as_jenkins_gives_them(world, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KHAN_RELEASE", "8.9.csap")
    monkeypatch.setenv("BUG_FIX_VERSION", "999")
    assert main(["tag-release"]) == 0
    assert (tmp_path / "work" / "khan-monitoring" / VERSION / "release.json").is_file()
    monkeypatch.setenv("BUG_FIX_VERSION", "999;touch x")
    assert main(["tag-release"]) == 2
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(("words", "code"), [
    (["--khan-release", "8.9;touch x", "--bug-fix-version", "999"], 2),
    (["--khan-release", "8.9.csap", "--bug-fix-version", "$(id)"], 2),
    (["--khan-release", "--upload-pack=x", "--bug-fix-version", "999"], 2),
    (["--khan-release", "../8.9", "--bug-fix-version", "999"], 2),
    (["--khan-release", "8.9.csap", "--bug-fix-version", ""], 2),
    (["--khan-release", "8.9.csap", "--bug-fix-version", "9" * 300], 2),
    (["--khan-release", "8.9.csap"], 2),
    (["--nope", "1"], 2),
    (["--tag", "x", "--khan-release", "8.9.csap"], 2),
    (["--product", "../x", "--khan-release", "8.9.csap", "--bug-fix-version", "9"], 2),
    (["--tag", "$(id)"], 2),
    ([*PRODUCT, "--commit", "HEAD"], 2),
    (["--khan-release", "8.7", "--bug-fix-version", "999"], 3),
    (["--product", "none", "--khan-release", "8.9.csap", "--bug-fix-version", "9"], 3),
    (["--tag", "v1"], 3),
    (["--tag", "khan-monitoring-5-git-1-ape-5.2.0-8.9.csap"], 3),
    ([*PRODUCT, "--commit", "1" * 40], 3),
])
def test_bad_input_has_the_exit_code_of_the_table_one_sentence_and_leaves_nothing(world, words, code, capsys):
    assert world.tag(*words) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("naru tag-release: ")
    assert len(said.err.splitlines()) == 1
    assert not world.work.exists()


def test_a_commit_that_is_not_on_the_branch_is_refused(world):
    assert world.tag("--khan-release", "8.9", "--bug-fix-version", "1") == 0
    (world.work / "release.json").unlink()
    work = clone(world.source.folder, world.tmp_path / "clone")
    git(work, "checkout", "-q", "-b", "feature")
    commit = commit_file(work, "x", "x", "KAPM-1 feature")
    git(work, "push", "-q", "origin", "feature")
    assert world.tag(*PRODUCT, "--commit", commit) == 3
    git(work, "push", "-q", "origin", "feature:release/8.9")
    assert world.tag(*PRODUCT, "--commit", commit[:12]) == 0


def test_a_lightweight_tag_pushed_by_hand_becomes_a_release(world, capsys):
    world.tag()
    (world.work / "release.json").unlink()
    work = clone(world.source.folder, world.tmp_path / "clone")
    older = git(work, "rev-parse", "HEAD~1").stdout.strip()
    git(work, "push", "-q", "origin", f"{older}:{TAG}")
    assert world.tag("--tag", TAG.removeprefix("refs/tags/")) == 0
    release = wiring.release_folder(world.work).read(Release, "release.json")
    assert (release.commit, release.tag_object) == (older, older)
    assert world.tag(*PRODUCT, "--commit", git(work, "rev-parse", "HEAD").stdout.strip()) == 1
    assert "never moved" in capsys.readouterr().err


def test_publish_without_a_release_says_what_to_run(world, capsys):
    assert world.publish() == 3
    assert "tag-release" in capsys.readouterr().err


def test_a_registry_that_is_down_publishes_nothing_and_is_worth_a_retry(world, monkeypatch, tmp_path):
    with RegistryServer(tmp_path / "gone") as gone:
        address = gone.address
    monkeypatch.setattr(wiring, "release_registry", lambda product: (address, Registry()))
    world.tag()
    world.build(unique="down")
    assert world.publish() == 4
    assert TAG not in world.source.ls_remote()


def test_a_file_that_a_person_broke_is_named_with_what_was_expected(world, capsys):
    world.tag()
    (world.work / "release.json").write_text('{"product": 1}')
    assert world.publish() == 3
    assert "release.json is not a valid Release" in capsys.readouterr().err


@pytest.mark.parametrize("stage", ["tag", "publish"])
def test_a_disk_that_fills_is_told_and_the_same_commands_end_well_later(world, monkeypatch, capsys, tmp_path, stage):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with RegistryServer(tmp_path / "own") as own:
        monkeypatch.setattr(wiring, "release_registry", lambda product: (own.address, Registry()))
        world.tag()
        world.build(unique="full")
        if stage == "tag":
            (world.work / "release.json").unlink()
        files = {path: path.read_bytes() for path in world.work.rglob("*") if path.is_file()}
        with monkeypatch.context() as disk:
            disk.setattr(os, "fsync", full)
            assert getattr(world, stage)() == 3
        assert "No space left on device" in capsys.readouterr().err
        assert {path: path.read_bytes() for path in world.work.rglob("*") if path.is_file() and path.name != "run.log"} == files
        assert TAG not in world.source.ls_remote()
        assert (world.tag(), world.publish()) == (0, 0)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("effect", [1, 2, 3, 4, 5])
def test_killed_by_sigkill_at_any_effect_the_same_commands_end_in_the_same_tag_and_digests(world, monkeypatch, tmp_path, moment, effect):
    with RegistryServer(tmp_path / "own") as own:
        monkeypatch.setattr(wiring, "release_registry", lambda product: (own.address, Registry()))
        world.tag()
        images = world.build(unique="killed")
        release = wiring.release_folder(world.work).read(Release, "release.json")
        child = multiprocessing.get_context("fork").Process(target=publish_and_die, args=(world, moment, effect))
        child.start()
        child.join(60)
        assert child.exitcode == -signal.SIGKILL
        assert world.tag() == 0
        assert world.publish() == 0
        assert world.source.ls_remote(TAG)[TAG] == release.tag_object
        assert [Registry().digest_of(f"{own.address}/{i.repository}:{VERSION}") for i in images] == [i.digest for i in images]


def publish_and_die(world, moment, effect):
    def die(number, kind):
        if number == effect:
            os.kill(os.getpid(), signal.SIGKILL)

    real = wiring.effects

    def deadly(folder, stage):
        made = real(folder, stage)
        setattr(made, f"_{moment}", die)
        return made

    wiring.effects = deadly
    world.publish()
