"""Data loss (RPO): numbered writes to each cloud's own store, acknowledged against found again.

One writer for each cloud writes a number every second, whatever happens; only what the store acknowledged counts. Before
the undo the other clouds' stores are asked for the lost cloud's writes (could work have gone on there with them?), after
fail-back its own store is. The writer goes round in a ring of places, so that a store that keeps a limited number of
entries is not filled; a write whose place a later one took is not judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from naru.core.failover_marks import between, effect_mark
from naru.core.failover_samples import BACK, LOST, WRITER, Drill, FaultRun, StoreReading
from naru.model.evidence import Check
from naru.model.failover import WRITE_SECONDS, WRITE_SLOTS
from naru.model.load import Row
from naru.model.words import Verdict

NOT_APPLICABLE = "not applicable: no writer lane, the proven page keeps no data"
SCOPE = (
    "measured: one numbered write a second to each cloud's own store, looked for in the other clouds' stores while it was lost and in its "
    "own after fail-back; the proven page itself keeps no data, and what clients could not write is counted as refused, not as lost"
)


@dataclass(frozen=True)
class DataLoss:
    """What one fault did to one cloud's acknowledged writes."""

    cloud: str
    hit: bool
    """The fault was injected in this cloud."""
    acknowledged: int
    """Writes that the store had acknowledged before the undo and whose place no later write took."""
    refused: int
    """Writes that were not acknowledged while the fault lasted: no loss, the client knows."""
    elsewhere: int | None
    """Of those acknowledged before the effect, how many another cloud's store held meanwhile; None where none could be asked."""
    lost: int | None
    """Acknowledged and not there after fail-back; None where the store could not be asked."""
    rpo: float | None
    """Seconds from the acknowledgement of the oldest lost write to the effect; 0 where none was lost; None where untested."""
    at_least: bool
    """Nothing older was found either, so that the loss may reach back farther."""
    trouble: str = ""


def data_losses(drill: Drill, number: int) -> list[DataLoss]:
    """For each cloud with a writer, what fault `number` of the drill did to its writes."""
    return [data_loss(drill, number, cloud) for cloud in drill.weights if WRITER + cloud in drill.by_lane]


def data_loss(drill: Drill, number: int, cloud: str) -> DataLoss:
    """One cloud; a store that never answered gives no figure, never a 0."""
    run = drill.faults[number]
    back = reading_of(drill, number, cloud, BACK)
    rows = between(drill, WRITER + cloud, 0, run.undo_sent)
    refused = sum(not row.ok for row in rows if row.intended >= run.sent)
    hit = cloud in run.clouds
    checked = checked_writes(drill, number, cloud)
    if back is None or back.trouble or not checked:
        trouble = "its store was not asked" if back is None else back.trouble or "no acknowledged write could be told apart"
        return DataLoss(cloud, hit, len(checked), refused, None, None, None, at_least=False, trouble=trouble)
    effect = effect_mark(drill, run)
    moment = run.sent if effect is None else effect
    held = numbers(back, cloud)
    lost = [row for row in checked if row.number not in held]
    return DataLoss(
        cloud, hit, len(checked), refused, held_elsewhere(drill, number, cloud, moment) if hit else None, len(lost),
        max(0.0, moment - lost[0].done) if lost else 0.0, at_least=bool(lost) and lost[0] is checked[0],
    )


def checked_writes(drill: Drill, number: int, cloud: str) -> list[Row]:
    """Acknowledged writes since the cloud's last fail-back whose place in the ring is still theirs, in order."""
    run = drill.faults[number]
    begin = max((earlier.ended for earlier in drill.faults[:number] if cloud in earlier.clouds), default=0.0)
    back = reading_of(drill, number, cloud, BACK)
    until = run.ended if back is None else back.at
    newest = max((row.number for row in between(drill, WRITER + cloud, 0, until)), default=0)
    return [row for row in between(drill, WRITER + cloud, begin, run.undo_sent) if row.ok and row.number + WRITE_SLOTS > newest]


def held_elsewhere(drill: Drill, number: int, cloud: str, effect: float) -> int | None:
    """How many of the lost cloud's writes from before the effect another store held while it was lost."""
    run = drill.faults[number]
    readings = [each for other in drill.weights if other not in run.clouds if (each := reading_of(drill, number, other, LOST)) and not each.trouble]
    if not readings:
        return None
    held = set().union(*(numbers(each, cloud) for each in readings))
    return sum(row.number in held for row in checked_writes(drill, number, cloud) if row.done <= effect)


