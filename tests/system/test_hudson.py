"""Jobs on a real server: our definitions made, triggered and followed on Hudson 3.3.2, and the contract server held to what Hudson does."""

import threading
import time
import urllib.request

import pytest

from fakes.jenkins_server import JenkinsServer
from naru.core.jobs_ownership import owner_of
from naru.edge.clock import SystemClock
from naru.edge.jenkins import JenkinsBuilds, JenkinsJobs
from naru.edge.jenkins_http import JenkinsHttp
from naru.edge.job_builder import parse_xml
from naru.errors import Malformed
from naru.model.jobs import JobAction, JobForm
from naru.model.waiting import Build, Ending, Found, LogPart, Unsure, WaitLimits
from naru.steps import jobs as step
from naru.steps.effects import Effects
from naru.steps.trigger import TriggerRequest, trigger
from naru.wiring.jenkins import render_jobs
from system.hudson_server import Hudson

OWNER = "khan-monitoring"
SCRIPT = """#!/bin/sh -eu
echo "release $KHAN_RELEASE-$BUG_FIX_VERSION 나루"
for n in 1 2 3; do echo "line $n"; done
test "$BUG_FIX_VERSION" != 13
"""
PROBE = f"""<project><description>made by hand</description><properties><hudson.model.ParametersDefinitionProperty><parameterDefinitions>
<hudson.model.ChoiceParameterDefinition><name>KHAN_RELEASE</name><choices class="java.util.Arrays$ArrayList"><a class="string-array"><string>8.9.csap</string><string>8.8.4</string></a></choices></hudson.model.ChoiceParameterDefinition>
<hudson.model.StringParameterDefinition><name>BUG_FIX_VERSION</name><defaultValue/></hudson.model.StringParameterDefinition>
<hudson.model.StringParameterDefinition><name>NARU_REQUEST_ID</name><defaultValue/></hudson.model.StringParameterDefinition>
</parameterDefinitions></hudson.model.ParametersDefinitionProperty></properties><builders><hudson.tasks.Shell><command>{SCRIPT.replace('&', '&amp;')}</command></hudson.tasks.Shell></builders></project>"""


@pytest.fixture(scope="module")
def hudson(tmp_path_factory):
    with Hudson(tmp_path_factory.mktemp("hudson")) as server:
        yield server


@pytest.fixture(scope="module")
def jobs(hudson):
    return JenkinsJobs(JenkinsHttp(hudson.url))


@pytest.fixture(scope="module")
def rendered():
    return render_jobs(OWNER, JobForm.classic)


class Log(list):
    pass


def door():
    return Effects(Log(), SystemClock(), stage="test")


def applied(jobs, rendered, **options):
    plans = step.plan(jobs, rendered, parse_xml, owner=OWNER, **options)
    return step.apply(jobs, door(), plans, rendered, parse_xml, backup=lambda name, xml: f"{name}: {len(xml)}", owner=OWNER)


def run(url, job, request_id, known=False, **parameters):
    lines = []
    request = TriggerRequest(job, parameters, request_id, known=known, limits=WaitLimits(overall=120, poll=0.2, lost=10))
    state = trigger(JenkinsBuilds(JenkinsHttp(url, "naru", "token-of-naru") if "token" in job else JenkinsHttp(url)), SystemClock(), door(), request,
                    say=lambda _: None, line=lines.append, jitter=lambda: 0.5)
    return state, lines


def test_our_jobs_are_made_and_the_second_apply_finds_nothing_to_do(jobs, rendered):
    assert applied(jobs, rendered).changed
    assert not applied(jobs, rendered).changed
    plans = step.plan(jobs, rendered, parse_xml, owner=OWNER)
    assert {entry.action for entry in plans} == {JobAction.keep}


def test_a_hand_made_job_is_adopted_with_its_builds(jobs, rendered, hudson):
    name = "_KHAN-APM-CONTAINER"
    if name in {job.name for job in jobs.listed()}:
        jobs.delete_job(name)
    jobs.create_job(name, PROBE)
    state, _ = run(hudson.url, name, "before", KHAN_RELEASE="8.8.4", BUG_FIX_VERSION="1")
    assert state.ending is Ending.success
    assert not [entry for entry in step.plan(jobs, rendered, parse_xml, owner=OWNER) if entry.name == name and entry.action is not JobAction.foreign]
    outcome = applied(jobs, rendered, adopt=frozenset({name}))
    assert name in outcome.plain["backups"]
    assert owner_of(next(job.description for job in jobs.listed() if job.name == name)) == OWNER
    assert isinstance(JenkinsBuilds(JenkinsHttp(hudson.url)).build(name, 1), Build)


@pytest.fixture(scope="module")
def probe(jobs):
    jobs.create_job("probe", PROBE)
    return "probe"


def test_parameters_reach_the_script_and_the_console_comes_whole(hudson, probe):
    state, lines = run(hudson.url, probe, "r-1", KHAN_RELEASE="8.9.csap", BUG_FIX_VERSION="999")
    assert state.ending is Ending.success
    assert lines.count("release 8.9.csap-999 나루") == 1
    assert [line for line in lines if line.startswith("line ")] == ["line 1", "line 2", "line 3"]


def test_a_script_that_fails_is_a_failure_with_exit_code_1(hudson, probe):
    state, _ = run(hudson.url, probe, "r-2", KHAN_RELEASE="8.9.csap", BUG_FIX_VERSION="13")
    assert (state.ending, state.exit_code) == (Ending.failure, 1)


