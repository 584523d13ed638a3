"""Definitions to XML by the real renderer, and the contract server as job server. Golden files: NARU_WRITE_GOLDEN=1 writes them anew."""

import os
from pathlib import Path

import pytest

from fakes.jenkins_server import JenkinsServer
from naru.core.jobs_forms import NOT_IN_FREESTYLE, SHELLS, in_form
from naru.core.jobs_ownership import RENDERER_MARK, marked, owner_of
from naru.edge.jenkins import JenkinsJobs
from naru.edge.jenkins_http import JenkinsHttp
from naru.edge.job_builder import parse_xml, render
from naru.edge.job_files import JobFiles
from naru.errors import Judged, Missing
from naru.model.jobs import JobAction, JobFile, JobForm, ProductFacts
from naru.steps import jobs as step
from naru.steps.effects import Effects

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "data" / "jobs" / "golden"
PRODUCT = ProductFacts(
    name="khan-monitoring", parameters=("KHAN_RELEASE", "BUG_FIX_VERSION"), lines=("8.9.csap", "8.9", "8.8.4"), marked={"csap": ("8.9.csap",)}
)


def rendered(form=JobForm.pipeline, root=ROOT, files=None):
    known = JobFiles(ROOT)
    return render(
        root, known.defaults(), files or known.definitions(), variables=PRODUCT.variables(),
        shape=lambda data: in_form(data, form, clone="/srv/naru"), describe=lambda text, source: marked(text, owner=PRODUCT.name, source=source),
    )


@pytest.fixture(scope="module")
def pipeline_jobs():
    return rendered()


@pytest.mark.parametrize("form", list(JobForm))
def test_each_job_renders_to_its_golden_file(form):
    for job in rendered(form):
        path = GOLDEN / form.value / f"{job.name}.xml"
        if os.environ.get("NARU_WRITE_GOLDEN"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(job.xml)
        assert job.xml == path.read_text(), f"{path} differs"


def test_the_jobs_bear_the_names_that_the_company_knows(pipeline_jobs):
    assert {job.name for job in pipeline_jobs} == {
        "_KHAN-APM-RELEASE-5-git", "_KHAN-APM-CONTAINER", "_KHAN-CLOUD-RELEASE", "_CSAP-KHAN-CLOUD-RELEASE",
        "khan-monitoring-5-git-plugin-fest", "khan-monitoring-tag-push", "khan-monitoring-nightly-verify",
    }


def test_each_job_is_marked_as_ours_and_not_as_the_renderers(pipeline_jobs):
    for job in pipeline_jobs:
        assert owner_of(parse_xml(job.xml).child("description").text) == "khan-monitoring"
        assert RENDERER_MARK not in job.xml


def test_no_job_wipes_its_workspace(pipeline_jobs):
    assert all("WipeWorkspace" not in job.xml for job in pipeline_jobs)


def test_the_dropdown_is_filled_from_the_product_file(pipeline_jobs):
    xml = {job.name: job.xml for job in pipeline_jobs}
    assert xml["khan-monitoring-5-git-plugin-fest"].count("<string>8.") == 3
    assert xml["_CSAP-KHAN-CLOUD-RELEASE"].count("<string>8.") == 1


def test_a_freestyle_job_calls_what_its_jenkinsfile_calls():
    for path, shell in SHELLS.items():
        text = (ROOT / path).read_text()
        assert shell in text or shell == "./naru jobs stages"
    for job in rendered(JobForm.freestyle):
        assert "./naru " in job.xml
        assert all(f"<name>{name}</name>" not in job.xml for name in NOT_IN_FREESTYLE)


def test_a_classic_job_needs_no_plugin_and_no_hashed_schedule():
    for job in rendered(JobForm.classic):
        assert "plugin=" not in job.xml
        assert "H 2" not in job.xml
        assert "<customWorkspace>/srv/naru</customWorkspace>" in job.xml


def test_what_the_renderer_refuses_is_said_with_the_file(tmp_path):
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "defaults.yaml").write_text((ROOT / "pipelines" / "defaults.yaml").read_text())
    for text, word in (("- job:\n    name: a\n    defaults: naru\n    description: '{}'\n", "bad.yaml"), ("- jobb:\n    name: a\n", "bad.yaml"),
                       ("- job:\n    name: a\n    defaults: naru\n    triggers:\n      - unheard-of: 1\n", "unheard-of")):
        (tmp_path / "bad.yaml").write_text(text)
        with pytest.raises(Missing, match=word):
            rendered(root=tmp_path, files=(JobFile(path="bad.yaml", text=text),))


def test_xml_with_entities_is_not_read():
    with pytest.raises(Missing, match="entities"):
        parse_xml('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')


class Log(list):
    pass