def reading_of(drill: Drill, number: int, cloud: str, moment: str) -> StoreReading | None:
    """What the cloud's store said at that moment of that fault; None where it was not asked."""
    return next((each for each in drill.stores if (each.fault, each.cloud, each.moment) == (number, cloud, moment)), None)


def own_writes(found: Sequence[str], writer: str) -> tuple[str, ...]:
    """Of what a store holds (`naver:MARK-17`) the writes with this drill's mark, as `naver:17`."""
    words = [text.partition(":") for text in found]
    return tuple(f"{cloud}:{version.removeprefix(f'{writer}-')}" for cloud, _, version in words if version.startswith(f"{writer}-"))


def numbers(reading: StoreReading, cloud: str) -> set[int]:
    """The numbers of this cloud's writer in a store."""
    words = [text.rpartition(":") for text in reading.found]
    return {int(digits) for origin, _, digits in words if origin == cloud and digits.isascii() and digits.isdigit()}


def sentences(loss: DataLoss) -> tuple[str, str]:
    """English and Korean."""
    if loss.lost is None or loss.rpo is None:
        return f"{loss.cloud}: RPO not measured: {loss.trouble}.", f"{loss.cloud}: RPO 측정 안 됨 ({loss.trouble})."
    tail, tail_ko = elsewhere_words(loss)
    if not loss.lost:
        said = f"each of {loss.acknowledged} acknowledged writes was there after fail-back (RPO 0 s, to the {WRITE_SECONDS:g} s between writes)"
        said_ko = f"확인된 쓰기 {loss.acknowledged}건이 원복 후 모두 남아 있음 (RPO 0초, 쓰기 간격 {WRITE_SECONDS:g}초)"
    else:
        least, least_ko = ("at least ", "최소 ") if loss.at_least else ("", "")
        said = f"{loss.lost} of {loss.acknowledged} acknowledged writes were gone after fail-back (RPO {least}{loss.rpo:.1f} s)"
        said_ko = f"확인된 쓰기 {loss.acknowledged}건 중 {loss.lost}건이 원복 후 사라짐 (RPO {least_ko}{loss.rpo:.1f}초)"
    return f"{loss.cloud}: {said}; {loss.refused} were refused.{tail}", f"{loss.cloud}: {said_ko}; 거부 {loss.refused}건.{tail_ko}"


def elsewhere_words(loss: DataLoss) -> tuple[str, str]:
    """Whether work could have gone on elsewhere with what was written."""
    if loss.elsewhere is None:
        return "", ""
    if not loss.elsewhere:
        return " No other cloud held any of them meanwhile: each cloud keeps its own store.", " 장애 동안 다른 클라우드에는 없었음: 저장소가 클라우드마다 따로임."
    return f" Other clouds held {loss.elsewhere} of them meanwhile.", f" 장애 동안 다른 클라우드에 {loss.elsewhere}건이 있었음."


def rpo_checks(run: FaultRun, losses: Sequence[DataLoss]) -> list[Check]:
    """Reported, not judged: how much may be lost is for the site to say. A cloud without a figure has no check."""
    return [
        Check(name=f"{run.fault}: RPO, reported", verdict=Verdict.passed, sentence=sentences(loss)[0], sentence_ko=sentences(loss)[1],
              measured=round(loss.rpo, 1), unit="s")
        for loss in losses if loss.hit and loss.rpo is not None
    ]


def rpo_summary(losses: Sequence[DataLoss]) -> list[dict[str, Any]]:
    """Plain values, clouds that were not broken included: they show that the writer itself loses nothing."""
    return [
        {
            "cloud": loss.cloud, "hit": loss.hit, "acknowledged": loss.acknowledged, "refused": loss.refused, "elsewhere": loss.elsewhere,
            "lost": loss.lost, "rpo_seconds": None if loss.rpo is None else round(loss.rpo, 1), "at_least": loss.at_least,
            "sentence": sentences(loss)[0], "sentence_ko": sentences(loss)[1],
        }
        for loss in losses
    ]


def rpo_words(drill: Drill) -> str:
    """What the figures stand for; an untested 0 is never printed."""
    return SCOPE if any(lane.startswith(WRITER) for lane in drill.by_lane) else NOT_APPLICABLE
