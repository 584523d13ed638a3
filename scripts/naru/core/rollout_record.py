"""A whole recorded rollout proof and its judgement: now, at the gate, and whenever the bundle is judged again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from naru.core.cause import cause_of
from naru.core.home_page import judge_home, judge_monitored, judge_stream
from naru.core.image_identity import ReleaseImage
from naru.core.rollout import RolloutJudge, RolloutState
from naru.core.rollout_baseline import baseline_cause, baseline_check
from naru.core.rollout_checks import rule_checks, verdict_of
from naru.core.rollout_expected import Expected
from naru.core.rollout_story import Turn, judge_rollout
from naru.core.said import Said
from naru.core.sign import Reason, Sign
from naru.core.world import World, name
from naru.model.cloud import App, RolloutLimits
from naru.model.evidence import Cause, Check
from naru.model.load import Row
from naru.model.logs import ContainerLog
from naru.model.probe import PageAnswer
from naru.model.samples import Sample
from naru.model.words import Verdict


@dataclass
class Recording:
    """Everything that was measured; plain values, in order."""

    begun: float = 0.0
    until: float = 0.0
    samples: Sequence[Sample] = ()
    turns: Sequence[Turn] = ()
    logs: Sequence[ContainerLog] = ()
    answers: Sequence[PageAnswer] = ()
    pods: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """App → the pods that its home page was expected of."""
    requests: Sequence[Row] = ()
    listed: Any = None
    """What the monitoring answered."""
    confirmed: bool = True
    """A fresh list at the end showed nothing that was not recorded."""
    refused: str = ""
    """The API server's words where it refused an object."""
    baseline: str = ""
    """Set to the version before where that is all that was recorded, since it did not come up."""


@dataclass(frozen=True)
class Judgement:
    """The answer of the proof."""

    verdict: Verdict
    checks: tuple[Check, ...]
    cause: Cause | None
    summary: dict[str, Any]


