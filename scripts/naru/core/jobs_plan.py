"""What to do with each job: a function of the definitions, the server's list and the server's XML."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from naru.core.jobs_diff import changes_between
from naru.core.jobs_ownership import owner_of
from naru.model.jobs import JobAction, JobPlan, RenderedJob, ServerJob, XmlNode

Parse = Callable[[str], XmlNode]


def plan_jobs(
    rendered: tuple[RenderedJob, ...], listed: tuple[ServerJob, ...], current: Mapping[str, str], parse: Parse,
    *, owner: str, delete: bool = False, adopt: frozenset[str] = frozenset(),
) -> tuple[JobPlan, ...]:
    """One line per job that we define, then one per job that is ours and no longer defined.

    `current` holds the XML of each listed job that we define. A job whose mark is not ours is never changed, unless
    its name stands in `adopt`.
    """
    marks = {job.name: owner_of(job.description) for job in listed}
    plans = []
    for job in rendered:
        if job.name not in marks:
            plans.append(JobPlan(name=job.name, action=JobAction.create))
            continue
        seen = current[job.name]
        changes = changes_between(parse(seen), parse(job.xml))
        action = _action(job, marks[job.name], owner, adopt, differs=bool(changes))
        plans.append(JobPlan(name=job.name, action=action, changes=changes, seen=seen))
    defined = {job.name for job in rendered}
    gone = JobAction.delete if delete else JobAction.orphan
    plans += [JobPlan(name=name, action=gone) for name, mark in marks.items() if mark == owner and name not in defined]
    return tuple(plans)


def _action(job: RenderedJob, mark: str | None, owner: str, adopt: frozenset[str], *, differs: bool) -> JobAction:
    if mark == owner:
        return JobAction.update if differs else JobAction.keep
    return JobAction.adopt if job.name in adopt else JobAction.foreign


def shown(plan: JobPlan, *, limit: int = 40) -> list[str]:
    """The plan's line and its changes, for a person."""
    lines = [f"{_MARKS[plan.action]} {plan.name}  {_SAYS[plan.action]}"]
    if plan.action in {JobAction.update, JobAction.adopt, JobAction.foreign}:
        lines += [f"    {change.path}: {_value(change.old)} → {_value(change.new)}" for change in plan.changes[:limit]]
        if len(plan.changes) > limit:
            lines.append(f"    … and {len(plan.changes) - limit} more")
    return lines


def _value(text: str | None) -> str:
    if text is None:
        return "(absent)"
    flat = text.replace("\n", "⏎")
    return f"'{flat}'" if len(flat) <= 100 else f"'{flat[:97]}…'"


_MARKS = {
    JobAction.create: "+", JobAction.update: "~", JobAction.keep: "=", JobAction.foreign: "!", JobAction.adopt: "~",
    JobAction.delete: "-", JobAction.orphan: "?",
}
_SAYS = {
    JobAction.create: "will be created",
    JobAction.update: "will be changed",
    JobAction.keep: "is as defined",
    JobAction.foreign: "exists and is not ours: not touched; ./naru jobs adopt takes it over",
    JobAction.adopt: "will be taken over; its XML is kept as a backup, its builds stay",
    JobAction.delete: "will be deleted with its builds",
    JobAction.orphan: "is ours, but no file defines it: --delete removes it",
}
