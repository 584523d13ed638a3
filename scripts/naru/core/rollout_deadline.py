"""What to say when the absolute deadline came first: the likeliest cause among what is still open."""

from __future__ import annotations

from collections.abc import Sequence

from naru.core.history import History
from naru.core.rollout_expected import Expected
from naru.core.said import Said
from naru.core.sign import Reason, Sign
from naru.core.unmet import Unmet


def deadline_sign(expected: Expected, signs: Sequence[Sign], unmet: Sequence[Unmet], history: History, mono: float) -> Sign:
    """The sign of a rollout that did not end in time."""
    seconds = expected.limits.deadline_seconds
    if any(end >= mono - expected.limits.stability_seconds for _, end, _ in history.gaps):
        return Sign(Reason.blind, "Cluster/watch", Said(
            f"The rollout could not be seen without a gap before the deadline of {seconds:g} s.",
            f"마감 {seconds:g}초 전까지 배포를 끊김 없이 관찰할 수 없었음."))
    if signs:
        first = signs[0]
        said = Said(f"Not up within {seconds:g} s: {first.said.en}", f"{seconds:g}초 안에 완료되지 않음: {first.said.ko}")
        return first._replace(said=said)
    if not unmet:
        return Sign(Reason.deadline, "Release/all", Said(
            f"The rollout became complete too late to be watched before the deadline of {seconds:g} s.",
            f"배포가 너무 늦게 끝나 마감 {seconds:g}초 안에 안정 상태를 확인하지 못함."))
    first_unmet = unmet[0]
    lingering = [u for u in unmet if u.rule == 5]
    if lingering:
        return Sign(Reason.old_pods, lingering[0].object, Said(
            f"Old pods linger after {seconds:g} s: {lingering[0].said.en}.", f"{seconds:g}초 후에도 이전 파드가 남음: {lingering[0].said.ko}."))
    return Sign(Reason.deadline, first_unmet.object, Said(
        f"Not up within {seconds:g} s: {first_unmet.said.en}.", f"{seconds:g}초 안에 완료되지 않음: {first_unmet.said.ko}."))