@pytest.mark.parametrize("value", ["$(touch pwned)", "'; touch pwned; '", "two\nlines"])
def test_a_hostile_value_reaches_the_script_as_text(hudson, probe, value):
    state, lines = run(hudson.url, probe, f"r-{hash(value)}", KHAN_RELEASE="8.9.csap", BUG_FIX_VERSION=value)
    assert state.ending is Ending.success
    assert f"release 8.9.csap-{value} 나루" in "\n".join(lines)


def test_a_foreign_choice_is_refused_by_us_and_by_the_server(hudson, probe):
    with pytest.raises(Malformed, match="no choice"):
        run(hudson.url, probe, "r-3", KHAN_RELEASE="9.9")
    answer = JenkinsBuilds(JenkinsHttp(hudson.url)).queue_build(probe, {"KHAN_RELEASE": "9.9"})
    assert isinstance(answer, Unsure)
    assert "500" in answer.reason


def test_the_same_request_id_starts_no_second_build(hudson, probe):
    first, _ = run(hudson.url, probe, "once", known=True, KHAN_RELEASE="8.9.csap", BUG_FIX_VERSION="7")
    again, lines = run(hudson.url, probe, "once", known=True, KHAN_RELEASE="8.9.csap", BUG_FIX_VERSION="7")
    assert (again.number, again.posts) == (first.number, 0)
    assert "release 8.9.csap-7 나루" in lines


def test_a_restart_of_the_server_in_the_middle_is_survived(hudson, jobs, probe):
    slow = PROBE.replace('test "$BUG_FIX_VERSION" != 13', "sleep 3")
    jobs.create_job("slow", slow)
    found = {}
    waiter = threading.Thread(target=lambda: found.update(zip(("state", "lines"), run(hudson.url, "slow", "restart", KHAN_RELEASE="8.9.csap", BUG_FIX_VERSION="1"), strict=True)))
    waiter.start()
    builds = JenkinsBuilds(JenkinsHttp(hudson.url))
    end = time.monotonic() + 60
    while builds.search("slow", "restart") == Found() and time.monotonic() < end:
        time.sleep(0.1)
    while not isinstance(builds.build("slow", 1), Build) and time.monotonic() < end:
        time.sleep(0.1)
    hudson.stop()
    hudson.start()
    waiter.join(120)
    # A freestyle build does not outlive its controller; the waiter must come back with the truth about it, not hang or guess.
    assert found["state"].ending in {Ending.success, Ending.failure, Ending.aborted, Ending.lost}
    assert found["state"].posts == 1


def shared(url, job, **access):
    """What both servers do, seen through the same edge."""
    http = JenkinsHttp(url, **access)
    builds = JenkinsBuilds(http)
    answers = {}
    definition = builds.definition(job)
    answers["definition"] = [(parameter.name, parameter.choices) for parameter in definition.parameters]
    answers["foreign choice"] = type(builds.queue_build(job, {"KHAN_RELEASE": "9.9"})).__name__
    answers["absent build"] = type(builds.build(job, 9999)).__name__
    answers["absent id"] = builds.search(job, "never sent")
    builds.queue_build(job, {"KHAN_RELEASE": "8.8.4", "BUG_FIX_VERSION": "5", "NARU_REQUEST_ID": "shared"})
    found, end = Found(), time.monotonic() + 60
    while getattr(found, "number", None) is None and time.monotonic() < end:
        found = builds.search(job, "shared")
        if isinstance(found, Found) and found.queue_id is not None:
            builds.item(found.queue_id)
        time.sleep(0.05)
    build = builds.build(job, found.number)
    while build.building and time.monotonic() < end:
        time.sleep(0.05)
        builds.log(job, found.number, 0)
        build = builds.build(job, found.number)
    answers["parameters"] = build.parameters
    answers["result"] = build.result
    whole = builds.log(job, found.number, 0)
    # A server says that a build is over before it closes the log: for a moment more may come, so it is read until none does.
    while isinstance(whole, LogPart) and whole.more and time.monotonic() < end:
        time.sleep(0.05)
        whole = builds.log(job, found.number, 0)
    # Sizes and offsets are not compared: Hudson leaves hidden console notes out of its count.
    answers["log"] = (isinstance(whole, LogPart), bool(whole.data), whole.more)
    answers["log from beyond the end"] = builds.log(job, found.number, whole.size + 1000).data == whole.data
    answers["undeclared parameter"] = "EXTRA" in build.parameters
    return answers


def test_the_contract_server_does_what_hudson_does(hudson, probe):
    with JenkinsServer() as double:
        double.job("probe", {"KHAN_RELEASE": ["8.9.csap", "8.8.4"], "BUG_FIX_VERSION": None, "NARU_REQUEST_ID": None}, script=["/bin/sh", "-c", SCRIPT])
        assert shared(double.url, "probe", user=double.user, token=double.token) == shared(hudson.url, probe)


def test_equal_requests_are_folded_by_the_server_and_kept_apart_by_their_ids(hudson, jobs):
    jobs.create_job("folding", PROBE.replace("<project>", "<project><quietPeriod>2</quietPeriod>"))
    builds = JenkinsBuilds(JenkinsHttp(hudson.url))
    for number in (1, 1, 2):
        urllib.request.urlopen(f"{hudson.url}/job/folding/buildWithParameters", data=f"KHAN_RELEASE=8.8.4&NARU_REQUEST_ID=f{number}".encode(), timeout=20)
    end = time.monotonic() + 60
    while not all(isinstance(found := builds.search("folding", f"f{n}"), Found) and found.number for n in (1, 2)) and time.monotonic() < end:
        time.sleep(0.2)
    time.sleep(1)  # a third build would be there by now
    assert isinstance(builds.build("folding", 2), Build)
    assert not isinstance(builds.build("folding", 3), Build)
