"""A tag pushed with real Git: one run, whatever is delivered how often; the commands as Jenkins calls them."""

import hashlib
import hmac
import json
import subprocess

import pytest

from fakes.jenkins_server import JenkinsServer
from naru.cli import main
from naru.wiring.config import load_product
from naru.wiring.git import ledger, source_address
from naru.wiring.sandbox import ensure_sandbox

SECRET = "a secret of the webhook"
TAG = "khan-monitoring-5-git-7001-ape-5.2.0-8.9.csap"


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setenv("NARU_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("NARU_SANDBOX", "tags")
    (tmp_path / "secret").write_text(SECRET)
    monkeypatch.setenv("NARU_WEBHOOK_SECRET_FILES", str(tmp_path / "secret"))
    ensure_sandbox()
    with JenkinsServer() as server:
        (tmp_path / "token").write_text(server.token)
        monkeypatch.setenv("NARU_JENKINS_URL", server.url)
        monkeypatch.setenv("NARU_JENKINS_USER", server.user)
        monkeypatch.setenv("NARU_JENKINS_TOKEN_FILE", str(tmp_path / "token"))
        server.job("khan-monitoring-5-git-plugin-fest", {
            "KHAN_RELEASE": ["8.9.csap", "8.9", "8.8.4"], "BUG_FIX_VERSION": None, "PART": ["all"], "APPROVAL": ["ask", "given"], "NARU_REQUEST_ID": None,
        })
        remote = source_address(load_product("khan-monitoring"))
        clone = tmp_path / "clone"
        git(tmp_path, "clone", "-q", remote, str(clone))
        yield server, clone, tmp_path


def git(folder, *words):
    return subprocess.run(["git", "-c", "user.name=Release", "-c", "user.email=release@example.com", *words], cwd=folder, check=True,
                          capture_output=True, text=True, timeout=60).stdout.strip()


def push(clone, tag, *words):
    git(clone, "tag", "-a", "-m", tag, tag, *words)
    git(clone, "push", "-q", "origin", f"refs/tags/{tag}")
    return git(clone, "rev-parse", tag)


def deliver(folder, tag, oid, before="0" * 40):
    body = json.dumps({"ref": f"refs/tags/{tag}", "before": before, "after": oid}).encode()
    mac = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    (folder / "body").write_bytes(body)
    (folder / "headers").write_text(f"X-GitHub-Event: push\nX-Hub-Signature-256: sha256={mac}\n")
    return main(["webhook", "--body", str(folder / "body"), "--headers", str(folder / "headers")])


def test_a_pushed_tag_starts_one_run_with_its_parameters_and_a_replayed_delivery_none(world):
    server, clone, folder = world
    oid = push(clone, TAG)
    assert deliver(folder, TAG, oid) == 0
    assert [item.parameters for item in server.items.values()] == [
        {"KHAN_RELEASE": "8.9.csap", "BUG_FIX_VERSION": "7001", "PART": "all", "APPROVAL": "given", "NARU_REQUEST_ID": next(iter(server.items.values())).parameters["NARU_REQUEST_ID"]}
    ]
    assert deliver(folder, TAG, oid) == 0
    assert len(server.items) == 1
    assert len(server.posts()) == 1


def test_a_lightweight_tag_pushed_by_a_person_is_a_release_too(world):
    server, clone, folder = world
    git(clone, "tag", TAG)
    git(clone, "push", "-q", "origin", f"refs/tags/{TAG}")
    assert deliver(folder, TAG, git(clone, "rev-parse", TAG)) == 0
    assert len(server.items) == 1


def test_a_moved_tag_is_told_and_starts_nothing(world):
    server, clone, folder = world
    first = push(clone, TAG)
    assert deliver(folder, TAG, first) == 0
    remote = source_address(load_product("khan-monitoring"))
    git(remote, "tag", "-f", "-a", "-m", TAG, TAG, "master~1")  # past the hook, as an administrator of the server could
    second = git(remote, "rev-parse", TAG)
    assert deliver(folder, TAG, second, before=first) == 1
    assert len(server.items) == 1


def test_a_deleted_tag_and_a_forged_one_start_nothing(world):
    server, _, folder = world
    assert deliver(folder, TAG, "0" * 40, before="a" * 40) == 0
    assert deliver(folder, TAG, "a" * 40) == 0
    assert server.items == {}


def test_the_event_of_a_tag_that_naru_pushed_itself_starts_nothing(world):
    server, clone, folder = world
    oid = push(clone, TAG)
    product = load_product("khan-monitoring")
    ledger(product).note(source_address(product), TAG, oid, "pushing")
    assert deliver(folder, TAG, oid) == 0
    assert server.items == {}


def test_a_jenkins_that_is_away_costs_nothing_but_a_second_delivery(world):
    server, clone, folder = world
    oid = push(clone, TAG)
    server.fault("GET", "/job/", "status:503", times=5)
    assert deliver(folder, TAG, oid) == 4
    assert deliver(folder, TAG, oid) == 0
    assert len(server.items) == 1


def test_the_job_of_the_plugin_gives_only_a_name_and_git_the_rest(world, monkeypatch):
    server, clone, _ = world
    push(clone, TAG)
    monkeypatch.setenv("NARU_TAG_CLOUD_NAMES", f"{TAG},some-other-tag,$(touch pwned)")
    assert main(["webhook", "--from-job"]) == 0
    assert len(server.items) == 1


def test_the_nightly_look_finds_the_tag_whose_event_never_came(world):
    server, clone, _ = world
    assert main(["webhook", "--reconcile"]) == 0
    assert server.items == {}
    push(clone, TAG)
    assert main(["webhook", "--reconcile"]) == 0
    assert main(["webhook", "--reconcile"]) == 0
    assert len(server.items) == 1
