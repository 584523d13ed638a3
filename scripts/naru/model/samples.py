"""What a watch saw: one object as the API server sent it, or a gap in which nothing could be seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

SampleType = Literal["ADDED", "MODIFIED", "DELETED", "GAP"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One observation, stamped on receipt, since the API's own times have steps of one second."""

    at: str
    """UTC, ISO 8601 with microseconds."""
    mono: float
    """Monotonic seconds: differences are exact even if the clock jumps."""
    type: SampleType
    """GAP: nothing was seen of `object["kind"]` for `object["seconds"]`; it ends at `mono`."""
    object: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"at": self.at, "mono": round(self.mono, 6), "type": self.type, "object": self.object}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Sample:
        """From a line of a recorded bundle."""
        return cls(at=plain["at"], mono=float(plain["mono"]), type=plain["type"], object=plain["object"])
