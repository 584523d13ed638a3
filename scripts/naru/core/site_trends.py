"""Series of figures over the releases: what left the noise, and charts as coordinates; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from naru.core.report_view import figure
from naru.core.report_words import Words
from naru.core.site import ReleaseRow
from naru.core.site_figures import Series
from naru.core.site_words import FIGURES
from naru.core.trend import departure

MAX_POINTS = 40
LEAST_TOP = 0.001
WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 14, 30
TICKS = 4
ORDER = ("rto_seconds", "detection_seconds", "decide_seconds", "serve_seconds", "ready_seconds", "run", "stage")
MARKS = ("circle", "square", "diamond", "triangle")


@dataclass(frozen=True)
class Point:
    """One figure of one release."""

    version: str
    value: float
    changed: bool
    before: float | None = None
    noise: float | None = None


def series_of(releases: Sequence[ReleaseRow]) -> dict[Series, list[Point]]:
    """Every series, oldest first, each point marked that left the noise of those before it."""
    keys = sorted({key for row in releases for key in row.figures}, key=lambda key: (ORDER.index(key[0]), key[1:]))
    return {key: _points([(row.version, row.figures[key]) for row in releases if key in row.figures]) for key in keys}


def _points(pairs: Sequence[tuple[str, float]]) -> list[Point]:
    points = []
    for number, (version, value) in enumerate(pairs):
        found = departure([value for _, value in pairs[: number + 1]])
        points.append(Point(version, value, changed=found is not None, before=found.before if found else None, noise=found.noise if found else None))
    return points


def changes(series: dict[Series, list[Point]]) -> list[dict[str, Any]]:
    """Each point that left the noise, in the order of the series."""
    return [
        {"figure": key[0], "title": title_of(key), "cloud": key[1], "profile": key[2], "version": point.version, "before": point.before, "now": point.value,
         "noise": point.noise}
        for key, points in series.items() for point in points if point.changed
    ]


def title_of(key: Series) -> Words:
    """`Scaling: … · naver`, with the profile where it is not the fast one of a release."""
    tail = "".join(f" · {part}" for part in key[1:] if part and part not in {"all", "fast"})
    return {language: text + tail for language, text in FIGURES[key[0]].items()}


def charts(series: dict[Series, list[Point]], versions: Sequence[str]) -> list[dict[str, Any]]:
    """One chart for each figure with a line per cloud; each stage has a chart of its own."""
    groups: dict[tuple[str, ...], list[Series]] = {}
    for key in series:
        name = (key[0], key[1]) if key[0] == "stage" else (key[0], "", key[2])
        groups.setdefault(name, []).append(key)
    return [_chart(name, keys, series, versions) for name, keys in groups.items()]


def _chart(name: tuple[str, ...], keys: Sequence[Series], series: dict[Series, list[Point]], versions: Sequence[str]) -> dict[str, Any]:
    shown = [version for version in versions if any(point.version == version for key in keys for point in series[key])][-MAX_POINTS:]
    values = [point.value for key in keys for point in series[key] if point.version in shown]
    top = nice_top(max(values) * 1.02)
    return {
        "kind": name[0], "title": title_of(keys[0]) if len(keys) == 1 else title_of((name[0], "", keys[0][2])), "width": WIDTH, "height": HEIGHT,
        "left": LEFT, "right": WIDTH - RIGHT, "bottom": HEIGHT - BOTTOM,
        "ticks": [{"y": _y(top * step / TICKS, top), "text": figure(top * step / TICKS, "s")} for step in range(TICKS + 1)],
        "labels": _labels(shown), "lines": [_line(number, key, series[key], shown, top) for number, key in enumerate(keys)],
        "rows": [{"name": key[1], "points": [point for point in series[key] if point.version in shown]} for key in keys],
    }


def _line(number: int, key: Series, points: Sequence[Point], shown: Sequence[str], top: float) -> dict[str, Any]:
    dots = [
        {"x": _x(shown.index(point.version), len(shown)), "y": _y(point.value, top), "changed": point.changed,
         "text": f"{key[1]} {point.version}: {figure(point.value, 's')}".strip()}
        for point in points if point.version in shown
    ]
    return {"name": key[1], "number": number % len(MARKS), "mark": MARKS[number % len(MARKS)], "dots": dots,
            "path": " ".join(f"{dot['x']},{dot['y']}" for dot in dots)}


def _labels(shown: Sequence[str]) -> list[dict[str, Any]]:
    """The first, the middle and the last release on the axis: more would overlap on a phone."""
    places = sorted({0, (len(shown) - 1) // 2, len(shown) - 1})
    anchors = {0: "start", len(shown) - 1: "end"}
    return [{"x": _x(place, len(shown)), "text": shown[place][-24:], "anchor": anchors.get(place, "middle") if len(shown) > 1 else "middle"} for place in places]


def nice_top(value: float) -> float:
    """The least of 1, 2, 2.5, 5 × 10ⁿ that is not below the value, and a millisecond at least; 1 for nothing."""
    if value <= 0:
        return 1.0
    value = max(value, LEAST_TOP)  # floats near zero have no power of ten to stand on
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= value * 0.999999)


def _x(place: int, count: int) -> float:
    span = WIDTH - LEFT - RIGHT
    return round(LEFT + (span / 2 if count == 1 else span * place / (count - 1)), 1)


def _y(value: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(value / top, 1.0), 1)
