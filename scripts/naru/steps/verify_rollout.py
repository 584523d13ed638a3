"""Proof one: does the release roll out on the cloud's verification cluster, as an upgrade of what the cloud runs now?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from naru.core.image_identity import ReleaseImage
from naru.core.manifests import objects_of
from naru.core.rollout import RolloutJudge, RolloutState
from naru.core.rollout_files import REQUESTS, STORY, request_lines, story_lines
from naru.core.rollout_record import Judgement, Recording, Terms, judge_recording
from naru.core.rollout_rules import WATCHED
from naru.core.subject import subject_of
from naru.errors import Missing
from naru.model.cloud import App, CloudConfig
from naru.model.evidence import Evidence, Subject
from naru.model.load import Lane, LoadPlan, LoadStep
from naru.model.overlays import Overlays
from naru.model.record import Run, content_hash
from naru.model.release import Images, Release
from naru.model.words import Profile, Proof, Verdict
from naru.steps.apply_release import ApplyCluster, clear, plan_prune
from naru.steps.effects import Effects
from naru.steps.evidence_writing import evidence_name, json_lines, raw_folder, write_evidence, write_raw_file
from naru.steps.failover_ports import Load, RunningLoad
from naru.steps.home_check import HomeCheck, Probe
from naru.steps.outcome import Outcome
from naru.steps.ports import Clock, Folder
from naru.steps.recorder import Recorder
from naru.steps.rollout_watch import OnLook, WatchedRollout, watch_rollout

STREAM_RATE = 20.0
"""Requests per second to each app while it rolls out."""

AT_MOST = 1.0
"""Stability window in seconds of the release that is only put there to be upgraded from."""


class RolloutCluster(ApplyCluster, Protocol):
    """What the proof needs of a cluster."""

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> dict[str, Any] | None: ...


@dataclass(frozen=True)
class Running:
    """What the cloud runs now, by its branch."""

    version: str
    rendered: bytes


@dataclass(frozen=True)
class RolloutPorts:
    """The outside of one cloud's proof."""

    cluster: RolloutCluster
    recorder: Callable[[], Recorder]
    connect: Callable[[], None]
    """Point the load balancer at the Services' node ports (nothing to do on a real cluster)."""
    running: Callable[[], Running | None]
    probe: Probe
    load: Load
    folder: Folder
    effects: Effects
    clock: Clock
    private_key: Callable[[], bytes]
    lock: Callable[[], AbstractContextManager[None]]
    run: Callable[[str], Run]
    """The `run` block, given the time of the start."""
    profile: Callable[[], Profile]
    say: Callable[[str], None] = lambda _text: None
    look: OnLook = lambda _judge, _state: None


@dataclass(frozen=True)
class Case:
    """What is to be proven."""

    cloud: CloudConfig
    release: Release
    images: Images
    subject: Subject
    objects: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Proven:
    """What was measured, and how it was judged."""

    terms: Terms
    recorder: Recorder
    recording: Recording
    judgement: Judgement
    upgraded_from: str


def verify_rollout(ports: RolloutPorts, cloud: CloudConfig, *, reuse: bool = False) -> tuple[Outcome, Evidence]:
    """Prove one cloud; the evidence is written and signed whatever the verdict is."""
    release, images, overlays, subject = read_subject(ports.folder, cloud)
    known = ports.folder.find(Evidence, evidence_name(Proof.rollout, cloud.name))
    if reuse and known is not None and known.subject == subject and known.verdict is Verdict.passed:
        return Outcome(changed=False, sentence=f"{cloud.name}: the rollout of {release.version} is proven already."), known
    objects = read_objects(ports.folder, cloud, overlays)
    with ports.lock():
        evidence = _prove(ports, Case(cloud, release, images, subject, objects))
    why = f": {evidence.cause.sentence}" if evidence.cause else "."
    sentence = f"{cloud.name}: rollout of {release.version} {evidence.verdict}{why}"
    return Outcome(changed=True, sentence=sentence, plain=_plain(evidence)), evidence


