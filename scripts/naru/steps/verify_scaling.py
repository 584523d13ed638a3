"""Proof two: the release scales under real traffic. Measures, judges, signs; raises Judged where the answer is no.

Inconclusive is measured once more, failed never. One load measurement at a time on a host. The cluster must already
run this very release (verify-rollout applies it); nothing is applied here.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from naru.core.scaling import ScalingJudgement, judge_scaling
from naru.core.scaling_aim import aimed_replicas
from naru.core.scaling_files import LOAD, POLLS, RUN, WATCH, raw_files, run_from_raw
from naru.core.scaling_objects import cpu_target, replica_range
from naru.core.scaling_plot import plot_of
from naru.core.scaling_record import ScalingRun
from naru.core.scaling_timing import profile_of
from naru.core.scope import SCALING_PROOF, scaling_unproven
from naru.core.subject import subject_of
from naru.errors import Judged, Missing
from naru.model.cloud import CloudConfig
from naru.model.evidence import Evidence, RawFile, Subject
from naru.model.overlays import Overlays
from naru.model.plot import Figure
from naru.model.record import Run
from naru.model.release import Images, Release
from naru.model.words import Profile, Proof, Verdict
from naru.steps.effects import Effects
from naru.steps.evidence_writing import envelope_name, evidence_name, raw_folder, write_evidence, write_raw_file
from naru.steps.outcome import Outcome
from naru.steps.ports import Folder, Progress
from naru.steps.scaling_entry import entry_objects, hpa_of, running_images, timing_from
from naru.steps.scaling_ports import ScalingSite
from naru.steps.scaling_run import ScalingMeasurement

LOCK = "measurement"
MEASURED_TWICE = 2


class Plots(Protocol):
    """Draws figures."""

    def svg(self, figure: Figure) -> bytes: ...


class Signer(Protocol):
    """Whoever holds the private key."""

    def __call__(self) -> bytes: ...


@dataclass(frozen=True)
class ScalingRequest:
    """One cloud of one release."""

    cloud: CloudConfig
    host: str
    naru_version: str
    reuse: bool = False
    build: str = ""


@dataclass(frozen=True)
class ScalingPorts:
    """Everything outside."""

    folder: Folder
    site: ScalingSite
    effects: Effects
    progress: Progress
    plots: Plots
    private_key: Signer
    lock: Callable[[str], AbstractContextManager[None]]
    """The machine's measurement lock; the argument says what is being done."""


def verify_scaling(request: ScalingRequest, ports: ScalingPorts) -> Outcome:
    """The evidence is written in any case; raises Judged for failed and inconclusive."""
    cloud, site = request.cloud, ports.site
    subject = read_subject(ports.folder, cloud.name)
    if request.reuse and (found := reusable(ports.folder, cloud.name, subject)) is not None:
        return Outcome(False, f"{cloud.name}: the scaling proof of this very release stands already ({found.verdict}).",
                       _plain(found))
    if (why := nothing_to_prove(ports.folder, cloud)) is not None:
        return why
    must_run(site, cloud, subject)
    with ports.lock(f"verify-scaling of {cloud.name}"):
        first: ScalingRun | None = None
        for number in range(1, MEASURED_TWICE + 1):
            evidence, first = _measure(request, ports, subject, first)
            if evidence.verdict is not Verdict.inconclusive or number == MEASURED_TWICE:
                break
            ports.progress.line(f"{cloud.name}: inconclusive, measured once more: {evidence.cause.sentence if evidence.cause else ''}")
    return concluded(evidence)


def plan_scaling(request: ScalingRequest, ports: ScalingPorts) -> Outcome:
    """What would be measured, as plain values; touches nothing."""
    cloud, cluster = request.cloud, ports.site.cluster
    subject = read_subject(ports.folder, cloud.name)
    if (why := nothing_to_prove(ports.folder, cloud)) is not None:
        return why
    hpa, timing = hpa_of(cluster, cloud), timing_from(ports.site)
    low, high = replica_range(hpa)
    return Outcome(False, f"Would measure the HPA {hpa['metadata']['name']} of {cloud.name}.", {
        "cloud": cloud.name, "version": subject.version, "hpa": hpa["metadata"]["name"], "minimum": low, "maximum": high,
        "target": cpu_target(hpa), "aim": aimed_replicas(low, high), "profile": str(profile_of(timing)),
        "limits": cloud.limits.scaling.plain(),
        "writes": [evidence_name(Proof.scaling, cloud.name), envelope_name(Proof.scaling, cloud.name)],
    })


def nothing_to_prove(folder: Folder, cloud: CloudConfig) -> Outcome | None:
    """Where the rendered overlay has no autoscaler for the proven app: no evidence is written, and the gate asks for a waiver."""
    overlay = folder.read(Overlays, "overlays.json").of(cloud.name)
    entry = scaling_unproven(overlay.scope) if overlay is not None else None
    if entry is None:
        return None
    sentence = (f"{cloud.name}: nothing to measure: {entry.kind} {entry.name} has no HorizontalPodAutoscaler that the proof works on. "
                f"Promotion needs a waiver: ./naru waive --field-class '{SCALING_PROOF}'.")
    return Outcome(False, sentence, {"cloud": cloud.name, "verdict": None, "unproven": entry.plain()})


