"""The documented commands that need no cluster, each typed in a clone, with a state folder and a Jenkins of its own."""

import hashlib
import hmac
import json
import os
import shlex
import shutil
import subprocess

import pytest

from documented import ALONE, INIT, ROOT
from fakes.jenkins_server import JenkinsServer
from naru.model.timings import StageTime, Timings

pytestmark = pytest.mark.system

SECRET = "a secret of the webhook"
TAG = "khan-monitoring-5-git-7001-ape-5.2.0-8.9.csap"
JOB = "khan-monitoring-5-git-plugin-fest"
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", "work", "__pycache__", ".*_cache", ".hypothesis", ".pytest-kind")

BEFORE = {"jobs drift": ["jobs apply"], "waive": [INIT], "shadow report": ['shadow run --tag "$TAG"']}
"""First words of a command → what a person has done before it."""

SAYS = {
    "nightly": (1, "nothing was verified"), "jobs drift": (0, "All 7 jobs are as defined."), "jobs adopt": (0, "_KHAN-CLOUD-RELEASE"),
    "shadow run": (0, "Nothing was promoted."), "shadow report": (0, "1 releases in the last 7 days; 1 would have been held."),
    "webhook --body": (0, TAG), "webhook --reconcile": (0, ""), "trigger": (0, "hello\nworld\n"), "report": (0, "was stopped at build-images"),
    "waive": (0, "waive"), "init": (0, "guestbook"),
}
"""First words → (exit code, what is printed). Without clouds a night ends with 1: nobody could tell how they are."""


@pytest.fixture
def clone(tmp_path):
    """This very clone as it stands, on a path of its own: some commands write into it."""
    place = tmp_path / "clone"
    shutil.copytree(ROOT, place, ignore=LEFT_OUT, symlinks=True)
    (place / ".venv").symlink_to(ROOT / ".venv")
    return place


@pytest.fixture
def jenkins():
    with JenkinsServer() as server:
        server.job(JOB, {"KHAN_RELEASE": ["8.9.csap", "8.9"], "BUG_FIX_VERSION": None, "PART": ["all"], "APPROVAL": ["ask", "given"], "NARU_REQUEST_ID": None})
        yield server


@pytest.fixture
def person(tmp_path, clone, jenkins):
    """Types commands: the clone, a pushed tag's delivery, a stopped release, a Jenkins with a token."""
    (tmp_path / "token").write_text(jenkins.token)
    (tmp_path / "secret").write_text(SECRET)
    work = tmp_path / "release"
    work.mkdir()
    stopped = (StageTime(name="build-images", seconds=1.0, exit_code=1, sentence="The compiler found an error."),)
    (work / "timings.json").write_text(Timings(version="8.9.csap-7", stages=stopped).model_dump_json())
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NARU_", "JENKINS_", "KHAN_", "BUG_"))}
    return Person(clone, tmp_path, {
        **kept, "NARU_STATE": str(tmp_path / "state"), "NARU_SANDBOX": "tests", "NARU_JENKINS_URL": jenkins.url, "NARU_JENKINS_USER": jenkins.user,
        "NARU_JENKINS_TOKEN_FILE": str(tmp_path / "token"), "NARU_WEBHOOK_SECRET_FILES": str(tmp_path / "secret"), "NARU_TAG_REF": f"refs/tags/{TAG}",
        "TAG": TAG,
    })


class Person:
    def __init__(self, clone, folder, env):
        self.clone, self.folder, self.env = clone, folder, env

    def types(self, words):
        argv = [word.format(tmp=self.folder, work=self.folder / "release", tag=TAG).replace("$TAG", TAG) for word in shlex.split(words)]
        return subprocess.run(["./naru", *argv], cwd=self.clone, env=self.env, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL,
                              check=False)

    def git(self, *words, cwd=None):
        argv = ["git", "-c", "user.name=R", "-c", "user.email=r@example.com", *words]
        return subprocess.run(argv, cwd=cwd or self.folder, check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    def pushes_a_tag(self):
        """A tag by hand, and the delivery that the server sends for it."""
        assert self.types("jobs lint").returncode == 0
        assert self.types("webhook --reconcile").returncode == 0  # the first look only notes what is there
        self.git("clone", "-q", str(self.folder / "state/sandbox/tests/repos/khan-monitoring.git"), "source")
        source = self.folder / "source"
        self.git("tag", "-a", "-m", TAG, TAG, cwd=source)
        self.git("push", "-q", "origin", f"refs/tags/{TAG}", cwd=source)
        body = json.dumps({"ref": f"refs/tags/{TAG}", "before": "0" * 40, "after": self.git("rev-parse", TAG, cwd=source)}).encode()
        (self.folder / "body").write_bytes(body)
        mac = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        (self.folder / "headers").write_text(f"X-GitHub-Event: push\nX-Hub-Signature-256: sha256={mac}\n")


def first_words(table, words):
    return next((table[key] for key in sorted(table, key=len, reverse=True) if words.startswith(key)), None)


@pytest.mark.parametrize("words", sorted(set(ALONE.values())))
def test_a_documented_command_does_what_its_page_says(person, jenkins, words):
    if words.startswith("webhook"):
        person.pushes_a_tag()
    if words.startswith("jobs "):
        jenkins.jobs.clear()
    if words.startswith("jobs adopt"):
        jenkins.job("_KHAN-CLOUD-RELEASE", xml="<flow-definition><description>by hand</description><definition/></flow-definition>", description="by hand")
    for earlier in first_words(BEFORE, words) or []:
        assert person.types(earlier).returncode == 0, earlier
    done = person.types(words)
    code, says = first_words(SAYS, words) or (0, "")
    assert done.returncode == code, done.stdout[-1500:] + done.stderr[-1500:]
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_webhook_starts_the_release_job_for_the_pushed_tag_once(person, jenkins):
    person.pushes_a_tag()
    assert person.types("webhook --from-job").returncode == 0
    assert person.types("webhook --body {tmp}/body --headers {tmp}/headers").returncode == 0
    assert [item.parameters["BUG_FIX_VERSION"] for item in jenkins.items.values()] == ["7001"]
