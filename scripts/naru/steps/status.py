"""Which release each cloud runs: Git read once, all clouds asked at once, whoever does not answer in time is unknown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from naru.core.change_state import ChangeState
from naru.core.status import Look, StatusRow, status_lines, status_row, stops_of
from naru.errors import NaruError
from naru.model.cloud import CloudConfig
from naru.steps.cloud_branch import Tip, read_tips, wanted_at
from naru.steps.outcome import Outcome
from naru.steps.ports import Clock
from naru.steps.promotion_ports import Repository, Wanted
from naru.steps.state_branch import state_of

ANSWER_SECONDS = 4.5
"""Git and all clouds together may take so long; within 5 s the answer stands."""

LEAST_SECONDS = 1.0
"""The clouds get so long even where Git was slow."""


class Site(Protocol):
    """One product on one cloud."""

    @property
    def product(self) -> str: ...

    @property
    def cloud(self) -> CloudConfig: ...

    @property
    def fields(self) -> bool:
        """Compare every field, for which the wanted bytes are needed."""

    def look(self, wanted: Wanted | None) -> Look:
        """What the cloud runs, read only; raises a NaruError where it does not answer."""


@dataclass(frozen=True)
class StatusPorts:
    """The repositories of the products, by name, and the clock."""

    config: Mapping[str, Repository]
    people: Mapping[str, Mapping[str, bytes]]
    clock: Clock


def read_status(ports: StatusPorts, sites: Sequence[Site], *, seconds: float = ANSWER_SECONDS) -> list[StatusRow]:
    """A row for each site, in the given order."""
    begin = ports.clock.monotonic()
    states = {name: state_of(repo, ports.people[name], name) for name, repo in ports.config.items()}
    clouds = {name: list(dict.fromkeys(site.cloud.name for site in sites if site.product == name)) for name in ports.config}
    known = {name: read_tips(repo, clouds[name]) for name, repo in ports.config.items()}
    tips = [known[site.product][site.cloud.name] for site in sites]
    tasks = [_task(ports.config[site.product], site, tip) for site, tip in zip(sites, tips, strict=True)]
    left = max(LEAST_SECONDS, seconds - (ports.clock.monotonic() - begin))
    looks = gathered(tasks, [site.cloud.name for site in sites], ports.clock, left)
    return [_row(ports, site, tip, look, states[site.product]) for site, tip, look in zip(sites, tips, looks, strict=True)]


def status_outcome(ports: StatusPorts, rows: Sequence[StatusRow], *, every_cloud: bool = True) -> Outcome:
    """Rows and, for each product that every cloud runs in one version, whether main holds it too."""
    by_product = {name: [row for row in rows if row.product == name] for name in ports.config} if every_cloud else {}
    notes = [note for name, ours in by_product.items() if (note := _main(ports.config[name], ours))]
    plain = {"clouds": [row.plain() for row in rows], "notes": notes}
    return Outcome(changed=False, sentence="\n".join([*status_lines(rows), *notes]), plain=plain)


def gathered(tasks: Sequence[Callable[[], Look]], places: Sequence[str], clock: Clock, seconds: float) -> list[Look | None]:
    """Results in order; None for what has not answered in time, whose thread is left behind and ends with the process.

    Places (clusters) are asked at once, the tasks of one place one after the other, over one connection.
    """
    found: list[Look | None] = [None] * len(tasks)
    done = threading.Condition()
    left = set(range(len(tasks)))

    def run(numbers: Sequence[int]) -> None:
        for number in numbers:
            look = _guarded(tasks[number])
            with done:
                found[number] = look
                left.discard(number)
                done.notify()

    for place in dict.fromkeys(places):
        threading.Thread(target=run, args=([n for n, name in enumerate(places) if name == place],), daemon=True).start()
    end = clock.monotonic() + seconds
    with done:
        while left and (rest := end - clock.monotonic()) > 0:
            done.wait(rest)
        return list(found)


def _guarded(task: Callable[[], Look]) -> Look:
    try:
        return task()
    except NaruError as error:
        return Look(error=error.message)


def _task(repo: Repository, site: Site, tip: Tip) -> Callable[[], Look]:
    """The wanted bytes are read before the threads start: the private copy is read by one thread only."""
    try:
        wanted = wanted_at(repo, tip.commit, tip.record) if site.fields and tip.commit and tip.record else None
    except NaruError as error:
        message = error.message
        return lambda: Look(drift=(message,))
    return lambda: site.look(wanted)


def _row(ports: StatusPorts, site: Site, tip: Tip, look: Look | None, state: ChangeState) -> StatusRow:
    stops = stops_of(state, site.cloud, ports.clock.now())
    return status_row(site.product, site.cloud, tip.record, commit=tip.commit or "", look=look, stops=stops)


def _main(repo: Repository, rows: Sequence[StatusRow]) -> str:
    versions = {row.version for row in rows}
    if len(versions) != 1 or not (version := versions.pop()):
        return ""
    candidate, main = repo.find(f"candidate/{version}"), repo.find("main")
    if candidate is None or main is None or repo.is_ancestor(candidate, main):
        return ""
    return f"main does not hold candidate/{version}, which every cloud runs: merge it by hand."
