"""A sentence in both languages of the product."""

from __future__ import annotations

from typing import NamedTuple


class Said(NamedTuple):
    """English and Korean form of one statement."""

    en: str
    ko: str
