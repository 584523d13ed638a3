"""build-images on the sample product with real Maven, buildah and mmdebstrap."""

import hashlib
import json
import os
import signal
import subprocess
import threading
import urllib.request

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from naru.core.base_image import apt_preferences, is_left_out, lock_differences, read_control
from naru.edge.base_store import BaseStore
from naru.edge.registry import Registry
from naru.model.base_image import BaseDefinition
from system.build_machine import BuildMachine, running, status, unpack, wait_for
from system.plain_git import clone, commit_file, git
from system.registry_server import RegistryServer

pytestmark = pytest.mark.system

WORK = "src/egov/src/main/java/kr/khan/egov/Work.java"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    machine = BuildMachine(tmp_path_factory.mktemp("first")).tag()
    done = machine.build()
    assert done.returncode == 0, done.stderr
    return machine


def test_two_builds_in_two_folders_under_other_circumstances_give_the_same_digests_and_sboms(built, tmp_path):
    other = BuildMachine(tmp_path / "a much longer folder name with spaces").tag()
    (tmp_path / "elsewhere").mkdir()
    done = other.build(cwd=tmp_path / "elsewhere", umask=0o077, TZ="Asia/Seoul", LANG="ko_KR.UTF-8", LC_ALL="C", PYTHONHASHSEED="7",
                       NARU_STORAGE_DRIVER="vfs")
    assert done.returncode == 0, done.stderr
    assert other.images() == built.images()
    for name in built.digests():
        sbom = f"sbom/{name}.cdx.json"
        assert (other.work / sbom).read_bytes() == (built.work / sbom).read_bytes()


def test_a_second_run_has_nothing_to_do_and_changes_no_file(built):
    before = (built.work / "images.json").read_bytes()
    done = built.build("--json")
    assert (done.returncode, json.loads(done.stdout)["changed"]) == (0, False)
    assert (built.work / "images.json").read_bytes() == before


def test_the_plan_of_a_built_release_says_nothing_to_do(built):
    plan = json.loads(built.build("--plan").stdout)
    assert {image["name"]: (image["action"], image["digest"]) for image in plan["images"]} == {
        name: ("nothing", digest) for name, digest in built.digests().items()
    }


def test_a_damaged_image_is_built_again_to_the_same_digest(built):
    layout, digests = built.layout("egov"), built.digests()
    layout.blob_path(layout.read().layers[-1].digest).unlink()
    done = built.build()
    assert done.returncode == 0, done.stderr
    assert "1 of 2 images" in done.stdout
    assert built.digests() == digests
    assert built.layout("egov").read().digest == digests["egov"]


def test_a_registry_gets_exactly_the_digest_that_images_json_says(built, tmp_path):
    with RegistryServer(tmp_path / "registry") as server:
        for image in built.images()["images"]:
            reference = f"{server.address}/{image['repository']}:{image['tag']}"
            assert Registry().copy_in(f"oci:{built.layout(image['name']).folder}", reference) == image["digest"]
            facts = Registry().facts(reference)
            assert (facts.digest, facts.config_digest, facts.size) == (image["digest"], image["config_digest"], image["size"])


def test_images_name_their_commit_run_as_no_one_and_hold_no_shell(built, tmp_path):
    release = json.loads((built.work / "release.json").read_text())
    layout = built.layout("egov")
    config = json.loads(layout.config_bytes(layout.read()))
    labels = config["config"]["Labels"]
    assert labels["org.opencontainers.image.revision"] == release["commit"]
    assert labels["org.opencontainers.image.ref.name"] == release["tag"]
    assert config["config"]["User"] == "10001:10001"
    text = layout.config_bytes(layout.read()).decode()
    assert str(built.folder) not in text
    root = unpack(layout, tmp_path / "root")
    assert not (root / "usr/bin/sh").exists()
    assert (root / "var/lib/dpkg/status.d/openjdk-17-jre-headless").is_file()


def test_the_apps_run_from_their_images_and_the_console_lists_the_reporting_app(built, tmp_path):
    console, app = (unpack(built.layout(name), tmp_path / name) for name in ("openmaru-app", "egov"))
    with (
        running(console, built.layout("openmaru-app"), CLOUD="naver", POD_NAME="apm-1") as (_, apm),
        running(app, built.layout("egov"), CLOUD="naver", POD_NAME="egov-1", APM_URL=apm, REPORT_SECONDS="0.2") as (process, egov),
    ):
        with urllib.request.urlopen(egov, timeout=10) as answer:
            assert "나루시 민원 서비스" in answer.read().decode()
            assert answer.headers["X-Naru-Version"] == "8.9.csap-999"
        wait_for(lambda: b"egov-1" in urllib.request.urlopen(f"{apm}/api/instances", timeout=5).read(), seconds=30)
        answers = []
        slow = threading.Thread(target=lambda: answers.append(status(f"{egov}/work?ms=1500")))
        slow.start()
        wait_for(lambda: b"khan_requests_in_flight 2" in urllib.request.urlopen(f"{egov}/metrics", timeout=5).read(), seconds=30)
        process.send_signal(signal.SIGTERM)
        wait_for(lambda: status(f"{egov}/health") == 503, seconds=30)
        assert status(egov) == 200
        slow.join(60)
        assert answers == [200]
        assert process.wait(60) in {143, -signal.SIGTERM}
        assert "stopped, 0 unfinished" in process.stdout.read()