@dataclass(frozen=True)
class Terms:
    """What the judge is given besides the recording; stands in the evidence under `limits`."""

    limits: RolloutLimits
    version: str
    apps: tuple[App, ...]
    apm_app: str | None = None
    images: tuple[ReleaseImage, ...] = ()
    conditions: dict[str, str] = field(default_factory=dict)
    streamed: bool = False
    """A request stream ran during the rollout."""

    @property
    def expected(self) -> Expected:
        """For the judge of the cluster's objects."""
        return Expected(self.limits, self.images, {app.deployment: app.expected_replicas for app in self.apps}, self.conditions)

    def plain(self) -> dict[str, Any]:
        """JSON-ready; the limits of cloud.yaml stand at the top."""
        return {
            **self.limits.plain(), "judge": {
                "version": self.version, "apps": [app.plain() for app in self.apps], "apm_app": self.apm_app, "streamed": self.streamed,
                "images": [{"repository": image.repository, "digests": sorted(image.digests)} for image in self.images],
                "conditions": self.conditions,
            },
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Terms:
        """From the `limits` of a rollout's evidence."""
        judge = plain["judge"]
        limits = RolloutLimits.model_validate({key: value for key, value in plain.items() if key != "judge"})
        images = tuple(ReleaseImage(image["repository"], frozenset(image["digests"])) for image in judge["images"])
        apps = tuple(App.model_validate(app) for app in judge["apps"])
        return cls(limits, judge["version"], apps, judge["apm_app"], images, judge["conditions"], judge["streamed"])


def judge_recording(recording: Recording, terms: Terms) -> Judgement:
    """The verdict of a whole rollout proof; the same values give the same answer each time."""
    judge, state = judge_rollout(terms.expected, recording.begun, recording.samples, recording.turns, recording.until)
    verdict, sign = _outcome(recording, state)
    if recording.baseline:
        before = baseline_cause(recording.baseline, cause_of(sign, recording.logs, _job_pods(judge, sign)) if sign else None)
        return Judgement(Verdict.inconclusive, (baseline_check(before),), before, {"workloads": _workloads(judge)})
    held = state.decided_at - state.stable_since if state.decided_at is not None and state.stable_since is not None else 0.0
    checks = rule_checks(verdict, sign, state.unmet, held, judge.window())
    if verdict is Verdict.passed:
        checks += _page_checks(recording, terms)
    checks += _stream_checks(recording, terms, judge)
    cause = cause_of(sign, recording.logs, _job_pods(judge, sign)) if sign else _check_cause(checks)
    return Judgement(verdict_of(checks), tuple(checks), cause, _summary(recording, state, judge))


def _outcome(recording: Recording, state: RolloutState) -> tuple[Verdict, Sign | None]:
    if recording.refused:
        said = Said(f"The release could not be applied: {recording.refused}", f"릴리스를 적용할 수 없음: {recording.refused}")
        return Verdict.failed, Sign(Reason.not_applied, "Release/all", said)
    if state.verdict is Verdict.passed and not recording.confirmed:
        return Verdict.inconclusive, Sign(Reason.blind, "Cluster/watch", Said(
            "A fresh list at the end showed changes that the watch had not told.", "마지막 조회에서 관찰되지 않은 변경이 발견됨."))
    if state.verdict is None:
        return Verdict.inconclusive, Sign(Reason.blind, "Cluster/watch", Said("The recording ends before a verdict.", "판정 전에 기록이 끝남."))
    return state.verdict, state.sign


def _page_checks(recording: Recording, terms: Terms) -> list[Check]:
    checks: list[Check] = []
    for app in terms.apps:
        answers = [answer for answer in recording.answers if answer.app == app.name]
        checks += judge_home(app, answers, recording.pods.get(app.name, ()), terms.version, terms.limits)
    if terms.apm_app:
        pods = [pod for name_, pods in recording.pods.items() if name_ != terms.apm_app for pod in pods]
        checks.append(judge_monitored(recording.listed, pods, terms.version))
    return checks


def _stream_checks(recording: Recording, terms: Terms, judge: RolloutJudge) -> list[Check]:
    """Only where the rollout promises to lose nothing: a Recreate strategy says itself that it will."""
    checks = []
    for app in terms.apps if terms.streamed else ():
        rows = [row for row in recording.requests if row.lane == app.name]
        if rows and rolling(judge.world, app):
            errors = Counter(row.error or f"http-{row.status}" for row in rows if not row.ok)
            checks.append(judge_stream(app, len(rows), dict(errors), terms.limits))
    return checks


def rolling(world: World, app: App) -> bool:
    """True if its pods are replaced one by one while others serve: a StatefulSet takes one away before the new one starts."""
    live = world.get(app.kind, app.deployment)
    if live is None:
        return False
    if app.kind == "StatefulSet":
        return int(live["spec"].get("replicas", 1)) > 1
    return (live["spec"].get("strategy") or {}).get("type") != "Recreate"


def _check_cause(checks: Sequence[Check]) -> Cause | None:
    """The first check that did not pass, where the cluster's own objects were all in order."""
    broken = next((check for check in checks if check.verdict is not Verdict.passed), None)
    if broken is None:
        return None
    word, _, app = broken.name.partition("-")
    reason = {"stream": Reason.lost_requests, "monitored": Reason.not_monitored}.get(word, Reason.home_page)
    return Cause(reason=str(reason), object=f"App/{app or 'apm'}", sentence=broken.sentence, sentence_ko=broken.sentence_ko)


def _job_pods(judge: RolloutJudge, sign: Sign) -> frozenset[str]:
    kind, _, which = sign.object.partition("/")
    live = judge.world.get(kind, which) if kind != "Pod" else None
    return frozenset(name(pod) for pod in judge.world.pods(live)) if live is not None else frozenset()


def _summary(recording: Recording, state: RolloutState, judge: RolloutJudge) -> dict[str, Any]:
    ready = state.stable_since - recording.begun if state.stable_since is not None else None
    decided = state.decided_at - recording.begun if state.decided_at is not None else None
    lost = sum(1 for row in recording.requests if not row.ok)
    figures = {"ready_seconds": ready, "decided_seconds": decided}
    return {
        **{key: round(value, 3) for key, value in figures.items() if value is not None},
        "pods_count": sum(len(pods) for pods in recording.pods.values()), "requests_count": len(recording.requests), "requests_lost_count": lost,
        "workloads": _workloads(judge),
    }


def _workloads(judge: RolloutJudge) -> list[str]:
    return sorted(f"{workload['kind']}/{name(workload)}" for workload in judge.workloads())
