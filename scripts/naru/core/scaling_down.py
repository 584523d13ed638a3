"""Checks of the way down: not before the window ends, not after its upper bound, and no request lost."""

from __future__ import annotations

from naru.core.scaling_objects import replica_range, scale_down_window
from naru.core.scaling_record import ScalingRun
from naru.core.scaling_timeline import Timeline
from naru.core.scaling_up import least_under_load
from naru.core.scaling_words import check
from naru.model.cloud import ScalingLimits
from naru.model.evidence import Check


def down_checks(run: ScalingRun, line: Timeline, limits: ScalingLimits) -> list[Check]:
    """All checks of the way down; none where the load was never taken away or nothing had been scaled up."""
    low, _ = replica_range(run.entry["hpa"])
    if run.marks.down is None or line.at(line.spec, run.marks.down) <= low:
        return []
    return [_early(run, line, limits), _done(run, line, limits), _errors(run)]


def first_drop(line: Timeline, down: float, below: int | None = None) -> float | None:
    """When the scale first fell after the load did; `below` a size, where one is given."""
    return next((change.mono for change in line.changes if change.mono > down and change.after < min(change.before, below or change.before)), None)


def minimum_again(run: ScalingRun, line: Timeline) -> float | None:
    """When the scale was back at its minimum."""
    low, _ = replica_range(run.entry["hpa"])
    down = run.marks.down or 0.0
    return next((mono for mono, value in line.spec if mono > down and value <= low), None)


def _early(run: ScalingRun, line: Timeline, limits: ScalingLimits) -> Check:
    """A recommendation from just before the load fell holds for the window; it may be one sync period old by then.

    Only pods that the load had needed are meant: the window of a correction began while the load still ran.
    """
    down = run.marks.down or 0.0
    window = scale_down_window(run.entry["hpa"], run.timing.downscale_window)
    least = max(window - run.timing.sync, limits.scale_down_wait_seconds, 0.0)
    drop = first_drop(line, down, least_under_load(run, line))
    if drop is None:
        return check("scale_down_not_early", True, f"No pod left before {least:.0f} s had passed.",
                     f"{least:.0f}초 이전에 줄어든 파드가 없습니다.",
                     limit=least, unit="s")
    took = drop - down
    return check("scale_down_not_early", took >= least,
                 f"Pods were taken away {took:.1f} s after the load fell; {least:.0f} s is the least (window {window:.0f} s).",
                 f"부하 감소 {took:.1f}초 후에 파드가 줄었습니다. 최소 {least:.0f}초여야 합니다(안정화 구간 {window:.0f}초).",
                 measured=took, limit=least, unit="s")


def _done(run: ScalingRun, line: Timeline, limits: ScalingLimits) -> Check:
    low, _ = replica_range(run.entry["hpa"])
    down, end = run.marks.down or 0.0, run.marks.end or 0.0
    limit = scale_down_window(run.entry["hpa"], run.timing.downscale_window) + limits.scale_down_seconds
    back = minimum_again(run, line)
    if back is None:
        return check("scale_down_done", False,
                     f"{line.at(line.spec, end)} pods were still wanted {end - down:.0f} s after the load fell (limit {limit:.0f} s).",
                     f"부하 감소 {end - down:.0f}초 후에도 파드 {line.at(line.spec, end)}개가 요청되고 있습니다(한도 {limit:.0f}초).",
                     measured=end - down, limit=limit, unit="s")
    took = back - down
    return check("scale_down_done", took <= limit,
                 f"The minimum of {low} pods was reached {took:.1f} s after the load fell (limit {limit:.0f} s).",
                 f"부하 감소 {took:.1f}초 후 최소 {low}개로 돌아왔습니다(한도 {limit:.0f}초).", measured=took, limit=limit, unit="s")


def _errors(run: ScalingRun) -> Check:
    down = run.marks.down or 0.0
    lost = [row for row in run.rows if run.absolute(row.intended) >= down and not row.ok and row.error != "dropped"]
    words = ", ".join(sorted({row.error or f"http-{row.status}" for row in lost}))
    return check("scale_down_errors", not lost,
                 f"{len(lost)} requests failed while pods left ({words})." if lost else "No request failed while pods left.",
                 f"파드가 줄어드는 동안 요청 {len(lost)}건이 실패했습니다({words})." if lost else "파드가 줄어드는 동안 실패한 요청이 없습니다.",
                 measured=len(lost), limit=0, unit="requests")
