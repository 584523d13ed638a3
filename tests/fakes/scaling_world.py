"""A small world that scales: pods, cAdvisor, metrics-server, HPA and traffic, driven by a clock that tests move.

Its objects have the form that the API server gives them. `Broken` says what is wrong with it.
"""

import math
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from naru.model.load import LoadResult, LoadSummary, Row, Tick
from naru.model.samples import Sample

BEGIN = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
MONO = 5_000.0
STEP = 0.1
COST, IDLE = 0.006, 0.002
HASH = "7c9f5b6d4f"


@dataclass
class Broken:
    """What is wrong; by default nothing."""

    request: str = "100m"
    low: int = 2
    high: int = 6
    target: int = 60
    own_window: int | None = None
    foreign_pod: bool = False
    metrics_down_at: float = math.inf
    """Seconds after the load step (or, before it, after the world's begin + 10,000)."""
    metrics_never: bool = False
    hpa_deaf: bool = False
    thrash: bool = False
    new_pods_fail: float = 0.0
    """Seconds for which a new pod answers 500."""
    new_pods_silent: bool = False
    leavers_reset: bool = False
    never_ready: bool = False
    writer: str = ""
    """A manager that scales by hand 5 s after the step."""
    apm_forgets: bool = False
    late_ms: float = 0.2
    gap: bool = False
    slow_ms: float = 8.0
    stuck_up: bool = False
    extra_at_hold: bool = False
    """The HPA asks for two pods too many."""
    early_drop: bool = False
    """Pods leave at once when the load falls, whatever the window."""
    unreachable: bool = False
    """From the step on most requests never reach a pod."""
    jumps: bool = False
    """The scale moves during the baseline."""


@dataclass
class Pod:
    name: str
    uid: str
    created: float
    ready_at: float
    leaving: float | None = None
    gone: float | None = None
    used: float = 0.0
    phase: float = 0.0
    samples: list = field(default_factory=list)
    told: str = ""


