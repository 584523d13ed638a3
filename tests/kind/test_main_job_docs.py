"""The documented commands that need clouds, run against those and the release folder of the main job."""

import os
import shlex
import subprocess

import pytest

from documented import CLOUDS, ROOT
from naru.edge.docker import Docker

FURTHER = ("evidence show {work}", "evidence events {work}", "why naver")
"""Commands that the pages name without ./naru."""


def naru(words, job, tmp_path):
    """One command as a person types it (or Jenkins, with the parameters in the environment), with this run's folders."""
    env = {**os.environ, "KHAN_RELEASE": "8.9.csap", "BUG_FIX_VERSION": job.number}
    argv = [str(ROOT / "naru"), *(word.format(work=job.root, root=job.root.parent, tmp=tmp_path, number=job.number) for word in shlex.split(words))]
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=400, stdin=subprocess.DEVNULL, check=False)


@pytest.mark.timeout(500)
@pytest.mark.parametrize("words", sorted({*CLOUDS.values(), *FURTHER}))
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
