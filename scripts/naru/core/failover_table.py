"""The table of marks as text, for the terminal and the log."""

from __future__ import annotations

from typing import Any

HEAD = ("fault", "cloud", "lane", "detect s", "error window s", "RTO s", "failed", "error-s")


def failover_table(summary: dict[str, Any]) -> list[str]:
    """One line for each fault and lane, then one for each fail-back, prediction and lost cloud's data."""
    rows = [HEAD, *(lane_row(fault, lane) for fault in summary["faults"] for lane in fault["lanes"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return lines + [failback_line(fault) for fault in summary["faults"]] + [
        prediction_line(fault) for fault in summary["faults"] if fault["prediction"]
    ] + [f"data at {fault['fault']}: {row['sentence']}" for fault in summary["faults"] for row in fault["rpo"] if row["hit"]]


def lane_row(fault: dict[str, Any], lane: dict[str, Any]) -> tuple[str, ...]:
    """The marks of one lane."""
    return (
        fault["fault"], "+".join(fault["clouds"]), lane["lane"], shown(lane["detection_seconds"]), shown(lane["error_window_seconds"]),
        shown(lane["rto_seconds"]), f"{lane['failed']}/{lane['requests']}", shown(lane["error_seconds"]),
    )


def failback_line(fault: dict[str, Any]) -> str:
    """How it came back."""
    back = fault["failback"]
    return (
        f"fail-back of {fault['fault']}: ready {shown(back['ready_seconds'])} s, first answer {shown(back['first_answer_seconds'])} s, "
        f"share {shown(back['share_back_seconds'])} s after the undo; {back['errors']} errors, {back['changes']} changes, "
        f"cold p99 {back['cold_p99_milliseconds']:.0f} ms, pods {back['ready_pods']}/{back['minimum_pods']}"
    )


def prediction_line(fault: dict[str, Any]) -> str:
    """Predicted against measured, DNS mode."""
    found = fault["prediction"]
    percent = found.get("deviation_percent")
    tail = " (the cloud announced its end)" if found.get("announced") else "" if percent is None else f", {percent:+.0f} %"
    return (f"RTO of DNS clients at {fault['fault']}: predicted {found['dns_rto_predicted']['mean']:.2f} s, "
            f"measured {shown(found['dns_rto_measured_seconds'])} s{tail}")


def shown(value: float | None) -> str:
    """Two digits, or a dash for a mark that never came."""
    return "-" if value is None else f"{value:.2f}"
