"""The main job started through a real server: applied as a job, triggered, followed to its end, promoted. Nightly: a quarter of an hour."""

import os
import subprocess
import threading
import time

import pytest

from documented import ROOT
from kind_main_job import APPROVERS, run_number
from naru.edge.release_folder import ReleaseFolder
from naru.model.promotion import Promotion
from system.hudson_server import Hudson

pytestmark = [pytest.mark.kind, pytest.mark.nightly]
JOB = "khan-monitoring-5-git-plugin-fest"
SECONDS = 2400
FORM = ("--form", "classic")


def naru(env, *words, timeout=120):
    return subprocess.run([str(ROOT / "naru"), *words], cwd=ROOT, env=env, capture_output=True, text=True, timeout=timeout, check=False)


def approve_when_patched(env, work, ended):
    """Two people read what the overlays will be and sign, while the proofs still run."""
    while not (work / "overlays.json").is_file():
        if ended.wait(1):
            return
    for name in APPROVERS:
        done = naru(env, "approve", "--work", str(work), "--by", name)
        assert done.returncode == 0, done.stderr


@pytest.mark.timeout(SECONDS + 300)
def test_a_trigger_takes_a_release_through_every_stage_on_a_real_server(tmp_path):
    number = run_number()
    work = ROOT / "work" / "khan-monitoring" / f"8.9.csap-{number}"
    with Hudson(tmp_path) as server:
        env = {**os.environ, "NARU_JENKINS_URL": server.url}
        first, second = naru(env, "jobs", "apply", *FORM), naru(env, "jobs", "apply", *FORM)
        assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
        assert naru(env, "jobs", "drift", *FORM).returncode == 0
        ended = threading.Event()
        people = threading.Thread(target=approve_when_patched, args=(env, work, ended))
        people.start()
        begun = time.monotonic()
        try:
            done = naru(env, "trigger", JOB, "KHAN_RELEASE=8.9.csap", f"BUG_FIX_VERSION={number}", "--wait", timeout=SECONDS)
        finally:
            ended.set()
            people.join(60)
        print(f"the triggered job took {time.monotonic() - begun:.0f} s")
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert (done.stdout + done.stderr).count("--- ./naru promote") == 3
    promoted = [ReleaseFolder(work).read(Promotion, f"promotion/{cloud}.json") for cloud in ("naver", "ktcloud", "cocktail")]
    assert [item.outcome for item in promoted] == ["promoted"] * 3
