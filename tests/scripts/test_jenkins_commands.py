"""jobs, trigger and webhook as commands: exit codes, what is printed, what never is."""

import hashlib
import hmac
import json

import pytest

from fakes.jenkins_server import JenkinsServer
from naru.cli import main
from naru.commands.again import again
from naru.edge.jenkins_http import JenkinsHttp
from naru.errors import Malformed

SECRET = "a secret of the webhook"


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("NARU_STATE", str(tmp_path / "state"))
    for name in ("NARU_JENKINS_URL", "JENKINS_URL", "NARU_RETRIES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(tmp_path, monkeypatch):
    with JenkinsServer() as server:
        (tmp_path / "token").write_text(server.token + "\n")
        monkeypatch.setenv("NARU_JENKINS_URL", server.url)
        monkeypatch.setenv("NARU_JENKINS_USER", server.user)
        monkeypatch.setenv("NARU_JENKINS_TOKEN_FILE", str(tmp_path / "token"))
        server.job("release", {"KHAN_RELEASE": ["8.9.csap", "8.8.4"], "BUG_FIX_VERSION": None, "NARU_REQUEST_ID": None})
        yield server


def test_trigger_waits_prints_the_console_and_writes_the_result(server, tmp_path, capsys):
    assert main(["trigger", "release", "KHAN_RELEASE=8.9.csap", "BUG_FIX_VERSION=999", "--wait", "--poll-seconds", "0.05", "--result", str(tmp_path / "r.json")]) == 0
    shown = capsys.readouterr()
    assert shown.out == "hello\nworld\n"
    assert server.token not in shown.out + shown.err
    result = json.loads((tmp_path / "r.json").read_text())
    assert (result["ending"], result["number"], result["posts"]) == ("success", 1, 1)


def test_a_failed_build_is_exit_code_1(server):
    server.jobs["release"].result = "FAILURE"
    assert main(["trigger", "release", "--wait", "--poll-seconds", "0.05"]) == 1


@pytest.mark.parametrize(("words", "code"), [
    (["release", "KHAN_RELEASE"], 2), (["release", "=x"], 2), (["release", "A=1", "A=2"], 2), (["release", "KHAN_RELEASE=7"], 2),
    (["release", "UNKNOWN=1"], 3), (["absent"], 3), (["release", "--request-id", "a b"], 2), (["release", "--run-minutes", "0"], 2),
])
def test_bad_words_start_nothing(server, words, code):
    assert main(["trigger", *words, "--wait"]) == code
    assert server.posts() == []


def test_a_plan_shows_what_would_be_sent_and_starts_nothing(server, capsys):
    assert main(["trigger", "release", "BUG_FIX_VERSION=5", "--plan"]) == 0
    assert json.loads(capsys.readouterr().out)["parameters"]["BUG_FIX_VERSION"] == "5"
    assert server.posts() == []


def test_without_a_configured_jenkins_the_next_step_is_said(capsys):
    assert main(["jobs", "plan"]) == 3
    assert "NARU_JENKINS_URL" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["http://user:word@127.0.0.1:1", "ftp://127.0.0.1", "http://127.0.0.1:1/?token=x", "http://jenkins.example.com", "no address"])
def test_an_address_that_would_leak_the_token_is_refused(url):
    with pytest.raises(Malformed):
        JenkinsHttp(url, "naru", "token")


def test_a_redirect_to_a_login_page_is_no_answer_and_takes_no_token_along(server, capsys):
    server.fault("GET", "^/api/json", "status:302", times=9)
    assert main(["jobs", "plan"]) == 3
    assert "redirects" in capsys.readouterr().err


def test_jobs_are_linted_applied_and_found_as_they_should_be(server, capsys):
    assert main(["jobs", "lint"]) == 0
    assert main(["jobs", "apply"]) == 0
    assert main(["jobs", "drift"]) == 0
    assert "All 7 jobs are as defined." in capsys.readouterr().out
    server.jobs["_KHAN-CLOUD-RELEASE"].xml = server.jobs["_KHAN-CLOUD-RELEASE"].xml.replace(">100<", ">1<")
    assert main(["jobs", "drift"]) == 1
    assert "'1' → '100'" in capsys.readouterr().out


def test_a_job_that_no_file_defines_is_named(server, capsys):
    assert main(["jobs", "plan", "nothing-of-ours"]) == 3
    assert "No file defines" in capsys.readouterr().err


def test_a_tampered_delivery_is_refused_before_git_is_asked(tmp_path, monkeypatch, capsys):
    body = b'{"ref": "refs/tags/khan-monitoring-5-git-1-ape-5.2.0-8.9", "after": "' + b"a" * 40 + b'"}'
    mac = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "body").write_bytes(body + b" ")
    (tmp_path / "headers").write_text(f"X-GitHub-Event: push\nX-Hub-Signature-256: sha256={mac}\n")
    monkeypatch.setenv("NARU_WEBHOOK_SECRET_FILES", str(tmp_path / "secret"))
    assert main(["webhook", "--body", str(tmp_path / "body"), "--headers", str(tmp_path / "headers")]) == 1
    shown = capsys.readouterr()
    assert "does not fit" in shown.err
    assert SECRET not in shown.err
    assert not (tmp_path / "state" / "git").exists()


def test_a_webhook_without_a_secret_file_is_refused(tmp_path, capsys):
    (tmp_path / "body").write_bytes(b"{}")
    (tmp_path / "headers").write_text("{}")
    assert main(["webhook", "--body", str(tmp_path / "body"), "--headers", str(tmp_path / "headers")]) == 3
    assert "NARU_WEBHOOK_SECRET_FILES" in capsys.readouterr().err
    assert main(["webhook"]) == 2


def test_a_description_never_fails_even_without_a_release(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["jobs", "describe"]) == 0
    assert (tmp_path / "work" / "description.txt").read_text() == "no release: stopped before the tag\n"


def test_the_stages_of_a_part_are_listed_with_their_folder(monkeypatch, capsys):
    monkeypatch.setenv("PART", "container")
    monkeypatch.setenv("KHAN_RELEASE", "8.9.csap")
    monkeypatch.setenv("BUG_FIX_VERSION", "999")
    assert main(["jobs", "stages", "--plan"]) == 0
    assert [stage[0] for stage in json.loads(capsys.readouterr().out)["stages"]] == ["tag-release", "build-images"]
    monkeypatch.setenv("PART", "everything")
    assert main(["jobs", "stages", "--plan"]) == 2


@pytest.mark.parametrize(("codes", "command", "retries", "calls"), [
    ([4, 4, 0], "promote", "2", 3), ([4, 4, 4, 4], "promote", "2", 3), ([1], "promote", "2", 1), ([3], "promote", "2", 1),
    ([4], "trigger", "2", 1), ([4], "promote", "", 1), ([4], "promote", "-1", 1), ([4] * 9, "promote", "99", 6),
])
def test_only_a_stage_that_met_a_busy_outside_is_repeated(monkeypatch, codes, command, retries, calls):
    monkeypatch.setenv("NARU_RETRIES", retries)
    monkeypatch.setenv("NARU_RETRY_PAUSE", "0")
    left = list(codes)
    assert again(lambda: left.pop(0), command) == codes[calls - 1]
    assert len(codes) - len(left) == calls
