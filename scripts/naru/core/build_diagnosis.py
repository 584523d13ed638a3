"""Why a build failed, in one sentence, from the lines of its log; the rules are data.

The rules stand in order of depth: what breaks everything (disk, memory, time) before what only looks broken by it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from naru.model.build import BuildFailure, FailureRule

MAX_LINES = 12
MAX_LINE = 400
MAX_VALUE = 160
MAX_SEARCHED = 2000
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
"""Colours, bells and the like: of no use in a sentence, and no text of a build may steer a terminal."""

_PLACE = re.compile(r"\{(\w+)\}")

UNKNOWN = FailureRule(
    id="unknown", pattern="^never$", stop="judged",
    en="no known cause was found in its log; the last error line is: {last}",
    ko="로그에서 알려진 원인을 찾지 못했습니다. 마지막 오류 줄: {last}",
    hint="Read the whole log; a rule for this cause can be added to scripts/naru/data/build_failures.",
)


def diagnose(lines: Sequence[str], rules: Sequence[FailureRule], *, version: str, step: str, log: str) -> BuildFailure:
    """The first rule that finds its line; an unknown cause says so and shows the last error line."""
    plain = [_CONTROL.sub("", line).rstrip()[:MAX_SEARCHED] for line in lines]
    for rule in rules:
        found = _find(rule, plain)
        if found is not None:
            place, values = found
            shown = [line for line in plain[place : place + 1 + rule.lines_after] if line.strip()]
            return _failure(rule, values, shown, version=version, step=step, log=log)
    last = _last_error(plain)
    return _failure(UNKNOWN, {"last": last}, _tail(plain), version=version, step=step, log=log)


def _find(rule: FailureRule, lines: list[str]) -> tuple[int, dict[str, str]] | None:
    pattern = re.compile(rule.pattern)
    for place, line in enumerate(lines):
        if found := pattern.search(line):
            after = lines[place + 1 : place + 1 + rule.lines_after]
            more = [other for other in (re.search(rule.more, one) for one in after) if other] if rule.more else []
            values = {name: value for match in (*reversed(more), found) for name, value in match.groupdict().items() if value}
            return place, {name: value.strip()[:MAX_VALUE] for name, value in values.items()}
    return None


def _failure(
    rule: FailureRule, values: dict[str, str], shown: list[str], *, version: str, step: str, log: str
) -> BuildFailure:
    return BuildFailure(
        version=version, step=step, cause=rule.id, stop=rule.stop, en=_said(rule.en, values), ko=_said(rule.ko, values),
        hint=_said(rule.hint, values), lines=tuple(line[:MAX_LINE] for line in shown[:MAX_LINES]), log=log,
    )


def _said(text: str, values: dict[str, str]) -> str:
    return _PLACE.sub(lambda found: values.get(found[1]) or "?", text)


def _last_error(lines: list[str]) -> str:
    words = ("error", "fail", "exception", "fatal")
    errors = [line for line in lines if any(word in line.lower() for word in words) and "naru:" not in line]
    rest = [line for line in lines if line.strip()]
    return ((errors or rest or ["nothing was printed"])[-1]).strip()[:MAX_VALUE]


def _tail(lines: list[str]) -> list[str]:
    return [line for line in lines if line.strip()][-MAX_LINES:]


def sentence_of(failure: BuildFailure) -> str:
    """The message that ends the stage."""
    what = {"build": "The build", "test": "The test run"}.get(failure.step, f"The {failure.step}")
    return f"{what} of {failure.version} failed: {failure.en}."