class World:
    """Implements the ports of a ScalingSite; `sleep` lets time pass."""

    name = "verify-naver"

    def __init__(self, broken=None, *, seed=1, housekeeping=10.0, resolution=10.0, sync=2.0, window=15.0):
        self.broken = broken or Broken()
        self.dice = random.Random(seed)
        self.H, self.M, self.S, self.window = housekeeping, resolution, sync, window
        self.t = 0.0
        self.spec = self.desired = self.broken.low
        self.pods, self.samples, self.polls, self.rows, self.ticks = {}, [], {}, [], []
        self.managed = [{"manager": "naru", "operation": "Apply", "time": self.stamp(), "fieldsV1": {"f:spec": {"f:template": {}}}}]
        self.rates, self.step_at, self.down_at = {}, None, None
        self.conditions = self._conditions()
        self.metrics, self.recommendations, self.instances = {}, [], {}
        self.next_scrape, self.next_sync = self.dice.uniform(0, self.M), self.dice.uniform(0, self.S)
        self.sent, self.acc, self.origin = {}, {}, None
        self.polling, self.next_poll = [], 0.0
        self.recording = False
        self.scaled_at = self.stamp(-600)
        self.stamped = {}
        self.version = 100
        for _ in range(self.broken.low):
            self._make_pod(-300.0)
        self._run(40)

    # -- clock ----------------------------------------------------------------------------------------------

    def now(self):
        return BEGIN + timedelta(seconds=self.t)

    def monotonic(self):
        return MONO + self.t

    def sleep(self, seconds):
        self._run(seconds)

    def stamp(self, offset=0.0):
        return (BEGIN + timedelta(seconds=(self.t if hasattr(self, "t") else 0) + offset)).strftime("%Y-%m-%dT%H:%M:%SZ")

    # -- ScalingCluster -------------------------------------------------------------------------------------

    def get(self, _version, kind, name, _namespace=""):
        return self.deployment() if kind == "Deployment" else self.hpa()

    def list(self, _version, kind, namespace="", selector=""):
        if namespace == "kube-system":
            return self._flags(selector)
        if kind == "HorizontalPodAutoscaler":
            return [self.hpa()]
        if kind == "ReplicaSet":
            return [self.replica_set()]
        pods = [self.pod(p) for p in self.pods.values() if p.gone is None]
        if self.broken.foreign_pod:
            pods.append({"kind": "Pod", "metadata": {"name": "load-generator", "namespace": "khan", "labels": {"app.kubernetes.io/name": "egov"}},
                         "spec": {}, "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": self.stamp(-300)}]}})
        return pods

    def _flags(self, selector):
        words = ([f"--horizontal-pod-autoscaler-sync-period={self.S:g}s", f"--horizontal-pod-autoscaler-downscale-stabilization={self.window:g}s"]
                 if "controller" in selector else [f"--metric-resolution={self.M:g}s"])
        return [{"spec": {"containers": [{"name": "x", "command": ["x", *words]}]}}]

    # -- objects --------------------------------------------------------------------------------------------

    def deployment(self):
        resources = {"requests": {"cpu": self.broken.request}} if self.broken.request else {}
        labels = {"app.kubernetes.io/name": "egov"}
        return {"apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": "egov", "namespace": "khan", "uid": "d-1", "resourceVersion": str(self.version), "managedFields": list(self.managed)},
                "spec": {"replicas": self.spec, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {
                    "containers": [{"name": "egov", "image": "khan.kr/khan/egov@sha256:" + "e" * 64, "resources": resources}]}}},
                "status": {"replicas": len(self.pods)}}

    def replica_set(self):
        return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": f"egov-{HASH}", "namespace": "khan", "uid": "rs-1",
                "ownerReferences": [{"kind": "Deployment", "name": "egov", "controller": True}]}, "spec": {"replicas": self.spec}}

    def pod(self, pod):
        ready = self._ready(pod)
        meta = {"name": pod.name, "namespace": "khan", "uid": pod.uid, "labels": {"app.kubernetes.io/name": "egov"},
                "ownerReferences": [{"kind": "ReplicaSet", "name": f"egov-{HASH}", "controller": True}]}
        if pod.leaving is not None:
            meta["deletionTimestamp"] = self.stamp()
        since = BEGIN + timedelta(seconds=min(pod.ready_at, self.t))
        return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"nodeName": "verify-naver-control-plane"}, "status": {
            "phase": "Running" if self.t >= pod.created + 0.8 else "Pending",
            "conditions": [{"type": "PodScheduled", "status": "True"},
                           {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": since.strftime("%Y-%m-%dT%H:%M:%SZ")}],
            "containerStatuses": [{"name": "egov", "ready": ready, "restartCount": 0,
                                   "state": {"running": {}} if self.t >= pod.created + 0.8 else {"waiting": {"reason": "ContainerCreating"}}}]}}

    def hpa(self):
        behavior = {} if self.broken.own_window is None else {"behavior": {"scaleDown": {"stabilizationWindowSeconds": self.broken.own_window}}}
        return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "egov", "namespace": "khan", "uid": "h-1"},
                "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "egov"}, "minReplicas": self.broken.low,
                         "maxReplicas": self.broken.high, **behavior, "metrics": [{"type": "Resource", "resource": {
                             "name": "cpu", "target": {"type": "Utilization", "averageUtilization": self.broken.target}}}]},
                "status": {"currentReplicas": self.spec, "desiredReplicas": self.desired, "lastScaleTime": self.scaled_at,
                           "conditions": [dict(c) for c in self.conditions]}}

    def slice(self):
        ends = [{"targetRef": {"kind": "Pod", "name": p.name}, "conditions": {"ready": self._ready(p), "serving": self._ready(p)}}
                for p in self.pods.values() if p.gone is None]
        return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "egov-x", "namespace": "khan", "uid": "s-1"}, "endpoints": ends}

    def _conditions(self):
        active = {"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound", "message": "the HPA was able to calculate a replica count"}
        if not self.broken.request or self.broken.metrics_never:
            why = "missing request for cpu in container egov of Pod egov" if not self.broken.request else "unable to get metrics for resource cpu"
            active = {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric", "message": f"the HPA was unable to compute: {why}"}
        return [{"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale", "message": "recommended size matches current size"}, active,
                {"type": "ScalingLimited", "status": "False", "reason": "DesiredWithinRange", "message": ""}]

    def _ready(self, pod):
        return self.t >= pod.ready_at and pod.leaving is None

    # -- Recorder, polls, load ------------------------------------------------------------------------------

    def begin(self, *_):
        self.recording = True
        for obj in (self.deployment(), self.replica_set(), self.hpa(), *(self.pod(p) for p in self.pods.values()), self.slice()):
            self._tell(obj, "ADDED")

    def confirm(self):
        return True

    def stop_recording(self):
        self.recording = False

    def _tell(self, obj, kind="MODIFIED"):
        if self.recording:
            obj["metadata"].pop("managedFields", None)
            self.version += 1
            obj["metadata"]["resourceVersion"] = str(self.version)
            self.samples.append(Sample(self.now().isoformat(), round(self.monotonic(), 6), kind, obj))

    def poll(self, question):
        answers = []
        world = self

        class Polls:
            def __init__(self):
                self.answers = answers

            def begin(self):
                world.polling.append((question, answers))
                question_now(world, question, answers)

            def stop(self):
                world.polling = [(q, a) for q, a in world.polling if a is not answers]

        return Polls()

    def start(self, plan, on_tick=None):
        self.origin = self.monotonic()
        self.rates = {lane.name: lane.steps[0].rate for lane in plan.lanes}
        self.acc = dict.fromkeys(self.rates, 0.5)
        return self

    @property
    def origin_monotonic(self):
        return self.origin

    def follow(self, steps):
        before = sum(self.rates.values())
        self.rates = {lane: parts[0][1] for lane, parts in steps.items()}
        if sum(self.rates.values()) > before:
            self.step_at = self.t
        else:
            self.down_at = self.t

    def stop(self):
        self.rates = {}

    def close(self):
        self.rates = {}

    def wait(self):
        late = sorted(r.lateness * 1000 for r in self.rows) or [0.0]
        return LoadResult(LoadSummary(
            origin=(BEGIN + timedelta(seconds=self.origin - MONO)).isoformat(), origin_monotonic=self.origin, seconds=self.monotonic() - self.origin,
            intended=len(self.rows), sent=len(self.rows), dropped=0, late=0, lateness_p50_milliseconds=late[len(late) // 2],
            lateness_p99_milliseconds=late[int(len(late) * 0.99)], lateness_max_milliseconds=late[-1], connections=9, cpu_seconds=1.0, stopped="asked"),
            self.rows)

    # -- time passes ----------------------------------------------------------------------------------------

    def _run(self, seconds):
        for _ in range(round(seconds / STEP)):
            self.t = round(self.t + STEP, 3)
            self._pods()
            self._traffic()
            self._cadvisor()
            if self.t >= self.next_scrape:
                self._scrape()
            if self.t >= self.next_sync:
                self._sync()
            if self.t >= self.next_poll:
                self.next_poll = self.t + 1
                for question, answers in self.polling:
                    question_now(self, question, answers)
            self._mischief()

    def _make_pod(self, at):
        name = f"egov-{HASH}-{self.dice.randrange(16**5):05x}"
        ready = at + self.dice.uniform(2.0, 3.0) if not (self.broken.never_ready and at > 0) else math.inf
        self.pods[name] = Pod(name, f"u-{len(self.pods)}", at, ready, phase=self.dice.uniform(0, self.H))

    def _pods(self):
        alive = [p for p in self.pods.values() if p.leaving is None]
        for _ in range(self.spec - len(alive)):
            self._make_pod(self.t)
        for pod in sorted(alive, key=lambda p: p.created)[self.spec:]:
            pod.leaving = self.t
        changed = False
        for pod in self.pods.values():
            if pod.leaving is not None and pod.gone is None and self.t > pod.leaving + 6:
                pod.gone = self.t
                self._tell(self.pod(pod), "DELETED")
            word = f"{self.t >= pod.created + 0.8}{self._ready(pod)}{pod.leaving is not None}"
            if word != pod.told and pod.gone is None:
                self._tell(self.pod(pod), "MODIFIED" if pod.told else "ADDED")
                pod.told, changed = word, True
            if self._ready(pod) and self.t > pod.ready_at + 3 and not (self.broken.apm_forgets and pod.created > 0):
                self.instances[pod.name] = self.stamp()
        if changed:
            self._tell(self.slice())

    def _traffic(self):
        serving = [p for p in self.pods.values() if p.gone is None and self.t >= p.ready_at and (p.leaving is None or self.t < p.leaving + 0.2)]
        for lane, rate in self.rates.items():
            self.acc[lane] += rate * STEP
            while self.acc[lane] >= 1:
                self.acc[lane] -= 1
                self._request(lane, serving)
        if self.origin is not None and round(self.t % 1, 3) == 0 and self.rates:
            count = round(sum(self.rates.values()))
            self.ticks.append(Tick(second=len(self.ticks), offered=count, answered=count, ok=count, in_flight=0, p99_milliseconds=9.0))

    def _request(self, lane, serving):
        at = self.monotonic() - self.origin - self.dice.uniform(0, STEP)
        sent = at + self.dice.uniform(0, self.broken.late_ms / 1000)
        number = self.sent[lane] = self.sent.get(lane, -1) + 1
        old = [p for p in serving if not (self.broken.new_pods_silent and p.created > 0)]
        pod = self.dice.choice(old) if old else None
        status, error = 200, ""
        if self.broken.unreachable and self.step_at is not None and number % 4:
            pod = None
        if pod is None:
            status, error = 0, "refused"
        elif pod.leaving is not None and self.broken.leavers_reset:
            status, error = 0, "reset"
        elif self.t < pod.ready_at + self.broken.new_pods_fail and pod.created > 0:
            status = 500
        if pod is not None:
            pod.used += COST
        done = sent + self.broken.slow_ms / 1000 * self.dice.uniform(0.8, 1.3)
        self.rows.append(Row(lane, number, round(at, 6), round(sent, 6), round(done, 6), status, error, "naver" if status else "",
                             pod.name if pod and status else "", "8.9.csap-999" if status else "", lane == "keepalive"))

    def _cadvisor(self):
        for pod in self.pods.values():
            if pod.gone is None and self.t >= pod.created + 0.8:
                pod.used += IDLE * STEP
                due = pod.phase + self.H * math.floor((self.t - pod.phase) / self.H)
                if not pod.samples or pod.samples[-1][0] < due:
                    pod.samples = [*pod.samples[-5:], (self.t if not pod.samples else due, pod.used)]

    def _metrics_down(self):
        return self.broken.metrics_never or (self.step_at is not None and self.t > self.step_at + self.broken.metrics_down_at)

    def _scrape(self):
        self.next_scrape += self.M
        if self._metrics_down():
            return
        for pod in self.pods.values():
            if pod.gone is not None:
                self.metrics.pop(pod.name, None)
            elif pod.samples and (pod.name not in self.stamped or self.stamped[pod.name][0] < pod.samples[-1][0]):
                last = self.stamped.get(pod.name)
                at, used = pod.samples[-1]
                if last is not None:
                    self.metrics[pod.name] = (at, at - last[0], (used - last[1]) / (at - last[0]))
                self.stamped[pod.name] = (at, used)

    def metrics_answer(self):
        return {"items": [{"metadata": {"name": name}, "timestamp": (BEGIN + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ"), "window": f"{window:.3f}s",
                           "containers": [{"name": "egov", "usage": {"cpu": f"{round(cpu * 1e9)}n"}}]} for name, (at, window, cpu) in self.metrics.items()]}

    def _sync(self):
        self.next_sync += self.S
        if self._metrics_down() or not self.broken.request:
            self._active("False", "FailedGetResourceMetric", "unable to get metrics for resource cpu: the server is currently unable to handle the request")
            return
        ready = [p for p in self.pods.values() if self._ready(p) and p.name in self.metrics and self.metrics[p.name][0] - self.metrics[p.name][1] >= p.ready_at]
        if not ready or self.broken.hpa_deaf:
            return
        one = self.broken.target / 100 * float(self.broken.request.removesuffix("m")) / 1000
        ratio = sum(self.metrics[p.name][2] for p in ready) / len(ready) / one
        young = self.spec - len(ready)
        wanted = self.spec if 0.9 <= ratio <= 1.1 or (ratio > 1 and young) else math.ceil(ratio * len(ready) - 1e-9)
        if self.broken.extra_at_hold and wanted > self.broken.low:
            wanted += 2
        self._decide(wanted)

    def _decide(self, wanted):
        high, low = self.broken.high, self.broken.low
        limited = wanted > high
        self.conditions[2] = {"type": "ScalingLimited", "status": "True" if limited else "False",
                              "reason": "TooManyReplicas" if limited else "DesiredWithinRange", "message": ""}
        wanted = min(high, max(low, wanted, 1))
        window = self.window if self.broken.own_window is None else self.broken.own_window
        self.recommendations = [(at, n) for at, n in self.recommendations if at > self.t - window] + [(self.t, wanted)]
        held = max(n for _, n in self.recommendations)
        wanted = held if wanted < self.spec else wanted
        if self.broken.stuck_up and wanted < self.spec:
            return
        wanted = min(wanted, max(2 * self.spec, 4))
        if wanted != self.spec:
            self._scale(wanted, "kube-controller-manager", "scale")

    def _scale(self, count, manager, subresource, *, hpa=True):
        self.spec = count
        if hpa:
            self.desired, self.scaled_at = count, self.stamp()
            self._tell(self.hpa())
            self._tell({"apiVersion": "v1", "kind": "Event", "metadata": {"name": f"egov.{self.version}", "namespace": "khan", "uid": f"e-{self.version}"},
                        "involvedObject": {"kind": "HorizontalPodAutoscaler", "name": "egov"}, "reason": "SuccessfulRescale", "type": "Normal",
                        "message": f"New size: {count}; reason: cpu resource utilization (percentage of request) above target"})
        self.managed = [m for m in self.managed if "f:replicas" not in m["fieldsV1"]["f:spec"]]
        self.managed.append({"manager": manager, "operation": "Update", "subresource": subresource, "time": self.stamp(), "fieldsV1": {"f:spec": {"f:replicas": {}}}})
        self._tell(self.deployment())

    def _active(self, status, reason, message):
        if self.conditions[1]["status"] != status:
            self.conditions[1] = {"type": "ScalingActive", "status": status, "reason": reason, "message": message}
            self._tell(self.hpa())

    def _mischief(self):
        if self.step_at is None:
            if self.broken.jumps and self.origin is not None and self.spec == self.broken.low and self.monotonic() > self.origin + 5:
                self._scale(self.broken.low + 1, "kube-controller-manager", "scale")
            return
        since = round(self.t - self.step_at, 3)
        if self.broken.writer and since == 5.0:
            self._scale(self.spec + 1, self.broken.writer, "scale", hpa=False)
        if self.broken.thrash and since > 10 and since % 12 < STEP and self.down_at is None:
            self._scale(4 if self.spec != 4 else 3, "kube-controller-manager", "scale")
        if self.broken.early_drop and self.down_at is not None and round(self.t - self.down_at, 3) == 2.0:
            self._scale(self.broken.low, "kube-controller-manager", "scale")
        if self.broken.gap and since == 8.0:
            self.samples.append(Sample(self.now().isoformat(), self.monotonic(), "GAP", {"kind": "HorizontalPodAutoscaler", "seconds": 4.0}))


def question_now(world, question, answers):
    """One answer of a poll."""
    if question == "metrics" and world._metrics_down():
        found = SimpleNamespace(mono=world.monotonic(), answer=None, fault="metrics.k8s.io: the server is currently unable to handle the request")
    else:
        answer = {"metrics": world.metrics_answer, "host": lambda: (40.0, 1.5), "scale": world.deployment,
                  "apm": lambda: [{"app": "egov", "cloud": "naver", "pod": p, "last_seen": s} for p, s in world.instances.items()]}[question]()
        found = SimpleNamespace(mono=world.monotonic(), answer=answer, fault="")
    answers.append(found)


class WorldRecorder:
    """The recorder's face of a world."""

    def __init__(self, world):
        self.world = world

    def begin(self, namespace, kinds=()):
        self.world.begin()

    @property
    def samples(self):
        return self.world.samples

    def stop(self):
        self.world.stop_recording()

    def save(self, folder, prefix):
        from naru.steps.evidence_writing import json_lines, write_raw_file

        return (write_raw_file(folder, f"{prefix}/samples.jsonl.gz", json_lines(s.plain() for s in self.samples)),), {"samples": len(self.samples)}


def site_of(world):
    """A ScalingSite of this world."""
    from naru.steps.scaling_ports import ScalingSite

    return ScalingSite(cluster=world, clock=world, load=world, recorder=lambda: WorldRecorder(world), metrics=lambda _s: world.poll("metrics"),
                       scale=lambda: world.poll("scale"), apm=lambda: world.poll("apm"), host=lambda: world.poll("host"))
