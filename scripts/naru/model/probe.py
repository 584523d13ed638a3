"""One question to a page over a connection of its own, and its answer."""

from __future__ import annotations

from naru.model.record import Record


class PageAnswer(Record):
    """What came back; `status` is 0 and `error` says why where nothing did."""

    at: str
    app: str
    status: int = 0
    milliseconds: float = 0.0
    error: str = ""
    marked: bool = False
    """True if the page carries its marker."""
    cloud: str = ""
    pod: str = ""
    version: str = ""
