"""The figure of a drill: success rate, share per cloud, latency, state of the directors; marks and faults on one axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from naru.core.failover_judgement import Judgement
from naru.core.failover_marks import between, percentile, shares
from naru.core.failover_samples import DNS, DNS_TTL, HTTP, HTTP_LANES, Drill
from naru.model.load import Row
from naru.model.plot import Band, Figure, Line, Mark, Panel

NEAR_SECONDS = 3.0
MARKS = (("effect", "영향 effect"), ("detect", "감지 detect"), ("recovered", "회복 recovered"))


def failover_figure(drill: Drill, judgement: Judgement) -> Figure:
    """One figure for the whole drill, in whole seconds."""
    seconds = tuple(float(second) for second in range(int(max(drill.ended, 1))))
    lanes = {lane: by_second(between(drill, lane, 0, drill.ended), len(seconds)) for lane in (*HTTP_LANES, DNS_TTL)}
    http = [[*first, *second] for first, second in zip(lanes[HTTP_LANES[0]], lanes[HTTP_LANES[1]], strict=True)]
    panels = [success_panel(seconds, lanes), share_panel(seconds, http, list(drill.weights)), latency_panel(seconds, http),
              *(panel for director in (HTTP, DNS) if (panel := state_panel(drill, director)) is not None)]
    return Figure(
        title=f"장애 전환과 원복 · Fail-over and fail-back: {judgement.verdict}", x_label="시작 후 시간 · seconds since the begin of the load",
        panels=tuple(panels), bands=tuple(bands(drill)), marks=tuple(marks(judgement)),
    )


def by_second(rows: Iterable[Row], count: int) -> list[list[Row]]:
    """Rows of each second."""
    found: list[list[Row]] = [[] for _ in range(count)]
    for row in rows:
        if row.intended < count:
            found[int(row.intended)].append(row)
    return found


def success_panel(seconds: tuple[float, ...], lanes: dict[str, list[list[Row]]]) -> Panel:
    """Share of good answers, percent."""
    lines = tuple(
        Line(name=lane, x=seconds, y=tuple(100 * sum(r.ok for r in rows) / len(rows) if rows else None for rows in each))
        for lane, each in lanes.items() if any(each)
    )
    return Panel(title="성공률 · success rate", unit="%", lines=lines)


def share_panel(seconds: tuple[float, ...], http: Sequence[list[Row]], clouds: Sequence[str]) -> Panel:
    """Share of each cloud among the answers through the HTTP director, percent, stacked."""
    found = [shares(rows) for rows in http]
    lines = tuple(Line(name=cloud, x=seconds, y=tuple(100 * each.get(cloud, 0.0) for each in found)) for cloud in clouds)
    return Panel(title="클라우드별 비중 · share per cloud", unit="%", lines=lines, stacked=True)


def latency_panel(seconds: tuple[float, ...], http: Sequence[list[Row]]) -> Panel:
    """p50 and p99 of good answers, from the intended send time."""
    good = [[row.latency * 1000 for row in rows if row.ok] for rows in http]
    lines = tuple(
        Line(name=f"p{percent}", x=seconds, y=tuple(percentile(each, percent) if each else None for each in good)) for percent in (50, 99)
    )
    return Panel(title="지연 · latency", unit="ms", lines=lines, scale="log")


def state_panel(drill: Drill, director: str) -> Panel | None:
    """Which clouds a director sends to: a line of its own height for each; None for a director that was not there."""
    if director == DNS and not any(row.lane.startswith(DNS_TTL) for row in drill.rows):
        return None
    lines = []
    for number, cloud in enumerate(drill.weights):
        level, points = float(number + 1), [(0.0, True)]
        points += [(change.at, change.up) for change in drill.changes if change.director == director and change.cloud == cloud]
        points.append((drill.ended, points[-1][1]))
        lines.append(Line(name=cloud, x=tuple(at for at, _ in points), y=tuple(level if up else None for _, up in points), steps=True))
    title = "HAProxy 상태 · state" if director == HTTP else "DNS 응답 · addresses given"
    return Panel(title=title, unit="in", lines=tuple(lines))


def bands(drill: Drill) -> list[Band]:
    """Stretches and faults."""
    found = [Band(name=part.name, begin=part.begin, end=part.end) for part in drill.stretches]
    for run in drill.faults:
        found.append(Band(name=f"{run.fault} {', '.join(run.clouds)}", begin=run.sent, end=run.undo_sent))
        found.append(Band(name="fail-back", begin=run.undo_sent, end=run.ended))
    return found


def marks(judgement: Judgement) -> list[Mark]:
    """The decisive moments of the first lane of each fault; what lies closer than a name is wide shares one line."""
    found: list[Mark] = []
    for fault in judgement.summary["faults"]:
        lane = fault["lanes"][0] if fault["lanes"] else {}
        for at, name in sorted((lane[key], name) for key, name in MARKS if lane.get(key) is not None):
            if found and at - found[-1].at < NEAR_SECONDS:
                found[-1] = Mark(name=f"{found[-1].name}, {name}", at=found[-1].at)
            else:
                found.append(Mark(name=name, at=at))
    return found
