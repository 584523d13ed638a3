"""Which parameters a Jenkinsfile needs: those it reads itself and those that the scripts it calls read."""

from __future__ import annotations

import re

STAGES = frozenset({
    "run", "tag-release", "build-images", "publish-release", "patch-overlays", "verify-rollout", "verify-scaling",
    "verify-failover", "promote", "report",
})
"""Commands that take the product's parameters from the environment."""

COMMAND_READS: dict[str, frozenset[str]] = {
    "webhook": frozenset({"NARU_TAG_REF", "NARU_TAG_CLOUD_NAMES", "NARU_TAG_SERVER_NAMES"}),
}
ANYWHERE = frozenset({"NARU_REQUEST_ID"})
"""Read by `./naru trigger` and by Jenkins' own queue, never by a script of the job; every job may declare it."""

_WHEN = re.compile(r"\benvironment\s+name:\s*'(\w+)'")
_CALL = re.compile(r"(?:\./naru\s+|scripts/)([a-z_-]+)(?:\.py)?\b")
_LINE = re.compile(r"\bsh\s+'([^'\n]*)'")
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
_AXIS = re.compile(r"\bname\s+'(\w+)'")
_OWN = re.compile(r"^\s*(\w+)\s*=\s*'[^'\n]*'\s*$", re.MULTILINE)
_CREDENTIAL = re.compile(r"[vV]ariable:\s*'(\w+)'")


def reads_of(jenkinsfile: str, product_parameters: tuple[str, ...]) -> frozenset[str]:
    """Parameter names that a job with this Jenkinsfile must declare."""
    lines = _LINE.findall(jenkinsfile)
    found = set(_WHEN.findall(jenkinsfile)) | {name for line in lines for name in _VARIABLE.findall(line)}
    commands = {name.replace("_", "-") for line in lines for name in _CALL.findall(line)}
    if commands & STAGES:
        found |= set(product_parameters)
    for command in commands:
        found |= COMMAND_READS.get(command, frozenset())
    return frozenset(found - _given(jenkinsfile))


def _given(jenkinsfile: str) -> set[str]:
    """Names that the Jenkinsfile sets itself: axes, its environment block, credentials."""
    return {name for form in (_AXIS, _OWN, _CREDENTIAL) for name in form.findall(jenkinsfile)}
