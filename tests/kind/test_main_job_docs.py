"""The commands that the documents show, run against the clouds and the release folder of the main job."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from naru.edge.docker import Docker

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "README.ko.md", *ROOT.glob("docs/*.md")])

HERE = {
    "doctor": "doctor", "status": "status", "clouds status": "clouds status", "clouds up": "clouds up", "clouds profile fast": "clouds profile fast",
    "jobs lint": "jobs lint", "jobs stages": "jobs stages", "clean": "clean", "site": "site --work {root} --out {tmp}/site",
    "diff naver": "diff naver", "diff naver --from cloud/naver --to main": "diff naver --from cloud/naver --to main", "diff --across": "diff --across",
    "patch-overlays --work work/x": "patch-overlays --work {work}", "patch-overlays --work work/x --plan": "patch-overlays --work {work} --plan",
    "verify-scaling --cloud naver --work WORK": "verify-scaling --cloud naver --work {work} --reuse",
    "verify-failover --work WORK": "verify-failover --work {work} --reuse", "promote --cloud C --work WORK": "promote --cloud naver --work {work}",
    "evidence logs": "evidence logs {work} --cloud naver --proof rollout --tail 2", "evidence show": "evidence show {work}",
    "evidence events": "evidence events {work}", "report --notify": "report --work {work} --notify", "why": "why naver",
    "init --name guestbook --cloud naver=registry.example.com --cloud ktcloud --marker 방명록 --from-manifests tests/cases/init/guestbook/manifests":
        "init --name guestbook --cloud naver=registry.example.com --cloud ktcloud --marker 방명록 --from-manifests tests/cases/init/guestbook/manifests --plan",
}
"""Documented words (after ./naru) → the same with this run's folders."""

ELSEWHERE = {
    "test": "the test that runs this", "demo": "tests/kind/test_main_job.py", "run": "tests/kind/test_main_job.py", "clouds down": "tests/kind/test_main_job_docs.py",
    "jobs": "tests/edge/test_job_builder.py", "trigger": "tests/system/test_hudson.py", "webhook": "tests/system/test_tag_push.py",
    "nightly": "tests/steps/test_nightly.py", "shadow": "tests/scripts/test_jenkins_commands.py", "clouds capture": "tests/kind/test_clouds.py",
    "init": "tests/system/test_init.py", "waive": "tests/steps/test_statements.py",
}
"""First words of a command that another test runs, since it needs a server, a person's key or hours → where."""

SHOWN_ONLY = ("clouds up --image ", "clouds profile fast|production")
"""An image that must be pulled cannot be had without a registry in reach; the other is a choice, each half of which is run."""


def documented():
    """Each documented command once, without comments and trailing words of prose."""
    found = set()
    for page in PAGES:
        for block in re.findall(r"^```\w*\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
            found |= {line.split("#")[0].strip() for line in block.splitlines() if line.startswith("./naru ")}
        found |= set(re.findall(r"`(\./naru [^`]+)`", page.read_text()))
    return sorted(command.removeprefix("./naru ").strip() for command in found)


@pytest.mark.parametrize("words", documented())
def test_every_documented_command_is_run_by_some_test(words):
    if words in HERE or words.startswith(SHOWN_ONLY):
        return
    place = next((ELSEWHERE[first] for first in (" ".join(words.split()[:2]), words.split()[0]) if first in ELSEWHERE), None)
    assert place is not None, f"./naru {words} is run by no test: enter it in HERE, or its test in ELSEWHERE"


def test_the_tables_name_nothing_that_is_not_there():
    assert [place for place in ELSEWHERE.values() if "/" in place and not (ROOT / place).is_file()] == []


def naru(words, job, tmp_path):
    """One command as a person types it, with this run's folders."""
    argv = [str(ROOT / "naru"), *(word.format(work=job.root, root=job.root.parent, tmp=tmp_path) for word in shlex.split(words))]
    return subprocess.run(argv, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL, check=False)


@pytest.mark.parametrize("words", sorted(set(HERE.values())))
def test_a_documented_command_works_after_the_main_job(job, tmp_path, words):
    done = naru(words, job, tmp_path)
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]
    assert "Traceback" not in done.stderr


@pytest.mark.timeout(400)
def test_a_cluster_that_is_taken_down_leaves_nothing_over_and_comes_back(job, tmp_path):
    docker = Docker()
    assert docker.inspect("verify-cocktail-control-plane") is not None
    assert naru("clouds down cocktail --role verify", job, tmp_path).returncode == 0
    assert docker.inspect("verify-cocktail-control-plane") is None
    assert docker.inspect("naru-lb-verify-cocktail") is None
    assert docker.inspect("verify-naver-control-plane") is not None
    assert naru("clouds up cocktail --role verify", job, tmp_path).returncode == 0
    assert docker.inspect("verify-cocktail-control-plane") is not None
