"""The hash chain of the run log: a line that was changed, dropped, swapped or torn is found and named."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from naru.model.record import canonical_bytes

START = "0" * 64
"""Hash before the first line."""


def chained_line(previous: str, number: int, entry: dict[str, Any]) -> tuple[str, str]:
    """(line without newline, its hash) for the entry that follows the line with hash `previous`."""
    body = {"previous": previous, "number": number, **entry}
    digest = hashlib.sha256(canonical_bytes(body)).hexdigest()
    return json.dumps({**body, "hash": digest}, ensure_ascii=False, sort_keys=True), digest


def first_bad_line(lines: list[str]) -> int | None:
    """Number (from 1) of the first line that does not fit the chain, or None."""
    previous = START
    for number, line in enumerate(lines, start=1):
        try:
            body = json.loads(line)
            claimed = body.pop("hash")
            fits = (
                body["previous"] == previous
                and body["number"] == number
                and hashlib.sha256(canonical_bytes(body)).hexdigest() == claimed
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            fits = False
        if not fits:
            return number
        previous = claimed
    return None
