"""Proof three: the release survives the loss of a cloud, and comes back. Drills, judges, signs; raises Judged for any no.

Inconclusive is measured once more, failed never. The verification clusters must already run this very release
(verify-rollout applies it). Whatever happens, every fault is taken back; one that a killed drill left is taken back first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from naru.core.failover_faults import Fault
from naru.core.failover_guard import healing_agent, images_of
from naru.core.failover_judgement import Judgement
from naru.core.failover_plan import LanePlace, Timings, blip_seconds, dns_clients, drill_seconds, hold_seconds, load_plan
from naru.core.failover_plot import failover_figure
from naru.core.failover_record import drill_files, judge_files, plain_limits, slowest, strictest
from naru.core.failover_samples import Drill
from naru.core.failover_table import failover_table
from naru.core.subject import subject_of
from naru.errors import Judged, Missing
from naru.model.cloud import CloudConfig
from naru.model.evidence import Evidence, RawFile, Subject
from naru.model.overlays import Overlays
from naru.model.plot import Figure
from naru.model.record import Run, content_hash
from naru.model.release import Images, Release
from naru.model.words import Profile, Proof, Verdict
from naru.steps.effects import Effects
from naru.steps.evidence_writing import envelope_name, evidence_name, raw_folder, write_evidence, write_raw_file
from naru.steps.failover_drill import DrillPlan, DrillRunner, Parts
from naru.steps.failover_ports import FaultPort, LiveApp, Load, Shield, Site, Stores
from naru.steps.outcome import Outcome
from naru.steps.ports import Clock, Folder, Progress

MEASURED_TWICE = 2
DIRECT_RATE = 10.0
"""Requests per second of each direct lane."""
FIGURE = "failover.svg"


class Plots(Protocol):
    """Draws figures."""

    def svg(self, figure: Figure) -> bytes: ...


@dataclass(frozen=True)
class FailoverRequest:
    """One release, all its clouds."""

    clouds: tuple[CloudConfig, ...]
    faults: tuple[Fault, ...]
    timings: Timings
    with_dns: bool = True
    reuse: bool = False
    first_cloud: int = 0
    """Which cloud the first fault hits; the next fault hits the next cloud."""


@dataclass(frozen=True)
class FailoverPorts:
    """Everything outside."""

    folder: Folder
    site: Callable[[], AbstractContextManager[Site]]
    apps: Mapping[str, LiveApp]
    faults: FaultPort
    load: Load
    effects: Effects
    clock: Clock
    progress: Progress
    shield: Shield
    plots: Plots
    private_key: Callable[[], bytes]
    lock: Callable[[str], AbstractContextManager[None]]
    """The machine's measurement lock; the argument says what is being done."""
    run: Callable[[str], Run]
    """The `run` block, given the time of the start."""
    profile: Callable[[], Profile]
    stores: Stores | None = None
    """The clouds' own stores, where the product has any."""


def verify_failover(request: FailoverRequest, ports: FailoverPorts) -> Outcome:
    """The evidence is written in any case; raises Judged for failed and inconclusive."""
    subject = read_subject(ports.folder, request)
    if request.reuse and (found := reusable(ports.folder, subject)) is not None:
        return Outcome(False, "The fail-over proof of this very release stands already (passed).", plain_of(found))
    with ports.lock("verify-failover"):
        take_back_leftovers(ports)
        for cloud in request.clouds:
            may_be_broken(ports.apps[cloud.name], cloud, subject)
        for number in range(1, MEASURED_TWICE + 1):
            evidence = measured(request, ports, subject)
            if evidence.verdict is not Verdict.inconclusive or number == MEASURED_TWICE:
                break
            ports.progress.line(f"Inconclusive, measured once more: {evidence.cause.sentence if evidence.cause else ''}")
    return concluded(evidence)


