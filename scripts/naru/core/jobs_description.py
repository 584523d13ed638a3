"""The one line that stands beside a build in Jenkins: version, commit, verdicts, promotions."""

from __future__ import annotations

from collections.abc import Iterable

from naru.model.evidence import Evidence
from naru.model.promotion import Promotion
from naru.model.release import Release


def build_description(release: Release | None, evidences: Iterable[Evidence], promotions: Iterable[Promotion]) -> str:
    """`8.9.csap-999 (3c3014b1d4): naver rollout passed, …; promoted naver`; what is not there yet is left out."""
    if release is None:
        return "no release: stopped before the tag"
    head = f"{release.version} ({release.commit[:10]})"
    proofs = [f"{evidence.cloud} {evidence.proof} {evidence.verdict}" for evidence in evidences]
    outcomes: dict[str, list[str]] = {}
    for promotion in promotions:
        outcomes.setdefault(promotion.outcome or promotion.decision.value, []).append(promotion.cloud)
    ends = [f"{outcome} {', '.join(clouds)}" for outcome, clouds in outcomes.items()]
    rest = "; ".join(part for part in (", ".join(proofs), "; ".join(ends)) if part)
    return f"{head}: {rest}" if rest else head