def read_subject(folder: Folder, cloud: CloudConfig) -> tuple[Release, Images, Overlays, Subject]:
    """The three documents and the subject of the proof."""
    release, images = folder.read(Release, "release.json"), folder.read(Images, "images.json")
    overlays = folder.read(Overlays, "overlays.json")
    return release, images, overlays, subject_of(release, images, overlays, [cloud.name])


def read_objects(folder: Folder, cloud: CloudConfig, overlays: Overlays) -> list[dict[str, Any]]:
    """The objects to apply, from exactly the bytes that overlays.json names."""
    name, entry = f"applied/{cloud.name}.yaml", overlays.of(cloud.name)
    data = folder.read_raw(name)
    if entry is None or hashlib.sha256(data).hexdigest() != entry.applied_sha256:
        raise Missing(f"{name} is not what overlays.json says was rendered.", hint="Run ./naru patch-overlays again.")
    return objects_of(data, name)


def plan_rollout(ports: RolloutPorts, cloud: CloudConfig) -> dict[str, Any]:
    """What would be applied and pruned, from what; touches nothing."""
    _, _, overlays, subject = read_subject(ports.folder, cloud)
    objects = read_objects(ports.folder, cloud, overlays)
    running = ports.running()
    return {
        "cloud": cloud.name, "namespace": cloud.namespace, "version": subject.version, "upgraded_from": running.version if running else None,
        "objects": [f"{o['kind']}/{o['metadata']['name']}" for o in objects],
        "pruned": [f"{o['kind']}/{o['metadata']['name']}" for o in plan_prune(ports.cluster, objects, cloud.namespace)],
        "limits": cloud.limits.rollout.plain(),
    }


def terms_of(cloud: CloudConfig, release: Release, images: Images, *, streamed: bool) -> Terms:
    """What the judge is given."""
    named = tuple(ReleaseImage(image.repository, frozenset({image.digest, image.config_digest})) for image in images.images)
    return Terms(cloud.limits.rollout, release.version, cloud.apps, cloud.apm_app, named, dict(cloud.conditions), streamed)


def _prove(ports: RolloutPorts, case: Case) -> Evidence:
    cloud, started = case.cloud, ports.clock.now().isoformat()
    if ports.cluster.get("v1", "Namespace", cloud.namespace) is None:
        raise Missing(f"{ports.cluster.name} has no namespace {cloud.namespace}.", hint="Run ./naru clouds up.")
    running = ports.running()
    evidence = _written(ports, case, _establish(ports, cloud, case.objects, running) or _upgraded(ports, case, running))
    evidence = evidence.model_copy(update={"run": ports.run(started), "made_from": _made_from(ports.folder)})
    write_evidence(ports.folder, evidence, ports.private_key())
    return evidence


def _upgraded(ports: RolloutPorts, case: Case, running: Running | None) -> Proven:
    terms = terms_of(case.cloud, case.release, case.images, streamed=running is not None)
    recording, recorder = _record(ports, case.cloud, case.objects, terms)
    return Proven(terms, recorder, recording, judge_recording(recording, terms), running.version if running else "")


def _establish(ports: RolloutPorts, cloud: CloudConfig, objects: Sequence[dict[str, Any]], running: Running | None) -> Proven | None:
    """Make the namespace run what the cloud runs now, nothing at all where it runs nothing; what was seen where that does not come up."""
    if running is None:
        ports.say("the cloud runs nothing: beginning with an empty namespace")
        clear(ports.cluster, objects, cloud.namespace, ports.effects)
        return None
    ports.say(f"putting {running.version} there, which the cloud runs now")
    recorder = ports.recorder()
    recorder.begin(cloud.namespace)
    terms = Terms(cloud.limits.rollout.model_copy(update={"stability_seconds": AT_MOST}), running.version, cloud.apps)
    try:
        watched = watch_rollout(
            ports.cluster, objects_of(running.rendered, f"cloud/{cloud.name}"), cloud.namespace, terms.expected,
            recorder=recorder, effects=ports.effects, clock=ports.clock, connect=ports.connect, on_look=ports.look,
        )
    finally:
        recorder.stop()
    if watched.verdict is Verdict.passed:
        return None
    recording = Recording(
        begun=watched.begun, until=watched.until, samples=list(recorder.samples), turns=watched.turns, logs=recorder.logs(),
        confirmed=watched.confirmed, refused=watched.refused, baseline=running.version,
    )
    return Proven(terms, recorder, recording, judge_recording(recording, terms), running.version)


