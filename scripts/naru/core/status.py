"""One row of `./naru status`: what Git says a cloud runs, what was seen of it live, and what stops a promotion to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from naru.core.change_state import ChangeState
from naru.core.windows import is_open, moment, next_opening
from naru.errors import Missing
from naru.model.change_state import EVERY_CLOUD, Freeze
from naru.model.cloud import CloudConfig
from naru.model.promotion import CloudRecord, LiveImage


class Seen(StrEnum):
    """How the live cloud compares with its branch."""

    as_committed = "as committed"
    nothing = "runs nothing"
    drift = "drift"
    unknown = "unknown"
    """The cloud did not answer in time: never shown as anything better."""


@dataclass(frozen=True)
class Look:
    """What a cloud answered."""

    live: tuple[LiveImage, ...] = ()
    drift: tuple[str, ...] = ()
    drift_looked_at: bool = True
    """False where only images and readiness were asked, since there are very many sites."""
    error: str = ""
    """Why it is not known, where it is not."""


@dataclass(frozen=True)
class StatusRow:
    """One product on one cloud."""

    product: str
    cloud: str
    version: str
    commit: str
    since: str
    by: str
    seen: Seen
    live: tuple[LiveImage, ...]
    digests: dict[str, str]
    drift: tuple[str, ...]
    stops: tuple[str, ...]
    back_from: str
    drift_looked_at: bool

    def plain(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "product": self.product, "cloud": self.cloud, "version": self.version or None, "commit": self.commit or None,
            "since": self.since or None, "by": self.by or None, "seen": self.seen.value, "digests": self.digests,
            "live": [entry.plain() for entry in self.live], "drift": list(self.drift), "drift_looked_at": self.drift_looked_at,
            "held_by": list(self.stops), "back_from": self.back_from or None,
        }


def status_row(
    product: str, cloud: CloudConfig, record: CloudRecord | None, *, commit: str, look: Look | None, stops: Sequence[str]
) -> StatusRow:
    """Join what Git and the cloud say; no answer is unknown."""
    drift = look.drift if look else ()
    if look is not None and record is not None and record.version:
        strangers = sorted({entry.digest for entry in look.live} - set(record.images.values()))
        drift = (*(f"a pod runs {digest[:19]}, which is not of {record.version}" for digest in strangers), *drift)
    return StatusRow(
        product=product, cloud=cloud.name, version=record.version if record else "", commit=commit, since=record.at if record else "",
        by=record.by if record else "", seen=_seen(record, look, drift), live=look.live if look else (),
        digests=dict(record.images) if record else {}, drift=(look.error,) if look and look.error else drift, stops=tuple(stops),
        back_from=record.back_from if record else "", drift_looked_at=look.drift_looked_at if look else False,
    )


def _seen(record: CloudRecord | None, look: Look | None, drift: Sequence[str]) -> Seen:
    if look is None or look.error:
        return Seen.unknown
    if record is None or not record.version:
        return Seen.drift if look.live else Seen.nothing
    return Seen.drift if drift or not look.live else Seen.as_committed


def stops_of(state: ChangeState, cloud: CloudConfig, now: datetime) -> tuple[str, ...]:
    """Everything that stops a promotion to the cloud now, of any release or of one."""
    found = [f"held{f' ({hold.version})' if hold.version else ''} by {hold.by}: {hold.reason}"
             for hold in state.holds.values() if hold.cloud in {cloud.name, EVERY_CLOUD}]
    found += [f"aborted {abort.version} by {abort.by}: {abort.reason}" for abort in state.aborts.values()]
    found += [f"frozen until {freeze.end} by {freeze.by}: {freeze.reason}"
              for freeze in state.freezes.values() if freeze.cloud in {cloud.name, EVERY_CLOUD} and _in_force(freeze, now)]
    if not is_open(cloud.windows, now):
        opening = next_opening(cloud.windows, now)
        found.append(f"outside its windows until {opening.isoformat(timespec='minutes') if opening else 'never'}")
    return (*found, *(f"{path} cannot be trusted: {why}" for path, why in state.untrusted.items()))


def _in_force(freeze: Freeze, now: datetime) -> bool:
    try:
        return moment(freeze.begin, where="a freeze") <= now < moment(freeze.end, where="a freeze")
    except Missing:
        return True


def status_lines(rows: Sequence[StatusRow]) -> list[str]:
    """For a person: one line a cloud, what is wrong below it."""
    lines = []
    for row in rows:
        runs = row.version or "nothing"
        since = f"since {row.since[:19]}" if row.since else ""
        back = f", back from {row.back_from}" if row.back_from else ""
        lines.append(f"{row.product}  {row.cloud:<10} {runs:<16} {row.commit[:12]:<12} {row.seen.value}{back}  {since}".rstrip())
        lines += [f"    image {name} {digest[:19]}" for name, digest in sorted(row.digests.items())]
        lines += [f"    ! {text}" for text in (*row.drift, *row.stops)]
    return lines
