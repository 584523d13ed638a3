"""A recorded scaling run as raw files and back: JSON lines, so that the same run can be judged again offline.

Names are relative to the proof's raw folder. Compression is the writer's business: here everything is plain.
`samples.jsonl` is what the evidence recorder writes; the rest is written here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from naru.core.scaling_record import Aim, ApmPoll, HostPoll, Marks, MetricPoll, PodCpu, ScaleWriter, ScalingRun, Timing
from naru.errors import Missing
from naru.model.load import LoadSummary, Row
from naru.model.samples import Sample

RUN, WATCH, POLLS, LOAD = "run.json", "samples.jsonl", "polls.jsonl", "load.jsonl"
NAMES = (RUN, WATCH, POLLS, LOAD)


def raw_files(run: ScalingRun) -> dict[str, bytes]:
    """Name → content, all but what the recorder writes."""
    return {
        RUN: json.dumps(_head(run), ensure_ascii=False, indent=1).encode() + b"\n",
        POLLS: _lines(_polls(run)),
        LOAD: _lines(row_plain(row) for row in run.rows),
    }


def watch_file(run: ScalingRun) -> bytes:
    """What the recorder writes as `samples.jsonl`, for bundles that are made without it."""
    return _lines(sample.plain() for sample in run.watch)


def run_from_raw(files: Mapping[str, bytes]) -> ScalingRun:
    """The run of these files; raises Missing where one is absent or unreadable."""
    try:
        head = json.loads(files[RUN])
        polls = _parse(files[POLLS])
        return ScalingRun(
            cloud=head["cloud"], namespace=head["namespace"], deployment=head["deployment"], hpa=head["hpa"],
            profile=head["profile"],
            timing=Timing(**head["timing"]), hold_seconds=float(head["hold_seconds"]), marks=Marks(**head["marks"]),
            entry=head["entry"],
            aim=Aim(**head["aim"]) if head["aim"] else None, stopped=head["stopped"], apm_expected=head["apm_expected"],
            watch=tuple(Sample.from_plain(line) for line in _parse(files[WATCH])),
            metrics=tuple(_metric(line) for line in polls if line["kind"] == "metrics"),
            writers=tuple(ScaleWriter(**_without_kind(line)) for line in polls if line["kind"] == "writer"),
            apm=tuple(ApmPoll(**_without_kind(line)) for line in polls if line["kind"] == "apm"),
            host=tuple(HostPoll(**_without_kind(line)) for line in polls if line["kind"] == "host"),
            load=LoadSummary.model_validate(head["load"]) if head["load"] else None,
            rows=[row_from(line) for line in _parse(files[LOAD])],
        )
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise Missing(f"The raw files of the scaling run cannot be read: {type(error).__name__}: {error}.",
                      hint="Verify again.") from None


def row_plain(row: Row) -> list[Any]:
    """One request as a short list; times in whole microseconds, null for one that was never sent."""
    sent = None if math.isnan(row.sent) else _micros(row.sent)
    return [row.lane, row.number, _micros(row.intended), sent, _micros(row.done), row.status, row.error, row.cloud, row.pod,
            row.version,
            int(row.reused)]


def row_from(line: list[Any]) -> Row:
    """The request of such a list."""
    lane, number, intended, sent, done, status, error, cloud, pod, version, reused = line
    return Row(lane, number, intended / 1e6, math.nan if sent is None else sent / 1e6, done / 1e6, status, error, cloud, pod,
               version,
               bool(reused))


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _head(run: ScalingRun) -> dict[str, Any]:
    return {
        "schema_number": 1, "cloud": run.cloud, "namespace": run.namespace, "deployment": run.deployment, "hpa": run.hpa,
        "profile": run.profile, "timing": asdict(run.timing), "hold_seconds": run.hold_seconds, "marks": asdict(run.marks),
        "aim": asdict(run.aim) if run.aim else None, "stopped": run.stopped, "apm_expected": run.apm_expected,
        "load": run.load.plain() if run.load else None, "entry": run.entry,
    }


def _polls(run: ScalingRun) -> Iterable[dict[str, Any]]:
    found = [{"kind": "metrics", **asdict(poll)} for poll in run.metrics]
    found += [{"kind": "writer", **asdict(writer)} for writer in run.writers]
    found += [{"kind": "apm", **asdict(poll)} for poll in run.apm]
    found += [{"kind": "host", **asdict(poll)} for poll in run.host]
    return sorted(found, key=lambda line: line["mono"])


def _metric(line: dict[str, Any]) -> MetricPoll:
    return MetricPoll(line["mono"], {name: PodCpu(**cpu) for name, cpu in line["pods"].items()}, line["fault"])


def _without_kind(line: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key != "kind"}


def _lines(rows: Iterable[Any]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for row in rows)


def _parse(data: bytes) -> list[Any]:
    return [json.loads(line) for line in data.splitlines() if line]
