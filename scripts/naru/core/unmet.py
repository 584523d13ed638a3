"""One condition of a good rollout that is not true now."""

from __future__ import annotations

from typing import NamedTuple

from naru.core.said import Said


class Unmet(NamedTuple):
    """`rule` is the number in the list of thirteen; `object` is `Kind/name`."""

    rule: int
    object: str
    said: Said


RULES: dict[int, Said] = {
    1: Said("the object is there, not paused, and as applied", "오브젝트가 적용한 그대로 있음"),
    2: Said("the number of replicas is in the expected range", "복제 수가 기대 범위 안에 있음"),
    3: Said("all replicas are updated, ready and available, none is left over", "모든 복제가 갱신되어 준비됨, 남은 것 없음"),
    4: Said("the controller reports it complete", "컨트롤러가 완료를 보고함"),
    5: Said("only the newest ReplicaSet has pods", "최신 ReplicaSet에만 파드가 있음"),
    6: Said("every pod and container is running and ready", "모든 파드와 컨테이너가 실행 중이고 준비됨"),
    7: Said("no container restarted", "재시작한 컨테이너 없음"),
    8: Said("every pod runs the release's image, by digest", "모든 파드가 릴리스의 이미지(다이제스트)로 실행됨"),
    9: Said("the Service sends to exactly these pods", "서비스가 정확히 이 파드들로 보냄"),
    10: Said("the home page answers on the user's path", "사용자 경로에서 홈페이지가 응답함"),
    11: Said("the autoscaler is active", "자동 확장이 동작함"),
    12: Said("every other object has reached its state", "그 밖의 오브젝트가 제 상태에 이름"),
    13: Said("no fatal warning was reported", "치명적 경고 없음"),
}
"""The thirteen rules, as the report names them."""
