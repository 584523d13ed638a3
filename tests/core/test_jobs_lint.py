"""Lint of job definitions: the shipped ones are clean, and each rule has a file that breaks it."""

from pathlib import Path

import pytest

from naru.core.jobs_lint import lint
from naru.core.jobs_reads import reads_of
from naru.model.jobs import JobFile, ProductFacts, ScriptFile

ROOT = Path(__file__).resolve().parents[2]
BAD = sorted((ROOT / "tests" / "data" / "jobs" / "bad").glob("*.yaml"))
PRODUCT = ProductFacts(
    name="khan-monitoring", parameters=("KHAN_RELEASE", "BUG_FIX_VERSION"), lines=("8.9.csap", "8.9", "8.8.4"), marked={"csap": ("8.9.csap",)}
)
RULES = {
    "conflict-marker", "yaml", "unknown-key", "shape", "one-per-file", "braces", "job-name", "defaults", "concurrent", "project-type",
    "wipe-workspace", "cron", "parameter-name", "duplicate-parameter", "empty-choices", "release-lines", "untrimmed", "secret", "script",
    "unread-parameter", "undeclared-parameter",
}


def job_file(path):
    return JobFile(path=path.name, text=path.read_text())


def faults(*paths):
    scripts = [ScriptFile(path=str(p.relative_to(ROOT)), text=p.read_text()) for p in (ROOT / "Jenkinsfile", *(ROOT / "pipelines").glob("*.Jenkinsfile"))]
    return lint(job_file(ROOT / "pipelines" / "defaults.yaml"), [job_file(path) for path in paths], scripts, PRODUCT)


def test_the_shipped_definitions_have_no_fault():
    assert faults(*sorted((ROOT / "pipelines" / "jobs").glob("*.yaml"))) == ()


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_each_bad_file_breaks_the_rule_that_it_is_named_after(path):
    found = faults(path)
    rule = path.stem.removesuffix("-inside").removesuffix("-single")
    assert rule in {fault.rule for fault in found}
    assert all(fault.line >= 1 and fault.file == path.name for fault in found)


def test_every_rule_has_a_bad_file():
    assert {path.stem.removesuffix("-inside").removesuffix("-single") for path in BAD} == RULES


def test_the_line_of_a_fault_is_the_line_in_the_file():
    path = next(path for path in BAD if path.stem == "unknown-key-inside")
    assert "trimm" in path.read_text().splitlines()[faults(path)[0].line - 1]


def test_a_job_defined_twice_is_named_with_its_first_file(tmp_path):
    original = ROOT / "pipelines" / "jobs" / "khan-cloud-release.yaml"
    copy = tmp_path / "zz.yaml"
    copy.write_text(original.read_text())
    assert [fault.rule for fault in faults(original, copy)] == ["duplicate-job"]


def test_what_a_jenkinsfile_reads_is_known_without_running_it():
    text = """
    environment { CREDENTIAL = 'x' }
    when { environment name: 'PART', value: 'all' }
    axis { name 'CLOUD'
           values 'naver' }
    sh './naru verify-rollout "$CLOUD"'
    sh 'scripts/promote.py "${TARGET}"'
    """
    assert reads_of(text, ("KHAN_RELEASE",)) == {"PART", "KHAN_RELEASE", "TARGET"}


def test_a_jenkinsfile_that_calls_no_stage_needs_no_product_parameter():
    assert reads_of("sh './naru nightly'", ("KHAN_RELEASE",)) == frozenset()
