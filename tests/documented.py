"""Every `./naru` command that the documents show, and where it is run: one table that nothing documented may be missing from."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "README.ko.md", *ROOT.glob("docs/*.md")])
INIT = "init --name guestbook --cloud naver=registry.example.com --cloud ktcloud --marker 방명록 --from-manifests tests/cases/init/guestbook/manifests"
WAIVE = "waive --product guestbook --version 1.0.7 --cloud guestbook-naver --field-class 'scaling proof' --by release.manager --valid-for 30d --reason "
TRIGGER = "trigger khan-monitoring-5-git-plugin-fest KHAN_RELEASE=8.9.csap BUG_FIX_VERSION=999 --wait"

CLOUDS = {
    "doctor": "doctor", "status": "status", "clouds status": "clouds status", "clouds up": "clouds up",
    "clouds profile fast|production": "clouds profile fast", "clean": "clean", "jobs stages": "jobs stages --part container --work {work}",
    "diff naver": "diff naver", "diff naver --from cloud/naver --to main": "diff naver --from cloud/naver --to main", "diff --across": "diff --across",
    "patch-overlays --work work/x": "patch-overlays --work {work}", "patch-overlays --work work/x --plan": "patch-overlays --work {work} --plan",
    "verify-scaling --cloud naver --work WORK": "verify-scaling --cloud naver --work {work} --reuse",
    "verify-failover --work WORK": "verify-failover --work {work} --reuse", "promote --cloud C --work WORK": "promote --cloud naver --work {work}",
    "run --khan-release 8.9.csap --bug-fix-version 999": "run --khan-release 8.9.csap --bug-fix-version {number} --work {work}",
    "approve --work work/x --by kim.release": "approve --work {work} --by kim.release",
    "approve --work WORK --by NAME": "approve --work {work} --by park.operations",
    "evidence logs": "evidence logs {work} --cloud naver --proof rollout --tail 2", "site": "site --work {root} --out {tmp}/site",
}
"""Documented words (after ./naru) → the same with the main job's own folders; run by tests/kind/test_main_job_docs.py."""

ALONE = {
    "jobs lint": "jobs lint", "jobs plan": "jobs plan", "jobs apply": "jobs apply", "jobs drift": "jobs drift",
    "jobs adopt NAME": "jobs adopt _KHAN-CLOUD-RELEASE", TRIGGER: TRIGGER,
    "trigger JOB KEY=VALUE… --wait": "trigger khan-monitoring-5-git-plugin-fest KHAN_RELEASE=8.9.csap BUG_FIX_VERSION=7 --wait",
    "webhook": "webhook --from-job --plan", "webhook --body FILE --headers FILE": "webhook --body {tmp}/body --headers {tmp}/headers",
    "webhook --from-job": "webhook --from-job", "webhook --reconcile": "webhook --reconcile", 'shadow run --tag "$TAG"': "shadow run --tag {tag}",
    "shadow report --days 7": "shadow report --days 7", "nightly": "nightly", "report --notify": "report --work {work} --notify", INIT: INIT, "init": f"{INIT} --plan",
    f'{WAIVE}"one instance by design"': f'{WAIVE}"one instance by design"', f'{WAIVE}"설계상 인스턴스 하나"': f'{WAIVE}"설계상 인스턴스 하나"',
}
"""What needs no cluster; run by tests/system/test_documented_commands.py in a clone, a state folder and a Jenkins of its own."""

ELSEWHERE = {
    "demo": ("kind/test_main_job.py", "test_the_main_job_goes_through_and_every_stage_ran_in_order"),
    "demo --upgrade": ("kind/test_main_job.py", "test_the_main_job_goes_through_and_every_stage_ran_in_order"),
    "clouds down": ("kind/test_main_job_docs.py", "test_a_cluster_that_is_taken_down_leaves_nothing_over_and_comes_back"),
    "clouds capture NAME": ("kind/test_clouds.py", "test_capture_reads_a_cluster_and_writes_its_picture"),
}
"""Run by a test of their own: the demo is the main job, the others would change the clone or take every cloud away."""

SHOWN_ONLY = {
    "test": "runs this very test",
    "clouds up --image kindest/node:v1.34.0": "needs an image registry in reach; the page says that it was not shown",
}


def documented():
    """Each documented command once, without ./naru, comments and options' order: `waive`'s reason stands last."""
    found = set()
    for page in PAGES:
        text = page.read_text()
        for block in re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE):
            found |= {line.split(" #")[0].strip() for line in block.splitlines() if line.strip().startswith("./naru ")}
        found |= set(re.findall(r"`(\./naru [^`]+)`", text))
    return sorted(_reason_last(command.removeprefix("./naru ").strip()) for command in found)


def _reason_last(command):
    return re.sub(r'^(waive .*?)(--reason "[^"]*") (.*)$', r"\1\3 \2", command)
