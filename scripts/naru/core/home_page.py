"""Rule 10: the home page by the user's path, the requests during the rollout, and what the monitoring lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from naru.core.said import Said
from naru.model.cloud import App, RolloutLimits
from naru.model.evidence import Check
from naru.model.probe import PageAnswer
from naru.model.words import Verdict

MOST_FACTOR = 15
"""So many times the wanted number of answers may be asked for until each endpoint was seen."""


def enough(answers: Sequence[PageAnswer], pods: Collection[str], wanted: int) -> bool:
    """True if no further question is needed: enough good ones in a row and each pod seen, or hopeless."""
    if len(answers) >= wanted * MOST_FACTOR:
        return True
    return len(answers) >= wanted and set(pods) <= {a.pod for a in answers}


def judge_home(app: App, answers: Sequence[PageAnswer], pods: Collection[str], version: str, limits: RolloutLimits) -> list[Check]:
    """The checks of one app's home page."""
    good = [a for a in answers if 200 <= a.status < 300 and a.marked and a.version == version]
    bad = next((a for a in answers if a not in good), None)
    missing = sorted(set(pods) - {a.pod for a in good})
    p99 = percentile([a.milliseconds for a in good], 0.99)
    return [
        Check(name=f"home-{app.name}", verdict=_verdict(bool(answers) and bad is None and len(good) >= limits.home_answers),
              sentence=_home_sentence(app, answers, good, bad, version).en, sentence_ko=_home_sentence(app, answers, good, bad, version).ko,
              measured=float(len(good)), limit=float(limits.home_answers), unit="answers"),
        Check(name=f"home-endpoints-{app.name}", verdict=_verdict(bool(pods) and not missing),
              sentence=f"{app.name}: {len(set(pods)) - len(missing)} of {len(set(pods))} pods answered" + (f", {missing[0]} never did." if missing else "."),
              sentence_ko=f"{app.name}: 파드 {len(set(pods))}개 중 {len(set(pods)) - len(missing)}개가 응답함" + (f", {missing[0]} 응답 없음." if missing else "."),
              measured=float(len(set(pods)) - len(missing)), limit=float(len(set(pods))), unit="pods"),
        Check(name=f"home-p99-{app.name}", verdict=_verdict(p99 is not None and p99 <= limits.home_p99_milliseconds),
              sentence=f"{app.name}: 99 % of the answers within {p99 or 0:.0f} ms (limit {limits.home_p99_milliseconds:g} ms).",
              sentence_ko=f"{app.name}: 응답의 99%가 {p99 or 0:.0f} ms 이내 (한도 {limits.home_p99_milliseconds:g} ms).",
              measured=p99, limit=limits.home_p99_milliseconds, unit="ms"),
    ]


def judge_stream(app: App, offered: int, errors: dict[str, int], limits: RolloutLimits) -> Check:
    """Requests lost while the release rolled out."""
    lost = sum(errors.values())
    kinds = ", ".join(f"{count} × {word}" for word, count in sorted(errors.items()))
    return Check(
        name=f"stream-{app.name}", verdict=_verdict(lost <= limits.lost_requests) if offered else Verdict.inconclusive,
        sentence=f"{app.name}: {lost} of {offered} requests lost during the rollout" + (f" ({kinds})." if kinds else "."),
        sentence_ko=f"{app.name}: 배포 중 요청 {offered}건 가운데 {lost}건 손실" + (f" ({kinds})." if kinds else "."),
        measured=float(lost), limit=float(limits.lost_requests), unit="requests",
    )


def judge_monitored(listed: Any, pods: Collection[str], version: str) -> Check:
    """The monitoring lists every new instance with its version."""
    seen = {str(entry.get("pod")) for entry in listed if isinstance(entry, dict) and entry.get("version") == version} \
        if isinstance(listed, list) else set()
    missing = sorted(set(pods) - seen)
    return Check(
        name="monitored", verdict=_verdict(bool(pods) and not missing),
        sentence=f"The monitoring lists {len(set(pods)) - len(missing)} of {len(set(pods))} new instances" + (f", not {missing[0]}." if missing else "."),
        sentence_ko=f"모니터링에 새 인스턴스 {len(set(pods))}개 중 {len(set(pods)) - len(missing)}개가 표시됨" + (f", {missing[0]} 없음." if missing else "."),
        measured=float(len(set(pods)) - len(missing)), limit=float(len(set(pods))), unit="instances",
    )


def error_counts(answers: Sequence[PageAnswer]) -> dict[str, int]:
    """Error word or `http-503` → count."""
    return dict(Counter(a.error or f"http-{a.status}" for a in answers if a.error or a.status >= 400))


def percentile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]


def _home_sentence(app: App, answers: Sequence[PageAnswer], good: Sequence[PageAnswer], bad: PageAnswer | None, version: str) -> Said:
    if not answers:
        return Said(f"{app.name}: the home page was not asked.", f"{app.name}: 홈페이지를 확인하지 못함.")
    if bad is None:
        return Said(f"{app.name}: the home page answered {len(good)} times in a row with marker and version {version}.",
                    f"{app.name}: 홈페이지가 표식과 버전 {version}으로 {len(good)}번 연속 응답함.")
    why = _fault(app, bad, version)
    return Said(f"{app.name}: the home page {why.en}.", f"{app.name}: 홈페이지 {why.ko}.")


def _fault(app: App, bad: PageAnswer, version: str) -> Said:
    if bad.error:
        return Said(f"did not answer ({bad.error})", f"응답 없음 ({bad.error})")
    if not 200 <= bad.status < 300:
        return Said(f"answered with status {bad.status}", f"상태 {bad.status}로 응답")
    if not bad.marked:
        return Said(f"lacks its marker '{app.marker}'", f"표식 '{app.marker}' 없음")
    return Said(f"is of version '{bad.version}', the release is {version} (pod {bad.pod})", f"버전이 '{bad.version}', 릴리스는 {version} (파드 {bad.pod})")


def _verdict(good: bool) -> Verdict:
    return Verdict.passed if good else Verdict.failed