def plan_failover(request: FailoverRequest, ports: FailoverPorts) -> Outcome:
    """What would be broken, for how long and by which limits, as plain values; touches nothing."""
    subject, rules = read_subject(ports.folder, request), slowest(request.clouds)
    limits = strictest(request.clouds)
    parts = [{"fault": fault.name, "title": fault.title, "hold_seconds": hold_seconds(fault, rules, request.timings)} for fault in request.faults]
    longest = drill_seconds(request.faults, rules, request.timings, returning=limits.restore_seconds + limits.failback_seconds)
    return Outcome(False, f"Would drill {len(parts)} faults.", {
        "version": subject.version, "clouds": [cloud.name for cloud in request.clouds], "faults": parts, "longest_seconds": longest,
        "blip_seconds": blip_seconds(rules), "limits": plain_limits(request.clouds, clients_of(request)),
        "writes": [evidence_name(Proof.failover, "all"), envelope_name(Proof.failover, "all")],
    })


def read_subject(folder: Folder, request: FailoverRequest) -> Subject:
    """What is to be proven, from the files of the stages before."""
    names = [cloud.name for cloud in request.clouds]
    return subject_of(folder.read(Release, "release.json"), folder.read(Images, "images.json"), folder.read(Overlays, "overlays.json"), names)


def reusable(folder: Folder, subject: Subject) -> Evidence | None:
    """Passed evidence of the same subject, or None."""
    found = folder.find(Evidence, evidence_name(Proof.failover, "all"))
    return found if found is not None and found.subject == subject and found.verdict is Verdict.passed else None


def take_back_leftovers(ports: FailoverPorts) -> None:
    """A drill that was killed may have left a cloud broken."""
    left = ports.faults.leftovers()
    if left:
        ports.progress.line(f"An earlier drill left {', '.join(f'{e.fault} in {e.cloud}' for e in left)}; taking it back first.")
        ports.effects.perform("undo-leftovers", "all", ports.faults.undo_leftovers)


def may_be_broken(app: LiveApp, cloud: CloudConfig, subject: Subject) -> None:
    """Raises Missing where the cluster runs another release, or someone would fight the drill."""
    deployment = app.live_deployment()
    running = images_of(deployment)
    if not running <= set(subject.images.values()):
        raise Missing(f"verify-{cloud.name} runs {', '.join(sorted(running))[:160]}, not release {subject.version}.",
                      hint=f"Run ./naru verify-rollout --cloud {cloud.name} first.")
    agent = healing_agent(deployment, app.applications())
    if agent:
        raise Missing(f"{agent} owns {cloud.proven_app} in verify-{cloud.name} and would put it back, so no fault is injected.",
                      hint="Switch its self-healing off for the time of the drill.")


def measured(request: FailoverRequest, ports: FailoverPorts, subject: Subject) -> Evidence:
    """One drill, judged from its own files, signed."""
    started = ports.clock.now().isoformat()
    drill, log = drilled(request, ports)
    limits = plain_limits(request.clouds, clients_of(request))
    files = drill_files(drill, log)
    judgement = judge_files(files, limits)
    raw = written(ports, files)
    evidence = Evidence(
        proof=Proof.failover, cloud="all", subject=subject, profile=ports.profile(), limits=limits, checks=judgement.checks,
        verdict=judgement.verdict, cause=judgement.cause, summary=judgement.summary, counts=counts_of(drill), raw=raw,
        run=ports.run(started), made_from=made_from(ports.folder),
    )
    write_evidence(ports.folder, evidence, ports.private_key())
    ports.folder.write_raw(f"{raw_folder(Proof.failover, 'all')}/{FIGURE}", ports.plots.svg(failover_figure(drill, judgement)))
    for line in failover_table(judgement.summary):
        ports.progress.line(line)
    return evidence


def drilled(request: FailoverRequest, ports: FailoverPorts) -> tuple[Drill, list[str]]:
    """What was recorded, and the HTTP director's own log."""
    with ports.site() as site, ports.progress.task("fail-over", total=None) as task:
        runner = DrillRunner(plan_of(request, site, writer=f"{ports.clock.now():%m%d%H%M%S}"), Parts(
            site, ports.faults, ports.load, ports.effects, ports.clock, ports.shield, task, stores=ports.stores,
        ))
        return runner.run(), site.log()