def read_subject(folder: Folder, cloud: str) -> Subject:
    """What is to be proven, from the files of the stages before."""
    return subject_of(folder.read(Release, "release.json"), folder.read(Images, "images.json"),
                      folder.read(Overlays, "overlays.json"), [cloud])


def reusable(folder: Folder, cloud: str, subject: Subject) -> Evidence | None:
    """Passed evidence of the same subject, or None."""
    found = folder.find(Evidence, evidence_name(Proof.scaling, cloud))
    return found if found is not None and found.subject == subject and found.verdict is Verdict.passed else None


def must_run(site: ScalingSite, cloud: CloudConfig, subject: Subject) -> None:
    """Raises Missing where the cluster runs other images than those of the subject."""
    deployment = entry_objects(site.cluster, cloud, hpa_of(site.cluster, cloud)["metadata"]["name"])["deployment"]
    running = running_images(deployment)
    if not running or not running <= set(subject.images.values()):
        shown = ", ".join(sorted(running)) or "an image without digest"
        raise Missing(f"{site.cluster.name} runs {shown[:160]}, not release {subject.version}.",
                      hint=f"Run ./naru verify-rollout --cloud {cloud.name} first.")


def judge_files(files: dict[str, bytes], limits: dict[str, Any]) -> ScalingJudgement:
    """Judge a recorded run from its raw files (name within the raw folder → content, .gz as stored)."""
    from naru.model.cloud import ScalingLimits

    plain = {name.removesuffix(".gz"): gzip.decompress(data) if name.endswith(".gz") else data for name, data in files.items()}
    return judge_scaling(run_from_raw(plain), ScalingLimits.model_validate(limits))


def concluded(evidence: Evidence) -> Outcome:
    """The outcome of passed evidence; raises Judged with the cause of any other."""
    if evidence.verdict is not Verdict.passed:
        sentence = evidence.cause.sentence if evidence.cause else "no check says why"
        raise Judged(f"{evidence.cloud}: scaling {evidence.verdict}: {sentence}",
                     hint=f"See {evidence_name(Proof.scaling, evidence.cloud)}, or ./naru evidence show.")
    phases = evidence.summary["phases"]
    return Outcome(True, f"{evidence.cloud}: scaling passed; decided after {phases['decide_seconds']:.1f} s, "
                         f"{evidence.summary['replicas']['reached']} pods, {len(evidence.checks)} checks.", _plain(evidence))


def _measure(request: ScalingRequest, ports: ScalingPorts, subject: Subject, first: ScalingRun | None) -> tuple[Evidence,
                                                                                                                ScalingRun]:
    cloud, clock, folder = request.cloud, ports.site.clock, ports.folder
    started = clock.now()
    with ports.progress.task(f"scaling {cloud.name}") as task:
        measurement = ScalingMeasurement(ports.site, cloud, ports.effects, task, first)
        run = measurement.measure()
    prefix = raw_folder(Proof.scaling, cloud.name)
    raw, counts = measurement.recorder.save(folder, prefix)
    files = {f"{name}.gz" if name != RUN else name: data for name, data in raw_files(run).items()}
    raw += tuple(write_raw_file(folder, f"{prefix}/{name}", data) for name, data in files.items())
    judgement = judge_files(judged_files(folder, raw), cloud.limits.scaling.plain())
    evidence = Evidence(
        proof=Proof.scaling, cloud=cloud.name, subject=subject, profile=Profile(run.profile),
        limits=cloud.limits.scaling.plain(),
        checks=judgement.checks, verdict=judgement.verdict, cause=judgement.cause, summary=judgement.summary,
        counts={**counts, **judgement.counts}, raw=raw,
        run=Run(started=started.isoformat(), finished=clock.now().isoformat(), host=request.host,
                naru_version=request.naru_version,
                build=request.build),
    )
    write_evidence(folder, evidence, ports.private_key())
    folder.write_raw(f"{prefix}/scaling.svg", ports.plots.svg(plot_of(run, judgement)))
    return evidence, run


def judged_files(folder: Folder, raw: tuple[RawFile, ...]) -> dict[str, bytes]:
    """Name within the raw folder → content, of those files that the judge reads."""
    wanted = {RUN, f"{WATCH}.gz", f"{POLLS}.gz", f"{LOAD}.gz"}
    return {name: folder.read_raw(entry.path) for entry in raw if (name := entry.path.rpartition("/")[2]) in wanted}


def _plain(evidence: Evidence) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(evidence.model_dump_json(exclude_none=True,
                                                                include={"cloud", "verdict", "profile", "checks", "cause",
                                                                         "summary"}))
    return plain
