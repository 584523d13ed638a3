"""The report's fixed words in both languages (terms of the design: 운영 반영, 증적, 판정 불가 …)."""

from __future__ import annotations

Words = dict[str, str]
"""`en` and `ko`."""

VERDICTS: dict[str, Words] = {
    "passed": {"en": "passed", "ko": "합격"},
    "failed": {"en": "failed", "ko": "불합격"},
    "inconclusive": {"en": "inconclusive", "ko": "판정 불가"},
    "missing": {"en": "not run", "ko": "실행 안 됨"},
}

PROOFS: dict[str, Words] = {
    "rollout": {"en": "Rollout", "ko": "배포"},
    "scaling": {"en": "Scaling", "ko": "자동 확장"},
    "failover": {"en": "Fail-over", "ko": "장애 전환"},
}

HEADLINES: dict[str, Words] = {
    "promoted": {"en": "{version} was proven and runs on {clouds}.", "ko": "{version}: 검증을 통과하여 {clouds}에 운영 반영되었습니다."},
    "partial": {"en": "{version} runs on {clouds} only; {others} did not get it.", "ko": "{version}: {clouds}에만 운영 반영되었고 {others}에는 반영되지 않았습니다."},
    "held": {"en": "{version} was not promoted: {reason}", "ko": "{version}: 운영 반영되지 않았습니다. {reason}"},
    "proven": {"en": "{version} is proven and not promoted yet.", "ko": "{version}: 검증을 통과했으며 아직 운영 반영 전입니다."},
    "stopped": {"en": "{version} was stopped at {stage}: {reason}", "ko": "{version}: {stage} 단계에서 중단되었습니다. {reason}"},
    "open": {"en": "{version} is not proven yet.", "ko": "{version}: 아직 검증되지 않았습니다."},
}

TEXTS: dict[str, Words] = {
    "title": {"en": "Release report", "ko": "릴리스 보고서"},
    "proven": {"en": "What was proven", "ko": "검증 결과"},
    "scope": {"en": "Scope of proof", "ko": "검증 범위"},
    "scope_note": {"en": "A stand-in cannot show everything about a cloud. This is how much it did.", "ko": "대역 클러스터로 모든 것을 보일 수는 없습니다. 검증된 범위는 다음과 같습니다."},
    "promotion": {"en": "Promotion", "ko": "운영 반영"},
    "changes": {"en": "What the release changes", "ko": "변경 내용"},
    "evidence": {"en": "Evidence", "ko": "증적"},
    "timings": {"en": "Stages and time", "ko": "단계별 시간"},
    "cloud": {"en": "Cloud", "ko": "클라우드"},
    "check": {"en": "Check", "ko": "항목"},
    "verdict": {"en": "Verdict", "ko": "판정"},
    "measured": {"en": "Measured", "ko": "측정값"},
    "limit": {"en": "Limit", "ko": "기준"},
    "reason": {"en": "Reason", "ko": "사유"},
    "stage": {"en": "Stage", "ko": "단계"},
    "seconds": {"en": "Seconds", "ko": "초"},
    "before": {"en": "Last run", "ko": "지난 실행"},
    "events": {"en": "Events", "ko": "이벤트"},
    "logs": {"en": "Logs, vanished pods included", "ko": "로그(사라진 파드 포함)"},
    "profile": {"en": "timing profile", "ko": "시간 프로파일"},
    "signed": {"en": "Signed; judge again with", "ko": "서명됨. 다시 판정:"},
    "none": {"en": "nothing recorded", "ko": "기록 없음"},
    "released": {"en": "Release", "ko": "릴리스"},
    "images": {"en": "Images", "ko": "이미지"},
    "commit": {"en": "Commit", "ko": "커밋"},
    "tag": {"en": "Tag", "ko": "태그"},
    "field": {"en": "Field", "ko": "필드"},
    "old": {"en": "Old", "ko": "이전"},
    "new": {"en": "New", "ko": "이후"},
    "skip": {"en": "Skip to the content", "ko": "본문으로 건너뛰기"},
    "allowed_by": {"en": "allowed by", "ko": "허용 근거"},
}

COVERAGE: dict[str, Words] = {
    "exercised": {"en": "exercised", "ko": "실제로 시험됨"},
    "present but inert": {"en": "present but inert", "ko": "있으나 작동하지 않음"},
    "substituted": {"en": "substituted", "ko": "대체됨"},
    "absent": {"en": "absent", "ko": "없음"},
}


def filled(words: Words, **values: str) -> Words:
    """Both languages with their placeholders filled."""
    return {language: text.format(**values) for language, text in words.items()}
