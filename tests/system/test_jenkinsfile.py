"""The Jenkinsfiles run by Jenkins' own language line (Groovy 2.4) under a strict allow-list, and their lines in a real shell."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from naru.core.jobs_parts import stages_of
from naru.wiring.config import load_product
from system.jenkins_parts import GROOVY, artifact

ROOT = Path(__file__).resolve().parents[2]
STRICT = ROOT / "tests" / "data" / "jenkinsfile" / "strict.groovy"
CLOUDS = ("naver", "ktcloud", "cocktail")
PLUMBING = {"run", "report", "jobs"}


def groovy(*cases):
    argv = ["java", "-cp", str(artifact(GROOVY)), "groovy.ui.GroovyMain", str(STRICT), *cases]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def runs():
    parts = {part: f"Jenkinsfile?PART={part}&APPROVAL=given" for part in ("all", "release", "container", "cloud")}
    cases = {**parts, "ask": "Jenkinsfile?PART=all&APPROVAL=ask", "timer": "Jenkinsfile?PART=all&APPROVAL=ask&TRIGGER=timer",
             "nightly": "pipelines/nightly.Jenkinsfile", "tag": "pipelines/tag-push.Jenkinsfile"}
    return dict(zip(cases, groovy(*cases.values()), strict=True))


def shells(run):
    return [record for record in run["records"] if record["kind"] == "sh"]


def test_every_jenkinsfile_runs_under_the_strict_rules(runs):
    assert {name: run["fault"] for name, run in runs.items() if run["fault"]} == {}


@pytest.mark.parametrize("part", ["all", "release", "container", "cloud"])
def test_each_part_runs_the_stages_that_the_freestyle_form_runs(runs, part):
    lines = [record["text"].replace('"$CLOUD"', record["axes"].get("CLOUD", "")) for record in shells(runs[part])]
    stages = [tuple(line.removeprefix("./naru ").removesuffix(" --work work/release").split()) for line in lines if "--plan" not in line]
    seen = [stage for stage in stages if stage[0] not in PLUMBING]
    assert sorted(seen) == sorted(stages_of(part, CLOUDS))
    order = list(dict.fromkeys(stage[0] for stage in seen))
    assert order == list(dict.fromkeys(stage[0] for stage in stages_of(part, CLOUDS)))
    assert lines[-2:] == ["./naru report --notify --work work/release", "./naru jobs describe --work work/release"]


def test_a_person_is_asked_only_where_a_person_started_it(runs):
    asked = {name: any(record["kind"] == "input-message" for record in run["records"]) for name, run in runs.items()}
    assert asked == {"all": False, "release": False, "container": False, "cloud": False, "ask": True, "timer": False, "nightly": False, "tag": False}


def test_each_line_has_an_agent_and_a_time_limit(runs):
    for record in (record for name in ("all", "ask") for record in shells(runs[name])):
        assert record["agent"] == "naru"
        assert 0 < (record["minutes"] or 0) <= 60


READ = "NARU_SOURCE_KEY=naru-source-read"
SIGN = "NARU_SIGNING_KEY=naru-signing-key"
JENKINS = {"NARU_JENKINS_USER=naru-jenkins-api", "NARU_JENKINS_TOKEN=naru-jenkins-api"}


def kubeconfig(cloud):
    return f"NARU_{cloud.upper()}_KUBECONFIG=naru-target-{cloud}-kubeconfig"


def held(run):
    """Line → the credentials around it, of those that have any."""
    found = {record["text"].removeprefix("./naru ").split(" --work")[0]: set(record["credentials"]) for record in shells(run)}
    return {line: credentials for line, credentials in found.items() if credentials}


def test_each_line_has_exactly_the_credentials_that_it_needs_and_may_only_read_where_it_does_not_write(runs):
    assert held(runs["all"]) == {
        "tag-release --plan": {READ}, "tag-release": {READ}, "build-images": {READ},
        "publish-release": {"NARU_RELEASE_REGISTRY_LOGIN=naru-release-registry", "NARU_SOURCE_KEY=naru-source-push"},
        "patch-overlays": {"NARU_CONFIG_KEY=naru-config-push"},
        'verify-rollout --cloud "$CLOUD"': {SIGN, "NARU_CONFIG_KEY=naru-config-read"},
        'verify-scaling --cloud "$CLOUD"': {SIGN}, "verify-failover": {SIGN},
        **{f"promote --cloud {cloud}": {
            kubeconfig(cloud), f"NARU_{cloud.upper()}_REGISTRY_LOGIN=naru-target-{cloud}-registry",
            "NARU_RELEASE_REGISTRY_LOGIN=naru-release-registry-read", "NARU_CONFIG_KEY=naru-config-push", READ,
        } for cloud in CLOUDS},
    }


def test_the_other_jobs_have_what_they_need_too(runs):
    assert held(runs["tag"]) == {"webhook --from-job": {READ} | JENKINS}
    assert held(runs["nightly"]) == {"nightly": {SIGN, READ, "NARU_CONFIG_KEY=naru-config-push", *map(kubeconfig, CLOUDS)} | JENKINS}


def test_the_git_logins_are_those_that_the_product_file_names(runs):
    product = load_product("khan-monitoring")
    named = {product.source.credential_env, product.config.credential_env, product.release_registry_env}
    bound = {credential.split("=")[0] for run in runs.values() for credentials in held(run).values() for credential in credentials}
    assert named <= bound


def test_one_load_measurement_at_a_time(runs):
    assert {record["lock"] for record in shells(runs["all"]) if "verify-scaling" in record["text"]} == {"naru-measurement"}
    assert {record["lock"] for record in shells(runs["nightly"])} == {"naru-measurement"}


def test_reports_are_kept_whatever_happens(runs):
    kinds = {record["kind"] for record in runs["all"]["records"] if record["stage"] == "post/always"}
    assert {"junit", "archive", "html", "description"} <= kinds


def test_the_release_folder_travels_with_every_stage(runs):
    records = runs["all"]["records"]
    for place, record in enumerate(records):
        if record["kind"] == "sh" and record["stage"] not in {"Validate", "post/always"} and not record["stage"].endswith("Scaling"):
            assert records[place - 1]["kind"] == "unstash", record["stage"]


MUTANTS = [
    ("a misspelt directive", "    stages {\n", "    stagez {\n", "stagez"),
    ("a misspelt condition", "beforeAgent true", "beforeAgentt true", "beforeAgentt"),
    ("a stage without steps", "            steps {\n                echo 'approved'\n            }\n", "", "exactly one of"),
    ("steps twice", "                echo 'approved'\n            }\n", "                echo 'approved'\n            }\n            steps {\n                echo 'b'\n            }\n", "two 'steps'"),
    ("a step outside steps", "            steps {\n                echo 'approved'\n            }\n", "            echo 'approved'\n", "'echo' has no place"),
    ("Groovy logic", "                echo 'approved'\n", "                if (true) {\n                    echo 'x'\n                }\n", "IfStatements are not allowed"),
    ("a method of Groovy's own", "                echo 'approved'\n", "                println 'x'\n", "not allowed"),
    ("a variable", "                echo 'approved'\n", "                def x = 'y'\n                echo x\n", "DeclarationExpressions are not allowed"),
    ("interpolation", "sh './naru report --notify --work work/release'", 'sh "./naru report ${JOB_NAME}"', "GStringExpressions are not allowed"),
    ("a script block", "                echo 'approved'\n", "                script {\n                    echo 'x'\n                }\n", "'script' has no place"),
    ("an agent in a cell", "stage('Scaling') {\n", "stage('Scaling') {\n                        agent {\n                            label 'naru'\n                        }\n", "agent of its own"),
    ("a nested matrix", "stage('Scaling') {\n", "stage('Deeper') {\n                        matrix {\n                        }\n                    }\n                    stage('Scaling') {\n", "matrix inside"),
    ("a post condition that is none", "        always {\n            node", "        allways {\n            node", "allways"),
    ("no pipeline agent", "    agent none\n    options", "    options", "lacks 'agent'"),
    ("a time unit that is none", "unit: 'HOURS'", "unit: 'HOUR'", "no unit"),
    ("an unknown argument", "allowEmptyResults: true", "allowEmptyResult: true", "allowEmptyResult"),
    ("parameters in the Jenkinsfile", "    environment {\n", "    parameters {\n        string(name: 'X')\n    }\n    environment {\n", "'parameters' has no place"),
    ("a credential without its id", "file(credentialsId: 'naru-signing-key', variable", "file(variable", "lacks 'credentialsId'"),
    ("a person asked while an executor waits", "        stage('Approve') {\n            agent none\n", "        stage('Approve') {\n            agent {\n                label 'naru'\n            }\n", "executor is held"),
    ("two stages of one name", "stage('Build')", "stage('Tag')", "two stages"),
    ("a broken brace", "    post {\n        always {\n            node('naru') {\n", "    post {\n        always {\n            node('naru')\n", "compile"),
    ("text as a number", "timeout(time: 6,", "timeout(time: '6',", "another kind"),
]


def test_mutated_jenkinsfiles_are_rejected(tmp_path):
    good = (ROOT / "Jenkinsfile").read_text()
    paths = []
    for number, (_, old, new, _) in enumerate(MUTANTS):
        assert old in good, old
        paths.append(tmp_path / f"{number}.Jenkinsfile")
        paths[-1].write_text(good.replace(old, new, 1))
    answers = groovy(*(f"{path}?PART=all&APPROVAL=ask" for path in paths))
    missed = {name: answer["fault"] for (name, *_, word), answer in zip(MUTANTS, answers, strict=True) if word not in (answer["fault"] or "")}
    assert missed == {}


HOSTILE = [
    "8.9.csap; touch pwned", "$(touch pwned)", "`touch pwned`", "'; touch pwned; '", '"; touch pwned; "', "999\ntouch pwned", "| touch pwned",
    "--help", "../../../etc/passwd", "${IFS}touch${IFS}pwned", "9" * 100_000, "٩٩٩", "",
]


@pytest.fixture
def clone(tmp_path):
    """A folder in which `./naru` is the real command line, with a state folder of its own."""
    (tmp_path / "naru").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT}/scripts/main.py" "$@"\n')
    (tmp_path / "naru").chmod(0o755)
    return tmp_path


def shell(line, clone, values):
    script = clone / "script.sh"
    script.write_text(f"#!/bin/sh -xe\n{line}\n")  # as Jenkins' durable-task runs a line
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(["sh", "-xe", str(script)], cwd=clone, env={**kept, "NARU_STATE": str(clone / "state"), "NARU_SANDBOX": "hostile", **values},
                          capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value[:24]))
@pytest.mark.parametrize("name", ["KHAN_RELEASE", "BUG_FIX_VERSION"])
def test_hostile_parameters_are_refused_by_the_first_stage(clone, name, value):
    done = shell("./naru tag-release --plan --work work/release", clone, {"KHAN_RELEASE": "8.9.csap", "BUG_FIX_VERSION": "999", name: value})
    assert done.returncode in {2, 3}, done.stderr
    assert not (clone / "pwned").exists()
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 2000 + 2 * len("touch pwned")


def test_every_line_of_the_jenkinsfile_withstands_hostile_parameters(clone, runs):
    lines = list(dict.fromkeys(record["text"] for record in shells(runs["all"])))
    outcomes = {}
    for line in lines:
        planned = line if "--plan" in line or " jobs " in line or " report" in line else f"{line} --plan"
        done = shell(planned, clone, {"KHAN_RELEASE": "$(touch pwned)", "BUG_FIX_VERSION": "'; touch pwned; '", "CLOUD": '"; touch pwned; "'})
        outcomes[line] = done.returncode
        assert not (clone / "pwned").exists(), line
        assert "Traceback" not in done.stderr, done.stderr
    stages = {line: code for line, code in outcomes.items() if " report" not in line and " jobs " not in line}
    assert set(stages.values()) <= {2, 3}, stages