class Clock:
    def now(self):
        from datetime import UTC, datetime

        return datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def world(pipeline_jobs):
    with JenkinsServer() as server:
        jobs = JenkinsJobs(JenkinsHttp(server.url, server.user, server.token, sleep=lambda _: None))
        backups = {}

        def plan(**options):
            return step.plan(jobs, pipeline_jobs, parse_xml, owner="khan-monitoring", **options)

        def apply(plans):
            door = Effects(Log(), Clock(), stage="jobs")
            return step.apply(jobs, door, plans, pipeline_jobs, parse_xml, backup=backups.setdefault, owner="khan-monitoring"), door

        yield server, plan, apply, backups


def test_the_second_apply_finds_nothing_to_do(world):
    server, plan, apply, _ = world
    assert {entry.action for entry in plan()} == {JobAction.create}
    first, door = apply(plan())
    assert (first.changed, door.count, len(server.jobs)) == (True, 7, 7)
    second, door = apply(plan())
    assert (second.changed, door.count) == (False, 0)


def test_a_change_by_hand_is_drift_and_is_taken_back_with_a_backup(world):
    server, plan, apply, backups = world
    apply(plan())
    job = server.jobs["_KHAN-CLOUD-RELEASE"]
    job.xml = job.xml.replace("<numToKeep>100</numToKeep>", "<numToKeep>3</numToKeep>")
    by_hand = job.xml
    drifted = [entry for entry in plan() if entry.action is JobAction.update]
    assert [(change.path.rpartition("/")[2], change.old, change.new) for change in drifted[0].changes] == [("numToKeep", "3", "100")]
    apply(plan())
    assert backups == {"_KHAN-CLOUD-RELEASE": by_hand}
    assert not [entry for entry in plan() if entry.action is not JobAction.keep]


def test_a_job_that_is_not_ours_is_never_touched_until_it_is_adopted(world):
    server, plan, apply, backups = world
    by_hand = "<flow-definition><description>made by hand</description><definition/></flow-definition>"
    job = server.job("_KHAN-CLOUD-RELEASE", xml=by_hand, description="made by hand")
    job.builds.append({"number": 1})
    outcome, _ = apply(plan())
    assert server.jobs["_KHAN-CLOUD-RELEASE"].xml == by_hand
    assert "not ours: _KHAN-CLOUD-RELEASE" in outcome.sentence
    apply(plan(adopt=frozenset({"_KHAN-CLOUD-RELEASE"})))
    assert backups == {"_KHAN-CLOUD-RELEASE": by_hand}
    assert owner_of(server.jobs["_KHAN-CLOUD-RELEASE"].description) == "khan-monitoring"
    assert job.builds == [{"number": 1}]


def test_another_products_job_is_foreign_too(world):
    server, plan, _, _ = world
    server.job("_KHAN-CLOUD-RELEASE", xml="<flow-definition/>", description=marked("x", owner="other", source="pipelines/jobs/x.yaml"))
    assert [entry.action for entry in plan() if entry.name == "_KHAN-CLOUD-RELEASE"] == [JobAction.foreign]


def test_a_freestyle_job_cannot_become_a_pipeline_by_adoption(world):
    server, plan, apply, _ = world
    server.job("_KHAN-CLOUD-RELEASE", xml="<project><description>old</description></project>", description="old")
    with pytest.raises(Judged, match="freestyle"):
        apply(plan(adopt=frozenset({"_KHAN-CLOUD-RELEASE"})))
    assert server.jobs["_KHAN-CLOUD-RELEASE"].xml.startswith("<project>")


def test_what_no_file_defines_is_deleted_only_on_the_flag(world):
    server, plan, apply, backups = world
    server.job("old-job", xml="<project/>", description=marked("", owner="khan-monitoring", source="pipelines/jobs/old.yaml"))
    server.job("people's", xml="<project/>", description="by hand")
    apply(plan())
    assert "old-job" in server.jobs
    apply(plan(delete=True))
    assert "old-job" not in server.jobs
    assert "people's" in server.jobs
    assert "old-job" in backups


def test_a_job_changed_between_plan_and_apply_stops_the_apply(world):
    server, plan, apply, _ = world
    apply(plan())
    server.jobs["_KHAN-CLOUD-RELEASE"].xml = server.jobs["_KHAN-CLOUD-RELEASE"].xml.replace("100", "1")
    plans = plan()
    server.jobs["_KHAN-CLOUD-RELEASE"].xml = server.jobs["_KHAN-CLOUD-RELEASE"].xml.replace(">1<", ">2<")
    with pytest.raises(Judged, match="since the plan"):
        apply(plans)


def test_what_a_server_drops_silently_is_told_at_once(world):
    server, plan, apply, _ = world
    plans = plan()

    class Forgetful(dict):
        def __setitem__(self, name, job):
            job.xml = job.xml.replace("TimerTrigger", "Forgotten")
            super().__setitem__(name, job)

    server.jobs = Forgetful()
    with pytest.raises(Judged, match="did not keep"):
        apply(plans)


def test_a_server_that_answers_503_is_waited_for_and_never_read_as_empty(world):
    server, plan, apply, _ = world
    apply(plan())
    server.fault("GET", "/api/json", "status:503", times=2)
    server.fault("GET", "config.xml", "html", times=2)
    assert {entry.action for entry in plan()} == {JobAction.keep}
