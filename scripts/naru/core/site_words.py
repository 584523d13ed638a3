"""The fixed words of the page of all releases, in both languages."""

from __future__ import annotations

from naru.core.report_words import Words

STATES: dict[str, Words] = {
    "runs": {"en": "runs", "ko": "실행 중"},
    "ran": {"en": "ran", "ko": "이전 운영"},
    "rolled back": {"en": "rolled back", "ko": "되돌림"},
    "held": {"en": "held", "ko": "배포 보류"},
    "stuck": {"en": "stuck", "ko": "정체"},
    "unreachable": {"en": "no answer", "ko": "응답 없음"},
    "failed": {"en": "proof failed", "ko": "검증 불합격"},
    "inconclusive": {"en": "inconclusive", "ko": "판정 불가"},
    "passed": {"en": "proven", "ko": "검증 합격"},
    "": {"en": "–", "ko": "–"},
}
"""What became of one release on one cloud."""

LOOKS = {"runs": "passed", "ran": "missing", "passed": "passed", "held": "failed", "stuck": "failed", "rolled back": "failed",
         "failed": "failed", "unreachable": "inconclusive", "inconclusive": "inconclusive", "": "missing"}
"""State → the look of a verdict in the report's style."""

FIGURES: dict[str, Words] = {
    "rto_seconds": {"en": "Fail-over: RTO of the worst lane", "ko": "장애 전환: 가장 나쁜 경로의 RTO"},
    "detection_seconds": {"en": "Fail-over: slowest detection", "ko": "장애 전환: 가장 느린 감지"},
    "decide_seconds": {"en": "Scaling: step of traffic to decision", "ko": "자동 확장: 트래픽 증가에서 결정까지"},
    "serve_seconds": {"en": "Scaling: step of traffic to new pods serving", "ko": "자동 확장: 트래픽 증가에서 새 파드 응답까지"},
    "ready_seconds": {"en": "Rollout: ready", "ko": "배포: 준비 완료까지"},
    "stage": {"en": "Duration of a stage", "ko": "단계 소요 시간"},
    "run": {"en": "Duration of the whole run", "ko": "전체 실행 시간"},
}

SITE_TEXTS: dict[str, Words] = {
    "site": {"en": "Releases", "ko": "릴리스 전체"},
    "now": {"en": "What runs now", "ko": "현재 실행 중"},
    "since": {"en": "Since (UTC)", "ko": "시작(UTC)"},
    "first": {"en": "First seen (UTC)", "ko": "첫 기록(UTC)"},
    "by": {"en": "By", "ko": "실행자"},
    "version": {"en": "Release", "ko": "릴리스"},
    "history": {"en": "All releases", "ko": "릴리스 이력"},
    "changed": {"en": "Changed beyond the noise", "ko": "오차 범위를 넘는 변화"},
    "changed_note": {
        "en": "A figure is named only where the newest release leaves the noise of the 5 to 14 releases before it.",
        "ko": "가장 새 릴리스의 값이 앞선 5~14개 릴리스의 오차 범위를 벗어난 경우에만 표시합니다."},
    "unchanged": {"en": "Nothing of the newest release left the noise of those before it.", "ko": "가장 새 릴리스의 값은 모두 오차 범위 안에 있습니다."},
    "too_few": {"en": "Fewer than 5 releases before the newest one: nothing can be said yet.", "ko": "앞선 릴리스가 5개 미만이어서 아직 판단할 수 없습니다."},
    "earlier": {"en": "Earlier changes", "ko": "이전의 변화"},
    "trends": {"en": "Trends", "ko": "추이"},
    "stages": {"en": "Durations of the stages", "ko": "단계별 소요 시간"},
    "figures": {"en": "Values", "ko": "값"},
    "noise": {"en": "noise", "ko": "오차"},
    "report": {"en": "Report", "ko": "보고서"},
    "why": {"en": "Why", "ko": "사유"},
    "faults": {"en": "Could not be read", "ko": "읽지 못한 항목"},
    "omitted": {"en": "older releases are not shown", "ko": "개의 이전 릴리스는 표시하지 않음"},
    "source": {
        "en": "From the branches cloud/NAME and the release folders of this machine; signatures are judged by",
        "ko": "cloud/NAME 브랜치와 이 서버의 릴리스 폴더에서 읽었습니다. 서명 판정:"},
    "nothing": {"en": "nothing", "ko": "없음"},
}
