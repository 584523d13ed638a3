"""Jobs on the server: read, plan, apply, read back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from naru.core.jobs_plan import Parse, plan_jobs
from naru.errors import Judged, Missing
from naru.model.jobs import JobAction, JobPlan, RenderedJob, ServerJob
from naru.steps.effects import Effects
from naru.steps.outcome import Outcome

WRITES = frozenset({JobAction.create, JobAction.update, JobAction.adopt, JobAction.delete})


class JobServer(Protocol):
    """The job definitions of one Jenkins controller."""

    def listed(self) -> tuple[ServerJob, ...]: ...

    def config(self, name: str) -> str: ...

    def create_job(self, name: str, xml: str) -> None:
        """Effect: make a job."""

    def change_job(self, name: str, xml: str) -> None:
        """Effect: change a job; its builds stay."""

    def delete_job(self, name: str) -> None:
        """Effect: delete a job and its builds."""


Backup = Callable[[str, str], str]
"""(job, XML) → where it was written."""


def plan(
    server: JobServer, rendered: tuple[RenderedJob, ...], parse: Parse, *, owner: str, delete: bool = False,
    adopt: frozenset[str] = frozenset(),
) -> tuple[JobPlan, ...]:
    """What apply would do; one request for the list and one for each job that is there."""
    listed = server.listed()
    there = {job.name for job in listed}
    unknown = adopt - {job.name for job in rendered}
    if unknown:
        raise Missing(f"No file defines '{min(unknown)}'.", hint=f"Defined: {', '.join(job.name for job in rendered)}.")
    current = {job.name: server.config(job.name) for job in rendered if job.name in there}
    return plan_jobs(rendered, listed, current, parse, owner=owner, delete=delete, adopt=adopt)


def apply(
    server: JobServer, effects: Effects, plans: tuple[JobPlan, ...], rendered: tuple[RenderedJob, ...], parse: Parse,
    *, backup: Backup, owner: str,
) -> Outcome:
    """Do what the plan says, each job read again before and after; a second run finds nothing to do."""
    texts = {job.name: job.xml for job in rendered}
    wanted = [entry for entry in plans if entry.action in WRITES]
    kept: dict[str, str] = {}
    for entry in wanted:
        where = _apply_one(server, effects, entry, texts.get(entry.name, ""), backup)
        if where:
            kept[entry.name] = where
    _read_back(server, rendered, wanted, parse, owner)
    foreign = [entry.name for entry in plans if entry.action is JobAction.foreign]
    note = f" Not touched, since not ours: {', '.join(foreign)}." if foreign else ""
    done = ", ".join(f"{entry.action} {entry.name}" for entry in wanted)
    sentence = (f"{len(wanted)} of {len(plans)} jobs changed: {done}." if wanted else f"Nothing to do: {len(plans) - len(foreign)} jobs are as defined.") + note
    plain = {"jobs": [entry.plain() for entry in plans], "backups": kept}
    return Outcome(changed=bool(wanted), sentence=sentence, plain=plain)


def _apply_one(server: JobServer, effects: Effects, entry: JobPlan, xml: str, backup: Backup) -> str:
    name = entry.name
    if entry.action is JobAction.create:
        effects.perform("create-job", name, lambda: server.create_job(name, xml))
        return ""
    seen = server.config(name)
    if entry.seen and seen != entry.seen:
        raise Judged(f"Job '{name}' was changed on the server since the plan was made; nothing was written.", hint="Run ./naru jobs plan again.")
    if entry.changes and entry.changes[0].path == entry.changes[0].new:
        raise Judged(
            f"Job '{name}' is a {_KINDS.get(entry.changes[0].old or '', 'job of another kind')} on the server, and no server changes a job's kind.",
            hint="Use --form freestyle for it, or rename the old job there; its builds stay with it.",
        )
    where = backup(name, seen)
    if entry.action is JobAction.delete:
        effects.perform("delete-job", name, lambda: server.delete_job(name))
    else:
        effects.perform("change-job", name, lambda: server.change_job(name, xml), action=entry.action.value)
    return where


_KINDS = {"project": "freestyle job", "flow-definition": "Pipeline", "maven2-moduleset": "Maven job", "matrix-project": "matrix job"}


def _read_back(server: JobServer, rendered: tuple[RenderedJob, ...], wanted: list[JobPlan], parse: Parse, owner: str) -> None:
    """What a server did not keep is a missing plugin or right: said now, not on the day the trigger stays silent."""
    names = {entry.name for entry in wanted if entry.action is not JobAction.delete}
    if not names:
        return
    after = plan(server, tuple(job for job in rendered if job.name in names), parse, owner=owner)
    for entry in after:
        if entry.name in names and entry.action is not JobAction.keep:
            lost = ", ".join(change.path for change in entry.changes[:5]) or f"the job ({entry.action})"
            raise Judged(
                f"Jenkins took the definition of '{entry.name}' but did not keep: {lost}.",
                hint="A plugin is missing or too old there; see docs/jenkins.md.",
            )
