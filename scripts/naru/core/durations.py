"""Durations as people write them: `90s`, `10m`, `2h`, `7d`."""

from __future__ import annotations

import re
from datetime import timedelta

from naru.errors import Malformed

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
MOST = timedelta(days=30)


def duration(text: str, *, option: str) -> timedelta:
    """The duration; raises Malformed for any other form or for more than 30 days."""
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text, re.ASCII)
    span = timedelta(**{UNITS[found[2]]: int(found[1])}) if found else None
    if span is None or span > MOST:
        raise Malformed(f"{option} '{text[:20]}' is not a duration of at most 30 days.", hint="Write it like 90s, 10m, 2h or 7d.")
    return span
