"""The fault matrix: each fault's name, how its loss looks from outside, and what must hold while it lasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from naru.errors import Malformed


class Loss(StrEnum):
    """How a lost cloud behaves towards a request."""

    refused = "refused"
    """Refuses or closes at once: the director may send the request elsewhere, so nothing need be lost."""
    silent = "silent"
    """Takes it and says nothing: lost until the director's check has timed out often enough."""
    wrong = "wrong"
    """Answers with an error: lost until the director sees it, if its check asks the right page."""
    healed = "healed"
    """Comes back by itself; the director may or may not notice."""


@dataclass(frozen=True)
class Fault:
    """One row of the matrix."""

    name: str
    loss: Loss
    clouds: int
    """How many clouds are lost at once; 3 stands for all of them."""
    title: str
    title_ko: str
    default: bool = False
    """Part of every release's drill; the others run nightly or when named."""
    hold_seconds: float = 0
    """Least time that the fault lasts; 0 leaves it to the director's settings."""


FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        # Pods that leave still answer while they drain (about 7 s with the sample's preStop), so the effect comes late.
        Fault("scale-to-zero", Loss.refused, 1, "the app is scaled to 0", "앱을 0개로 축소", default=True, hold_seconds=22),
        Fault("node-stop", Loss.refused, 1, "the cloud's node is stopped", "클라우드 노드 정지", default=True),
        Fault("pod-kill", Loss.healed, 1, "every pod of the app is killed", "앱의 모든 파드 강제 종료"),
        Fault("readiness-false", Loss.refused, 1, "no pod is ready", "모든 파드가 준비 안 됨"),
        Fault("lying-health", Loss.wrong, 1, "health says yes, the page is broken", "헬스 체크는 정상, 페이지는 오류"),
        Fault("slow", Loss.silent, 1, "answers come too late", "응답 지연"),
        Fault("node-pause", Loss.silent, 1, "the cloud's node is frozen", "클라우드 노드 동결"),
        Fault("network-cut", Loss.silent, 1, "packets to the cloud are dropped", "클라우드 네트워크 차단"),
        Fault("two-clouds", Loss.refused, 2, "the app is scaled to 0 in two clouds at once", "두 클라우드에서 동시에 0개로 축소"),
        Fault("all-clouds", Loss.refused, 3, "the app is scaled to 0 in all clouds", "모든 클라우드에서 0개로 축소"),
    )
}


def chosen_faults(text: str) -> tuple[Fault, ...]:
    """Faults by name, comma separated; `default` and `all` are lists. Raises Malformed with the known names."""
    names: list[str] = []
    for word in (part.strip() for part in text.split(",")):
        if word == "default":
            names += [fault.name for fault in FAULTS.values() if fault.default]
        elif word == "all":
            names += list(FAULTS)
        elif word in FAULTS:
            names.append(word)
        else:
            raise Malformed(f"There is no fault '{word[:40]}'.", hint=f"Known: {', '.join(FAULTS)}; or default, all.")
    return tuple(FAULTS[name] for name in dict.fromkeys(names))


def lost_clouds(fault: Fault, clouds: Sequence[str], turn: int) -> tuple[str, ...]:
    """Which clouds this fault takes; `turn` moves on so that the faults of a drill do not all hit the same one."""
    number = len(clouds) if fault.clouds >= 3 else min(fault.clouds, len(clouds))
    return tuple(clouds[(turn + step) % len(clouds)] for step in range(number))
