"""A recording of the release before that was to be upgraded from: it says nothing about the release that was to be proven."""

from __future__ import annotations

from naru.core.said import Said
from naru.core.sign import Reason
from naru.model.evidence import Cause, Check
from naru.model.words import Verdict


def baseline_cause(version: str, why: Cause | None) -> Cause:
    """Why the upgrade could not be tried; `why` is what kept the release before from coming up, None where nothing did."""
    if why is None:
        said = Said(f"The upgrade from {version} was not tried: the recording ends with {version}, which came up.",
                    f"{version}에서의 업그레이드를 시도하지 않음: {version}이 올라온 뒤 기록이 끝남.")
        return Cause(reason=str(Reason.baseline), object="Release/before", sentence=said.en, sentence_ko=said.ko)
    return Cause(
        reason=str(Reason.baseline), object=why.object, lines=why.lines,
        sentence=f"{version}, which the cloud runs now, does not come up on the verification cluster, so that the upgrade cannot be "
                 f"proven: {why.sentence}",
        sentence_ko=f"클라우드에서 지금 실행 중인 {version}이 검증 클러스터에서 올라오지 않아 업그레이드를 검증할 수 없음: {why.sentence_ko or why.sentence}",
    )


def baseline_check(cause: Cause) -> Check:
    """The only check of such a recording: inconclusive."""
    return Check(name="baseline", verdict=Verdict.inconclusive, sentence=cause.sentence, sentence_ko=cause.sentence_ko)