def _record(ports: RolloutPorts, cloud: CloudConfig, objects: Sequence[dict[str, Any]], terms: Terms) -> tuple[Recording, Recorder]:
    home = HomeCheck(cloud.apps, lambda app: app.endpoint_port, ports.probe, ports.clock, wanted=terms.limits.home_answers,
                     apm_app=cloud.apm_app, version=terms.version)

    def on_look(judge: RolloutJudge, state: RolloutState) -> None:
        home.look(judge, state)
        ports.look(judge, state)

    recorder = ports.recorder()
    recorder.begin(cloud.namespace, watched_kinds(objects, cloud))
    stream = ports.load.start(stream_plan(cloud.apps, terms)) if terms.streamed else None
    try:
        watched = watch_rollout(ports.cluster, objects, cloud.namespace, terms.expected, recorder=recorder, effects=ports.effects,
                                clock=ports.clock, connect=ports.connect, on_look=on_look)
        if watched.verdict is Verdict.passed:
            home.finish()
        return _recording(watched, home, stream, recorder), recorder
    finally:
        home.cancel()
        recorder.stop()
        if stream is not None:
            stream.close()


def watched_kinds(objects: Sequence[dict[str, Any]], cloud: CloudConfig) -> list[tuple[str, str]]:
    """The usual kinds, and the custom resources that cloud.yaml has a rule for."""
    custom = {(o["apiVersion"], o["kind"]) for o in objects if o["kind"] in cloud.conditions}
    return [*WATCHED, *sorted(custom - set(WATCHED))]


def stream_plan(apps: Sequence[App], terms: Terms) -> LoadPlan:
    """One open-loop stream to each app, each request on a new connection, until it is stopped."""
    step = LoadStep(seconds=terms.limits.deadline_seconds + 120, rate=STREAM_RATE)
    return LoadPlan(lanes=tuple(
        Lane(name=app.name, url=f"http://127.0.0.1:{app.endpoint_port}{app.home_path}", steps=(step,), marker=app.marker, timeout_seconds=5)
        for app in apps))


def _recording(watched: WatchedRollout, home: HomeCheck, stream: RunningLoad | None, recorder: Recorder) -> Recording:
    rows = []
    if stream is not None:
        stream.stop()
        rows = list(stream.wait().rows)
    recorder.stop()
    return Recording(
        begun=watched.begun, until=watched.until, samples=list(recorder.samples), turns=watched.turns, logs=recorder.logs(),
        answers=list(home.answers), pods=dict(home.pods), requests=rows, listed=home.listed, confirmed=watched.confirmed,
        refused=watched.refused,
    )


def _written(ports: RolloutPorts, case: Case, proven: Proven) -> Evidence:
    prefix = raw_folder(Proof.rollout, case.cloud.name)
    files, counts = proven.recorder.save(ports.folder, prefix)
    raw = [*files, write_raw_file(ports.folder, f"{prefix}/{STORY}", json_lines(story_lines(proven.recording)))]
    if proven.recording.requests:
        raw.append(write_raw_file(ports.folder, f"{prefix}/{REQUESTS}", json_lines(request_lines(proven.recording))))
    judged = proven.judgement
    return Evidence(
        proof=Proof.rollout, cloud=case.cloud.name, subject=case.subject, profile=ports.profile(), limits=proven.terms.plain(),
        checks=judged.checks, verdict=judged.verdict, cause=judged.cause,
        summary={**judged.summary, "upgraded_from": proven.upgraded_from}, counts=counts, raw=tuple(raw),
    )


def _made_from(folder: Folder) -> dict[str, str]:
    return {name: content_hash(folder.read(kind, name)) for kind, name in
            ((Release, "release.json"), (Images, "images.json"), (Overlays, "overlays.json"))}


def _plain(evidence: Evidence) -> dict[str, Any]:
    return {"cloud": evidence.cloud, "verdict": str(evidence.verdict), "cause": evidence.cause.plain() if evidence.cause else None,
            "summary": evidence.summary, "counts": evidence.counts, "checks": [check.plain() for check in evidence.checks]}
