"""What a fail-over drill recorded, as values: requests, director state changes, faults, stretches, readings.

One time axis for all: monotonic seconds since the load's origin, intended send time for requests. The same values
stand in the raw files as JSON lines, so that a drill can be judged again from them alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from naru.model.failover import Reading
from naru.model.load import Row

NEW, KEEPALIVE, DNS_TTL, DNS_CACHED, AGENT = "new", "keepalive", "dns-ttl", "dns-cached", "agent"
HTTP_LANES = (NEW, KEEPALIVE)
"""Lanes through the HTTP director, whose errors are judged."""
DIRECT = "direct:"
"""Prefix of the lane that bypasses the directors and tells the truth about one cloud: `direct:naver`."""
WRITER = "writer:"
"""Prefix of the lane that writes numbers to one cloud's own store: `writer:naver`."""
LOST, BACK = "lost", "back"
"""Moments at which stores are asked: just before the undo, and when all was back."""
HTTP, DNS = "http", "dns"
"""The two directors."""


def lane_group(lane: str) -> str:
    """`dns-ttl:07` is one client of the lane `dns-ttl`; direct lanes and writers stay apart."""
    return lane if lane.startswith((DIRECT, WRITER)) else lane.partition(":")[0]


def intended(row: Row) -> float:
    """Key of the order in which requests were meant to be sent."""
    return row.intended


def failure_word(row: Row) -> str:
    """Empty for a good answer, the engine's word for a failure, `http-503` for a bad status."""
    if row.ok:
        return ""
    return row.error or f"http-{row.status}"



@dataclass(frozen=True, slots=True)
class StateChange:
    """A director changed its mind about a cloud."""

    at: float
    """Our own stamp, on receipt."""
    director: str
    cloud: str
    up: bool
    reason: str = ""
    logged: float | None = None
    """The director's own stamp of the same change, on the same axis, where it has one."""


@dataclass(frozen=True, slots=True)
class FaultRun:
    """One fault: when it was asked for, acknowledged, undone, and when the drill went on."""

    fault: str
    clouds: tuple[str, ...]
    sent: float
    acknowledged: float
    undo_sent: float
    undo_acknowledged: float
    ended: float
    ready: float | None = None
    """The app's endpoints in the restored clouds were ready again; None where that never came."""
    ready_pods: int = 0
    minimum_pods: int = 0
    """HPA minimum (or the fixed number) that must be back at the end."""
    breakage: str = ""
    """What the system's own objects said while the fault was on (`0 ready endpoints of egov`)."""
    restored: bool = True
    """The undo was verified."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the drill without a lasting fault: `steady`, `control` or `blip`."""

    name: str
    begin: float
    end: float
    cloud: str = ""
    blip_seconds: float = 0


@dataclass(frozen=True, slots=True)
class StoreReading:
    """The writes that one cloud's store held at one moment of a fault."""

    at: float
    fault: int
    """Which fault of the drill, from 0."""
    cloud: str
    moment: str
    found: tuple[str, ...] = ()
    """`naver:17`: write 17 of the writer of naver."""
    trouble: str = ""
    """Why the store did not answer."""


@dataclass(frozen=True)
class Drill:
    """All of it."""

    rows: tuple[Row, ...]
    changes: tuple[StateChange, ...] = ()
    faults: tuple[FaultRun, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    readings: tuple[Reading, ...] = ()
    weights: dict[str, float] = field(default_factory=dict)
    """Cloud → weight in the directors."""
    dropped: int = 0
    """Sends that the generator did not make."""
    ended: float = 0
    stores: tuple[StoreReading, ...] = ()

    @cached_property
    def by_lane(self) -> dict[str, list[Row]]:
        """Lane (clients of one kind together) → its rows in order of intended time."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(lane_group(row.lane), []).append(row)
        for rows in found.values():
            rows.sort(key=intended)
        return found

    def stretch(self, name: str) -> Stretch | None:
        """The stretch of that name, or None."""
        return next((part for part in self.stretches if part.name == name), None)


KINDS: dict[str, type[Any]] = {
    "change": StateChange, "fault": FaultRun, "stretch": Stretch, "reading": Reading, "store": StoreReading,
}


def row_lines(rows: Iterable[Row]) -> Iterator[str]:
    """The rows as compact JSON lines, times rounded to 0.1 ms; a send that was dropped has null there."""
    for row in rows:
        sent = None if math.isnan(row.sent) else round(row.sent, 4)
        yield json.dumps(
            [row.lane, row.number, round(row.intended, 4), sent, round(row.done, 4), row.status, row.error, row.cloud,
             row.pod, row.version, int(row.reused)],
            ensure_ascii=False, separators=(",", ":"),
        )


def event_lines(drill: Drill) -> Iterator[str]:
    """Everything but the rows as JSON lines, the first one carrying what belongs to the whole drill."""
    head = {"kind": "drill", "weights": drill.weights, "clouds": list(drill.weights), "dropped": drill.dropped, "ended": round(drill.ended, 4)}
    yield json.dumps(head, ensure_ascii=False, sort_keys=True)
    for kind, values in (
        ("change", drill.changes), ("fault", drill.faults), ("stretch", drill.stretches), ("reading", drill.readings),
        ("store", drill.stores),
    ):
        for value in values:
            yield json.dumps({"kind": kind, **asdict(value)}, ensure_ascii=False, sort_keys=True)


def drill_from_lines(rows: Iterable[str], events: Iterable[str]) -> Drill:
    """The drill as it was recorded; ValueError where a line is not one of ours."""
    found: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    head: dict[str, Any] = {}
    for line in events:
        plain = json.loads(line)
        kind = plain.pop("kind", "")
        if kind == "drill":
            head = plain
        elif kind in KINDS:
            found[kind].append(KINDS[kind](**{key: tuple(v) if isinstance(v, list) else v for key, v in plain.items()}))
        else:
            raise ValueError(f"unknown kind of event: {kind!r}")
    return Drill(
        rows=tuple(row_from_line(line) for line in rows),
        changes=tuple(found["change"]), faults=tuple(found["fault"]),
        stretches=tuple(found["stretch"]), readings=tuple(found["reading"]),
        weights={cloud: head["weights"][cloud] for cloud in head.get("clouds", [])}, dropped=head.get("dropped", 0), ended=head.get("ended", 0),
        stores=tuple(found["store"]),
    )


def row_from_line(line: str) -> Row:
    """One row back from its line."""
    lane, number, intended, sent, done, status, error, cloud, pod, version, reused = json.loads(line)
    return Row(lane, number, intended, math.nan if sent is None else sent, done, status, error, cloud, pod, version, bool(reused))
