"""Words that the directors, the faults and the drill share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from naru.model.record import Record

WRITER_APP = "naru-writer"
"""Name under which the numbered writes of a drill stand in a cloud's store."""
WRITE_SECONDS = 1.0
"""Time between two writes to the same store: the resolution of the RPO."""
WRITE_SLOTS = 240
"""Places that the writes go round in, so that a store that keeps a limited number of entries is not filled."""


@dataclass(frozen=True, slots=True)
class DirectorEvent:
    """A director changed its mind about a cloud, stamped as it happened."""

    mono: float
    """Monotonic seconds of our own stamp."""
    director: Literal["http", "dns"]
    cloud: str
    up: bool
    reason: str = ""
    logged: float | None = None
    """The director's own stamp as monotonic seconds, where its log has one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cloud's own objects said at one moment."""

    at: float
    cloud: str
    replicas: int = 0
    ready: int = 0
    hpa_minimum: int = 0
    hpa_maximum: int = 0
    cpu_percent: float | None = None
    """CPU as the HPA sees it, percent of the request; None where it has no metric."""
    cpu_target: float | None = None


class FaultEntry(Record):
    """One fault in the journal: written before it is injected, removed after its undo was verified."""

    schema_number: int = 1
    identity: str
    """Unique; also marks rules that the fault leaves in a node."""
    fault: str
    cloud: str
    began: str
    owner: int
    """Process that injected it; while that lives the fault is its own business."""
    owner_started: int
    """Start time of that process in clock ticks since boot, since numbers are used again."""
    undo: dict[str, str] = {}
    """What the undo needs: replicas, patches as JSON text, rules."""
