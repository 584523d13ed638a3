"""Causes of failed builds: each case in tests/data/build_failures is the log of a build that really failed so."""

import re
from pathlib import Path

import pytest
from pydantic import ConfigDict

from naru.core.build_diagnosis import diagnose, sentence_of
from naru.core.config_file import parse_config
from naru.model.build import FailureRule
from naru.model.record import Record
from naru.wiring.build import failure_rules

CASES = sorted((Path(__file__).parents[1] / "data" / "build_failures").glob("*.yaml"))
RULES = failure_rules()


class Case(Record):
    model_config = ConfigDict(frozen=True, extra="forbid")
    cause: str
    stop: str
    en: str
    ko: str
    log: str


def case(path):
    return parse_config(path.read_bytes(), Case, path.name)


def told(lines, rules=RULES):
    return diagnose(lines, rules, version="8.9.csap-999", step="build", log="build.log")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_cause_is_named_in_both_languages_with_the_line_that_shows_it(path):
    known = case(path)
    failure = told(known.log.splitlines())
    assert (failure.cause, failure.stop, failure.en, failure.ko) == (known.cause, known.stop, known.en, known.ko)
    assert "?" not in failure.en
    assert failure.lines
    assert all(line in known.log for line in failure.lines)


def test_every_rule_has_a_case():
    without = {rule.id for rule in RULES} - {case(path).cause for path in CASES}
    assert without <= {"npm-conflict", "run-failed", "base-absent", "tests-failed"}


def test_rules_are_distinct_compile_and_speak_both_languages():
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        groups = set(re.compile(rule.pattern).groupindex) | set(re.compile(rule.more).groupindex)
        assert set(re.findall(r"\{(\w+)\}", rule.en + rule.ko + rule.hint)) - {"BASE"} <= groups, rule.id
        assert re.search("[가-힣]", rule.ko), rule.id
        assert rule.ko.rstrip().endswith(".") or "{what}" in rule.ko or "{symbol}" in rule.ko or "{step}" in rule.ko, rule.id


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("npm error code ERESOLVE", "npm-conflict"),
        ("npm ERR! code ERESOLVE", "npm-conflict"),
        ('Error: building at STEP "RUN make": while running runtime: exit status 2', "run-failed"),
        ("Error: initializing source docker://r.example/a@sha256:00: reading manifest: manifest unknown", "base-absent"),
        ("[ERROR] Tests run: 9, Failures: 2, Errors: 1, Skipped: 0", "tests-failed"),
    ],
)
def test_causes_known_from_the_tools_own_words(line, cause):
    assert told(["[INFO] begin", line]).cause == cause


def test_the_deeper_cause_wins_over_what_it_breaks():
    failure = told(["[ERROR] src/A.java:[1,2] cannot find symbol", "javac: No space left on device"])
    assert failure.cause == "disk-full"


def test_colours_of_a_terminal_do_not_hide_a_cause():
    failure = told(["[\x1b[1;31mERROR\x1b[m] src/A.java:[1,2] ';' expected"])
    assert failure.en == "src/A.java line 1 does not compile: ';' expected"


def test_an_unknown_cause_says_so_and_shows_the_last_error_line():
    failure = told(["[INFO] all well", "gizmo: fatal: the flux is unstable", "bye"])
    assert failure.cause == "unknown"
    assert "the flux is unstable" in failure.en
    assert failure.lines[-1] == "bye"


def test_an_empty_log_is_no_trap():
    assert "nothing was printed" in told([]).en


def test_a_long_hostile_line_is_cut():
    rule = FailureRule(id="long", pattern="(?P<what>x+)", en="{what}", ko="{what}", hint="-")
    failure = told(["x" * 1_000_000], (rule,))
    assert len(failure.en) <= 200
    assert len(failure.lines[0]) <= 400


def test_the_sentence_names_step_and_version():
    failure = told(["[ERROR] src/A.java:[1,2] ';' expected"])
    assert sentence_of(failure) == "The build of 8.9.csap-999 failed: src/A.java line 1 does not compile: ';' expected."
