"""A figure as values: panels on one time axis, drawn by edge/plots.py."""

from __future__ import annotations

from typing import Literal

from naru.model.record import Record


class Line(Record):
    """One line of a panel; a None breaks it."""

    name: str
    x: tuple[float, ...]
    y: tuple[float | None, ...]
    steps: bool = False
    """Draw as steps: the value holds until the next point."""


class Limit(Record):
    """A horizontal line."""

    name: str
    y: float


class Panel(Record):
    """One plot under another."""

    title: str
    unit: str
    lines: tuple[Line, ...]
    limits: tuple[Limit, ...] = ()
    scale: Literal["linear", "log"] = "linear"
    stacked: bool = False
    """Areas one upon another instead of lines."""


class Band(Record):
    """A span of time behind all panels."""

    name: str
    begin: float
    end: float


class Mark(Record):
    """A moment through all panels."""

    name: str
    at: float


class Figure(Record):
    """Panels share the x axis, in seconds."""

    title: str
    x_label: str
    panels: tuple[Panel, ...]
    bands: tuple[Band, ...] = ()
    marks: tuple[Mark, ...] = ()
