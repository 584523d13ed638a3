"""Jenkins schedules: checked, and turned into classic cron for servers that know no `H`.

A schedule is lines of five fields; `H` is a number that Jenkins picks by the job's name, so that jobs spread out.
"""

from __future__ import annotations

import hashlib
import re

RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
NAMES = ("minute", "hour", "day of the month", "month", "day of the week")
ALIASES = {
    "@yearly": "H H H H *", "@annually": "H H H H *", "@monthly": "H H H * *", "@weekly": "H H * * H",
    "@daily": "H H * * *", "@midnight": "H H(0-2) * * *", "@hourly": "H * * * *",
}
_ITEM = re.compile(r"(?:(\*)|(H)(?:\((\d{1,2})-(\d{1,2})\))?|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?", re.ASCII)
_ZONE = re.compile(r"TZ=[A-Za-z_]+(/[A-Za-z_+-]+[0-9]{0,2})*", re.ASCII)


def fault_of(schedule: str) -> str:
    """What is wrong with a schedule, as a sentence; empty where nothing is."""
    rows = list(rows_of(schedule))
    if not rows:
        return "the schedule is empty"
    for row in rows:
        fault = _row_fault(row)
        if fault:
            return fault
    return ""


def rows_of(schedule: str) -> list[str]:
    """The schedule's lines without comments, blank lines and the time zone (whose form is checked as a row of its own)."""
    rows = [line.strip() for line in schedule.splitlines()]
    return [row for row in rows if row and not row.startswith("#") and not _ZONE.fullmatch(row)]


def classic(schedule: str, seed: str) -> str:
    """The schedule without `H` and aliases; the numbers follow from the hash of `seed`, so they stay the same."""
    return "\n".join(_classic_row(ALIASES.get(row, row), seed) for row in rows_of(schedule))


def _row_fault(row: str) -> str:
    if row.startswith("TZ="):
        return f"'{row}' is not a time zone"
    if row.startswith("@"):
        return "" if row in ALIASES else f"'{row}' is no alias (known: {', '.join(ALIASES)})"
    fields = row.split()
    if len(fields) != len(RANGES):
        return f"'{row}' has {len(fields)} fields where cron has 5"
    for field, bounds, name in zip(fields, RANGES, NAMES, strict=True):
        fault = _field_fault(field, bounds)
        if fault:
            return f"{name} '{field}': {fault}"
    return ""


def _field_fault(field: str, bounds: tuple[int, int]) -> str:
    low, high = bounds
    for item in field.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            return f"'{item}' is no cron value"
        numbers = [int(number) for number in match.groups()[2:6] if number is not None]
        if any(not low <= number <= high for number in numbers):
            return f"'{item}' is outside {low}-{high}"
        if len(numbers) == 2 and numbers[0] > numbers[1]:
            return f"'{item}' runs backwards"
        step = match[7]
        if step is not None and not 1 <= int(step) <= high:
            return f"step {step} is outside 1-{high}"
    return ""


def _classic_row(row: str, seed: str) -> str:
    fields = zip(row.split(), RANGES, range(5), strict=True)
    return " ".join(",".join(_classic_item(item, bounds, f"{seed}/{place}") for item in field.split(",")) for field, bounds, place in fields)


def _classic_item(item: str, bounds: tuple[int, int], seed: str) -> str:
    match = _ITEM.fullmatch(item)
    assert match is not None, "checked by fault_of before"
    if match[2] is None:
        return item
    low, high = (int(match[3]), int(match[4])) if match[3] else _hash_range(bounds)
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big")
    if match[7] is None:
        return str(low + number % (high - low + 1))
    step = int(match[7])
    return f"{low + number % min(step, high - low + 1)}-{high}/{step}"


def _hash_range(bounds: tuple[int, int]) -> tuple[int, int]:
    """As Jenkins: a hashed day of the month ends at 28, a hashed day of the week at 6."""
    return {31: (1, 28), 7: (0, 6)}.get(bounds[1], bounds)
