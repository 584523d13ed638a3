"""Measured figures of a scaling run for the report, each named with its unit, and what was seen or lost."""

from __future__ import annotations

import itertools
from typing import Any

from naru.core.floor import Floor
from naru.core.load_stats import stats_of
from naru.core.scaling_down import first_drop, minimum_again
from naru.core.scaling_phases import Phases
from naru.core.scaling_record import ScalingRun
from naru.core.scaling_timeline import Timeline
from naru.core.scaling_traffic import rows_between
from naru.core.scaling_up import direction_changes, expected_of

FLOOR_NOTE = "model of sampling, metrics resolution and sync period; pod start, routing and API time are not in it"
AUTOSCALER_NOTE = "nodes are fixed: the time of a cluster autoscaler is not in it"


def summary_of(run: ScalingRun, line: Timeline, phases: Phases | None, floor: Floor | None) -> dict[str, Any]:
    """Everything that was measured; only the run's own data and the cluster's own flags go in."""
    summary: dict[str, Any] = {
        "timing": {"housekeeping_seconds": run.timing.housekeeping, "resolution_seconds": run.timing.resolution,
                   "sync_seconds": run.timing.sync, "downscale_window_seconds": run.timing.downscale_window,
                   "tolerance": run.timing.tolerance, "sampling_jitter": run.timing.jitter},
        "notes": [AUTOSCALER_NOTE],
    }
    if run.aim is not None:
        summary["aim"] = {"idle_cores": run.aim.idle_cores, "cpu_seconds_per_request": run.aim.cores_per_request,
                          "replicas": run.aim.replicas, "base_requests_per_second": run.aim.base_rate,
                          "step_requests_per_second": run.aim.step_rate, "capped": run.aim.capped}
    if phases is not None:
        summary["phases"] = phases.plain()
        summary["replicas"] = _replicas(run, line)
        summary["scale_down"] = _scale_down(run, line)
        summary["pods"] = [_relative(pod.plain(), phases.load) for pod in line.new_pods(phases.load)]
        summary["decisions"] = [{"seconds": round(change.mono - phases.load, 3), "before": change.before, "after": change.after,
                                 "reason": change.reason} for change in line.changes]
    if floor is not None and phases is not None:
        summary["floor"] = _floor(floor, phases)
        summary["notes"].append(FLOOR_NOTE)
    if run.rows:
        summary["load"] = _load(run)
    if run.host:
        summary["host"] = {"cpu_mean_percent": round(sum(p.cpu_percent for p in run.host) / len(run.host), 1),
                           "load_average_maximum": max(p.load_average for p in run.host)}
    return summary


def counts_of(run: ScalingRun, line: Timeline) -> dict[str, int]:
    """What was seen, kept or lost while collecting."""
    return {
        "watch_samples": len(run.watch), "watch_gaps": len(line.gaps), "metric_polls": len(run.metrics),
        "metric_faults": sum(bool(poll.fault) for poll in run.metrics), "writer_polls": len({w.mono for w in run.writers}),
        "apm_polls": len(run.apm), "requests": len(run.rows), "hpa_events": len(line.events),
        "pods_seen": len(line.pods),
    }


def _floor(floor: Floor, phases: Phases) -> dict[str, Any]:
    plain: dict[str, Any] = {"p5_seconds": floor.p5, "median_seconds": floor.median, "p95_seconds": floor.p95,
                             "maximum_seconds": floor.maximum, "share_undecided": floor.share_undecided}
    if phases.decide is not None and floor.times:
        took = phases.decide - phases.load
        plain["excess_seconds"] = round(took - floor.median, 3)
        plain["percentile"] = round(floor.percentile_of(took), 4)
    return plain


def _replicas(run: ScalingRun, line: Timeline) -> dict[str, Any]:
    found = expected_of(run, line)
    plain: dict[str, Any] = {"direction_changes": direction_changes(line, run.marks.step or 0.0)}
    if found is not None:
        plain |= {"expected_least": found.least, "expected_most": found.most, "reached": found.reached, "peak": found.peak,
                  "overshoot": max(0, found.peak - found.most), "total_cores": round(found.total_cores, 4)}
        plain |= _replica_seconds(run, line, found.most)
    return plain


def _replica_seconds(run: ScalingRun, line: Timeline, ideal: int) -> dict[str, float]:
    """Pods times seconds from step to step-down, beside what the right number from the first moment would have used."""
    begin, end = run.marks.step or 0.0, run.marks.down or 0.0
    points = [(begin, line.at(line.ready, begin)), *((m, v) for m, v in line.ready if begin < m < end), (end, 0)]
    used = sum((b[0] - a[0]) * a[1] for a, b in itertools.pairwise(points))
    return {"replica_seconds": round(used, 1), "ideal_replica_seconds": round((end - begin) * ideal, 1)}


def _scale_down(run: ScalingRun, line: Timeline) -> dict[str, Any]:
    down = run.marks.down
    if down is None:
        return {}
    drop, back = first_drop(line, down), minimum_again(run, line)
    return {"first_drop_seconds": None if drop is None else round(drop - down, 3),
            "minimum_seconds": None if back is None else round(back - down, 3)}


def _load(run: ScalingRun) -> dict[str, Any]:
    marks = run.marks
    begin, step = marks.baseline or 0.0, marks.step or float("inf")
    down, end = marks.down or float("inf"), marks.end or float("inf")
    plain: dict[str, Any] = {"whole": stats_of(run.rows, histogram=True).plain()}
    for name, since, until in (("baseline", begin, step), ("step", step, down), ("after", down, end)):
        rows = rows_between(run, since, until)
        if rows:
            plain[name] = stats_of(rows).plain()
    if run.load is not None:
        plain["engine"] = {"lateness_p99_milliseconds": run.load.lateness_p99_milliseconds, "late": run.load.late,
                           "dropped": run.load.dropped, "cpu_seconds": run.load.cpu_seconds,
                           "connections": run.load.connections}
    return plain


def _relative(plain: dict[str, Any], zero: float) -> dict[str, Any]:
    return {f"{key}_seconds" if isinstance(value, float) else key: round(value - zero, 3) if isinstance(value, float) else value
            for key, value in plain.items()}
