"""JUnit XML of a release: one suite a proof, one case a check; what did not run is an error, never silently absent."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from naru.core.report_view import Documents, proof_rows
from naru.model.evidence import Check, Evidence
from naru.model.words import Verdict


def junit_xml(documents: Documents) -> str:
    """The whole file."""
    suites = [_suite(row["key"], row["evidence"]) for row in proof_rows(documents)]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites name={quoteattr(documents.version)}>", *suites, "</testsuites>", ""])


def _suite(key: str, evidence: Evidence | None) -> str:
    if evidence is None:
        case = f'    <testcase classname={quoteattr(key)} name="proof"><error message="the proof did not run"/></testcase>'
        return f'  <testsuite name={quoteattr(key)} tests="1" failures="0" errors="1">\n{case}\n  </testsuite>'
    failures = sum(check.verdict is Verdict.failed for check in evidence.checks)
    errors = sum(check.verdict is Verdict.inconclusive for check in evidence.checks)
    cases = "\n".join(_case(key, check) for check in evidence.checks)
    return f'  <testsuite name={quoteattr(key)} tests="{len(evidence.checks)}" failures="{failures}" errors="{errors}">\n{cases}\n  </testsuite>'


def _case(key: str, check: Check) -> str:
    head = f"    <testcase classname={quoteattr(key)} name={quoteattr(check.name)}"
    if check.verdict is Verdict.passed:
        return head + "/>"
    tag = "failure" if check.verdict is Verdict.failed else "error"
    return f"{head}><{tag} message={quoteattr(printable(check.sentence))}>{escape(printable(check.sentence_ko))}</{tag}></testcase>"


def printable(text: str) -> str:
    """Without the control characters that XML 1.0 forbids."""
    return "".join(char for char in text if char in "\t\n" or ord(char) >= 32)
