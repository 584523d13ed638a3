"""How complete the evidence is: what was seen, merged, kept or lost, as plain counts."""

from __future__ import annotations

from collections.abc import Sequence

from naru.core.world import container_statuses, uid
from naru.model.logs import ContainerLog
from naru.model.samples import Sample


def count_all(samples: Sequence[Sample], logs: Sequence[ContainerLog]) -> dict[str, int]:
    """The counts of one recording."""
    events = {uid(s.object): s.object for s in samples if s.type != "GAP" and s.object["kind"] == "Event"}
    gaps = [s.object for s in samples if s.type == "GAP"]
    seen = incarnations(samples)
    kept = {log.container_id for log in logs if not log.fault}
    return {
        "samples": len(samples) - len(gaps),
        "pods": len({uid(s.object) for s in samples if s.type != "GAP" and s.object["kind"] == "Pod"}),
        "events": len(events),
        "events_merged": sum(max(int(event.get("count") or 1) - 1, 0) for event in events.values()),
        "incarnations": len(seen),
        "logs_kept": len(seen & kept),
        "logs_lost": len(seen - kept),
        "logs_cut": sum(1 for log in logs if log.dropped_bytes),
        "gaps": len(gaps),
        "gap_milliseconds": round(sum(float(gap["seconds"]) for gap in gaps) * 1000),
    }


def incarnations(samples: Sequence[Sample]) -> set[str]:
    """Every container id that ran or had run."""
    found: set[str] = set()
    for sample in samples:
        if sample.type == "GAP" or sample.object["kind"] != "Pod":
            continue
        for _, status in container_statuses(sample.object):
            state, last = status.get("state") or {}, status.get("lastState") or {}
            if state.get("running"):
                found.add(str(status.get("containerID") or ""))
            found |= {str(ended.get("containerID") or "") for ended in (state.get("terminated"), last.get("terminated")) if ended}
    return found - {""}