def plan_of(request: FailoverRequest, site: Site, *, writer: str = "") -> DrillPlan:
    """The drill's plan for the directors as they stand; `writer` marks its numbered writes."""
    rules, limits = slowest(request.clouds), strictest(request.clouds)
    apps = {cloud.name: cloud.app(cloud.proven_app) for cloud in request.clouds}
    first = next(iter(apps.values()))
    place = LanePlace(
        site.address, {name: f"127.0.0.1:{app.endpoint_port}" for name, app in apps.items()}, path=first.home_path, host=first.name,
        marker=first.marker, dns=site.lookup(), dns_port=site.port, sticky=rules.sticky,
        stores={name: f"127.0.0.1:{port}" for name, port in store_ports(request.clouds).items()}, writer=writer,
    )
    longest = drill_seconds(request.faults, rules, request.timings, returning=limits.restore_seconds + limits.failback_seconds)
    names = tuple(apps)
    turned = names[request.first_cloud % len(names):] + names[: request.first_cloud % len(names)]
    return DrillPlan(
        request.faults, turned, {cloud.name: float(cloud.gslb.weight) for cloud in request.clouds}, rules, limits, request.timings,
        load_plan(place, rate=limits.requests_per_second * 0.8, direct_rate=DIRECT_RATE, seconds=longest + 60), writer=writer,
    )


def store_ports(clouds: tuple[CloudConfig, ...]) -> dict[str, int]:
    """Cloud → loopback port of the app that takes numbered writes; empty unless every cloud has one."""
    found = {cloud.name: cloud.app(cloud.apm_app).endpoint_port for cloud in clouds if cloud.apm_app}
    return found if len(found) == len(clouds) else {}


def written(ports: FailoverPorts, files: Mapping[str, bytes]) -> tuple[RawFile, ...]:
    """The raw files, compressed."""
    prefix = raw_folder(Proof.failover, "all")
    return tuple(write_raw_file(ports.folder, f"{prefix}/{name}.gz", data) for name, data in files.items())


def clients_of(request: FailoverRequest) -> Any:
    """The clients of DNS mode, whose recovery is predicted; None without it."""
    return dns_clients(len(request.clouds)) if request.with_dns else None


def counts_of(drill: Drill) -> dict[str, int]:
    """What was recorded."""
    return {
        "requests": len(drill.rows), "failed_requests": sum(not row.ok for row in drill.rows), "dropped_sends": drill.dropped,
        "state_changes": len(drill.changes), "faults": len(drill.faults), "readings": len(drill.readings),
    }


def made_from(folder: Folder) -> dict[str, str]:
    """The documents that this proof was made from, by hash."""
    kinds = ((Release, "release.json"), (Images, "images.json"), (Overlays, "overlays.json"))
    return {name: content_hash(folder.read(kind, name)) for kind, name in kinds}


def concluded(evidence: Evidence) -> Outcome:
    """The outcome of passed evidence; raises Judged with the cause of any other."""
    if evidence.verdict is not Verdict.passed:
        sentence = evidence.cause.sentence if evidence.cause else "no check says why"
        raise Judged(f"Fail-over {evidence.verdict}: {sentence}",
                     hint=f"See {evidence_name(Proof.failover, 'all')}, or ./naru evidence show.")
    names = ", ".join(fault["fault"] for fault in evidence.summary["faults"])
    return Outcome(True, f"Fail-over passed: {names}; {len(evidence.checks)} checks.", plain_of(evidence))


def plain_of(evidence: Evidence) -> dict[str, Any]:
    """For `--json`."""
    plain: dict[str, Any] = json.loads(evidence.model_dump_json(
        exclude_none=True, include={"cloud", "verdict", "profile", "checks", "cause", "summary", "counts"}
    ))
    return plain


__all__ = ["FailoverPorts", "FailoverRequest", "Judgement", "plan_failover", "verify_failover"]
