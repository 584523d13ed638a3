"""A small world that scales: pods, cAdvisor, metrics-server, HPA and traffic, driven by a clock that tests move.

`Broken` says what is wrong with it.
"""

import math
import random
from datetime import timedelta
from types import SimpleNamespace

from fakes.scaling_broken import BEGIN, COST, HASH, MONO, STEP, Broken, Pod
from fakes.scaling_cluster import ClusterFace
from fakes.scaling_control import ControlLoop
from naru.model.load import LoadResult, LoadSummary, Row, Tick
from naru.model.samples import Sample


class World(ClusterFace, ControlLoop):
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
