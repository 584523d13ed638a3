"""When a cloud may be promoted to: windows of cloud.yaml in their own time zone, and freezes of naru/state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from naru.errors import Missing
from naru.model.cloud import Window

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_open(windows: Sequence[Window], now: datetime) -> bool:
    """True inside any window (begin included, end not); no windows at all means always."""
    return not windows or any(_covers(window, now) for window in windows)


def next_opening(windows: Sequence[Window], now: datetime) -> datetime | None:
    """The next begin of a window after `now` (UTC), or None where it is open already or none ever comes."""
    if is_open(windows, now):
        return None
    begins = [begin for window in windows for begin in _begins(window, now) if begin > now]
    return min(begins, default=None)


def moment(text: str, *, where: str) -> datetime:
    """A moment written with its zone; raises Missing where it has none or does not parse."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Missing(f"{where} has the time '{text[:40]}', which is not ISO 8601.") from None
    if found.tzinfo is None:
        raise Missing(f"{where} has the time '{text[:40]}' without a time zone.", hint="Write it like 2026-11-23T09:00:00+09:00.")
    return found.astimezone(UTC)


def in_force(until: str, now: datetime) -> bool:
    """True before that moment; a moment that cannot be read is over."""
    try:
        return now < moment(until, where="a statement")
    except Missing:
        return False


def zone(name: str) -> ZoneInfo:
    """The time zone of that name; raises Missing where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise Missing(f"The time zone '{name[:40]}' is not known here.", hint="Write one like Asia/Seoul.") from None


def _covers(window: Window, now: datetime) -> bool:
    """A window that ends before it begins goes on after midnight and belongs to the day on which it began."""
    local = now.astimezone(zone(window.timezone))
    clock = local.strftime("%H:%M")
    today, yesterday = DAYS[local.weekday()], DAYS[local.weekday() - 1]
    if window.begin < window.end:
        return today in window.days and window.begin <= clock < window.end
    late = today in window.days and clock >= window.begin
    return late or (yesterday in window.days and clock < window.end)


def _begins(window: Window, now: datetime) -> list[datetime]:
    local_zone = zone(window.timezone)
    today = now.astimezone(local_zone)
    hour, minute = (int(part) for part in window.begin.split(":"))
    days = (today + timedelta(days=ahead) for ahead in range(8))
    return [
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=local_zone).astimezone(UTC)
        for day in days
        if DAYS[day.weekday()] in window.days
    ]
