"""The checks of a rollout's evidence: thirteen rules, then the whole verdict of all checks."""

from __future__ import annotations

from collections.abc import Sequence

from naru.core.sign import INCONCLUSIVE, Sign
from naru.core.unmet import RULES, Unmet
from naru.model.evidence import Check
from naru.model.words import Verdict

JUDGED_ELSEWHERE = {10, 13}
"""Rule 10 has checks of its own; rule 13 is the sign that decided."""


def rule_checks(verdict: Verdict, sign: Sign | None, unmet: Sequence[Unmet], stable_seconds: float, limit: float) -> list[Check]:
    """One check a rule, and the stability window."""
    worst = Verdict.inconclusive if verdict is Verdict.inconclusive else Verdict.failed
    checks = []
    for rule, said in RULES.items():
        if rule in JUDGED_ELSEWHERE:
            continue
        broken = next((u for u in unmet if u.rule == rule), None)
        checks.append(_rule(rule, f"{said.en[0].upper()}{said.en[1:]}.", said.ko + ".", broken, worst))
    checks.append(_fatal(sign))
    held = verdict is Verdict.passed
    checks.append(Check(
        name="stable", verdict=Verdict.passed if held else worst,
        sentence=f"All of it held for {stable_seconds:.1f} s (at least {limit:g} s).", sentence_ko=f"모든 조건이 {stable_seconds:.1f}초 유지됨 (최소 {limit:g}초).",
        measured=round(stable_seconds, 3), limit=limit, unit="seconds",
    ))
    return checks


def verdict_of(checks: Sequence[Check]) -> Verdict:
    """Failed before inconclusive before passed; no checks at all is inconclusive."""
    found = {check.verdict for check in checks}
    if Verdict.failed in found:
        return Verdict.failed
    return Verdict.passed if found == {Verdict.passed} else Verdict.inconclusive


def _rule(rule: int, en: str, ko: str, broken: Unmet | None, worst: Verdict) -> Check:
    if broken is None:
        return Check(name=f"rule-{rule:02}", verdict=Verdict.passed, sentence=en, sentence_ko=ko)
    return Check(name=f"rule-{rule:02}", verdict=worst, sentence=f"{broken.said.en}.", sentence_ko=f"{broken.said.ko}.")


def _fatal(sign: Sign | None) -> Check:
    said = RULES[13]
    if sign is None:
        return Check(name="rule-13", verdict=Verdict.passed, sentence=f"{said.en[0].upper()}{said.en[1:]}.", sentence_ko=f"{said.ko}.")
    verdict = Verdict.inconclusive if sign.reason in INCONCLUSIVE else Verdict.failed
    return Check(name="rule-13", verdict=verdict, sentence=sign.said.en, sentence_ko=sign.said.ko)