def test_sboms_are_valid_and_their_hashes_stand_in_images_json(built):
    for image in built.images()["images"]:
        data = (built.work / "sbom" / f"{image['name']}.cdx.json").read_bytes()
        assert hashlib.sha256(data).hexdigest() == image["sbom_sha256"]
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(data.decode()) is None
        names = {part["name"] for part in json.loads(data)["components"]}
        assert {"openjdk-17-jre-headless", "libc6", "web", image["name"]} <= names


def release_of_change(machine, name, text, number):
    """Commit a change to the source repository and tag it as another release."""
    work = clone(machine.source(), machine.folder / f"clone-{number}")
    commit_file(work, name, text, f"KAPM-{number} change")
    git(work, "push", "-q", "origin", "HEAD:master")
    machine.work = machine.folder / f"work-{number}"
    return machine.tag("--khan-release", "8.9", "--bug-fix-version", number)


@pytest.fixture
def machine(tmp_path):
    return BuildMachine(tmp_path / "machine").tag()


def test_a_commit_that_does_not_compile_is_explained_with_file_line_and_log(machine):
    release_of_change(machine, WORK, "package kr.khan.egov;\nfinal class Work {\n    static double burn(int n) { return missing(); }\n}\n", "4")
    done = machine.build()
    assert done.returncode == 1
    assert f"The build of 8.9-4 failed: {WORK} line 3 uses a name that there is not: method missing()" in done.stderr
    assert json.loads((machine.work / "build-failure.json").read_text())["cause"] == "symbol-missing"
    assert "COMPILATION ERROR" in (machine.work / "build.log").read_text()
    assert not (machine.work / "images.json").exists()
    assert machine.leftovers() == []


def test_a_containerfile_that_copies_what_is_not_there_is_explained(machine):
    release_of_change(machine, "src/egov/Containerfile", "ARG BASE\nFROM ${BASE}\nCOPY src/egov/target/egov.war /app/\n", "5")
    done = machine.build()
    assert done.returncode == 1
    assert "The image egov of 8.9-5 failed: the Containerfile copies /src/egov/target/egov.war" in done.stderr
    assert machine.leftovers() == []


def test_a_containerfile_on_a_tag_is_refused_with_its_line(machine):
    release_of_change(machine, "src/egov/Containerfile", "FROM docker.io/library/openjdk:17\n", "6")
    done = machine.build()
    assert done.returncode == 3
    assert "line 1: the image 'docker.io/library/openjdk:17' is not named by its digest" in done.stderr


def test_a_build_killed_in_the_middle_and_run_again_ends_in_the_same_digests(built, machine):
    process = machine.start_build()
    wait_for(lambda: (machine.work / "run.log").exists() and '"kind": "build"' in (machine.work / "run.log").read_text())
    wait_for(lambda: list((machine.folder / "state" / "build").glob("workshop-*/src/*/target")))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)
    assert machine.leftovers()
    done = machine.build()
    assert done.returncode == 0, done.stderr
    assert machine.digests() == built.digests()
    assert machine.leftovers() == []


def test_a_disk_that_fills_during_the_build_is_said_and_leaves_nothing(machine):
    small = machine.folder / "state" / "build"
    small.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(small)], check=True, timeout=20)
    try:
        done = machine.build()
        assert done.returncode == 3
        assert "GiB of disk are free" in done.stderr
        done = machine.build(NARU_LEAST_FREE="0")
        assert done.returncode == 3, done.stderr
        assert "disk" in done.stderr
        assert not (machine.work / "images.json").exists()
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True, timeout=20)


def test_a_locked_version_that_the_mirror_no_longer_has_is_replaced_and_said(tmp_path):
    wanted = BaseDefinition(
        name="small", suite="bookworm", distro="debian-12", packages=("netbase",), locked={"netbase": "1.0"}, epoch=1_700_000_000
    )
    store = BaseStore(tmp_path / "bases")
    digest, controls = store.make_base(
        wanted, preferences=apt_preferences(wanted), left_out=lambda path: is_left_out(path, ("/usr/share/doc*",)), on_line=lambda line: None
    )
    (sentence,) = lock_differences(wanted.locked, tuple(map(read_control, controls)))
    assert sentence.startswith("netbase 1.0 is no longer to be had, ")
    assert store.layout(digest).read().digest == digest
