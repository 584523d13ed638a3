"""What a recording tells a person: Events in order, and what a container said until a moment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from naru.core.world import name
from naru.errors import Malformed
from naru.model.logs import ContainerLog
from naru.model.samples import Sample


class EventLine(NamedTuple):
    """One Event as it came."""

    at: str
    type: str
    reason: str
    object: str
    times: int
    message: str

    def text(self) -> str:
        """As one line."""
        more = f" ×{self.times}" if self.times > 1 else ""
        return f"{self.at}  {self.type:<7} {self.reason:<22} {self.object}{more}: {self.message}"


def event_lines(samples: Iterable[Sample], about: str = "") -> list[EventLine]:
    """Events in order of receipt; `about` is a part of `Kind/name` (or of the name)."""
    lines = []
    for sample in samples:
        if sample.type in {"GAP", "DELETED"} or sample.object["kind"] != "Event":
            continue
        event = sample.object
        target = event.get("involvedObject") or event.get("regarding") or {}
        which = f"{target.get('kind')}/{target.get('name')}"
        if about.lower() in which.lower():
            text = " ".join(str(event.get("message") or event.get("note") or "").split())
            lines.append(EventLine(sample.at, str(event.get("type")), str(event.get("reason")), which, int(event.get("count") or 1), text))
    return lines


def choose_logs(logs: Sequence[ContainerLog], pod: str = "", container: str = "") -> list[ContainerLog]:
    """Logs of pods whose name holds `pod`, by pod, container and incarnation."""
    mine = [log for log in logs if pod in log.pod and container in {"", log.container}]
    return sorted(mine, key=lambda log: (log.pod, log.container, log.number))


def heading(log: ContainerLog) -> str:
    """One line about an incarnation: which, how it ended, how much of its log is there."""
    end = f"ended with exit code {log.exit_code} ({log.reason})" if log.exit_code is not None else "still ran when the recording ended"
    whole = "whole" if log.whole else f"not whole: {log.fault}" if log.fault else "as far as the recording goes"
    return f"== {log.pod} / {log.container} #{log.number}: {end}; log {log.how}, {whole}"


def lines_until(log: ContainerLog, until: str = "", most: int = 0) -> list[str]:
    """The lines up to a moment (`10:42`, `10:42:07` or a whole ISO time, UTC); the last `most` of them, 0 for all."""
    lines = [line for line in log.text.splitlines() if line.strip()]
    if until:
        wanted = _moment_key(until)
        lines = [line for line in lines if _line_key(line, whole="T" in until)[: len(wanted)] <= wanted]
    return lines[-most:] if most else lines


def objects_seen(samples: Iterable[Sample]) -> dict[str, int]:
    """Kind → number of different objects that were seen."""
    names: dict[str, set[str]] = {}
    for sample in samples:
        if sample.type != "GAP":
            names.setdefault(sample.object["kind"], set()).add(name(sample.object))
    return {kind: len(found) for kind, found in sorted(names.items())}


def _moment_key(text: str) -> str:
    if re.fullmatch(r"[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?", text):
        return text
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None).isoformat(timespec="seconds")
    except ValueError:
        raise Malformed(f"'{text[:40]}' is no time.", hint="Write 10:42, 10:42:07 or 2026-11-23T10:42:07 (UTC).") from None


def _line_key(line: str, *, whole: bool) -> str:
    stamp = line.partition(" ")[0]
    return stamp if whole else stamp.partition("T")[2]
