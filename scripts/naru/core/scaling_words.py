"""Names of the scaling proof's checks, in the order in which a cause is looked for, and how a check is made."""

from __future__ import annotations

from naru.model.evidence import Check
from naru.model.words import Verdict

ENTRY = ("requests_set", "cpu_metric", "room_to_scale", "no_foreign_pods", "hpa_ready", "metrics_fresh", "at_minimum")
"""Before any load; where one fails nothing is measured."""
MEASUREMENT = ("sends_on_time", "load_as_planned", "watch_whole", "baseline_still", "step_aimed", "step_landed", "run_complete")
"""Whether the measurement was good enough."""
SYSTEM = ("metrics_throughout", "hpa_active", "only_hpa_scales")
"""What the system's own objects say, however good the measurement."""
SCALING = ("decided", "pods_ready", "pods_serve", "no_thrash", "replicas_expected", "overshoot", "scale_down_errors",
           "availability", "latency_baseline",
           "latency_recovered", "latency_after", "scale_down_not_early", "scale_down_done", "apm_lists")
ORDER = (*ENTRY, *SYSTEM, *SCALING, *MEASUREMENT)

TITLES_KO = {
    "requests_set": "CPU 요청값", "cpu_metric": "CPU 목표", "room_to_scale": "확장 여유", "no_foreign_pods": "셀렉터",
    "hpa_ready": "HPA 상태",
    "metrics_fresh": "메트릭 최신성", "at_minimum": "최소 복제본", "sends_on_time": "부하 생성 정확도", "load_as_planned": "부하 계획 일치",
    "watch_whole": "관찰 누락",
    "step_aimed": "부하 조준", "step_landed": "부하 도달", "baseline_still": "기준 부하", "run_complete": "측정 완료",
    "metrics_throughout": "메트릭 연속성",
    "hpa_active": "HPA 동작", "only_hpa_scales": "복제본 변경 주체", "decided": "확장 결정", "pods_ready": "파드 준비", "pods_serve": "응답 참여",
    "replicas_expected": "복제본 수", "overshoot": "과잉 확장", "no_thrash": "반복 증감", "availability": "가용성",
    "latency_baseline": "기준 지연", "latency_recovered": "지연 회복", "latency_after": "축소 후 지연", "scale_down_not_early": "축소 하한",
    "scale_down_done": "축소 상한", "scale_down_errors": "축소 중 오류", "apm_lists": "APM 등록",
}


def check(name: str, good: bool | None, english: str, korean: str, *, measured: float | None = None, limit: float | None = None,
          unit: str = "") -> Check:
    """One judged statement; None means that it could not be told."""
    verdict = Verdict.inconclusive if good is None else Verdict.passed if good else Verdict.failed
    return Check(name=name, verdict=verdict, sentence=english, sentence_ko=korean, unit=unit,
                 measured=None if measured is None else round(float(measured), 4),
                 limit=None if limit is None else float(limit))


def percent(share: float) -> str:
    """`99.95 %`."""
    return f"{share * 100:.2f} %".replace(".00", "")


def milli(cores: float) -> str:
    """`63m`, as Kubernetes writes CPU."""
    return f"{cores * 1000:.0f}m"
