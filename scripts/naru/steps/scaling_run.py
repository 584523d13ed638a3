"""One measurement of the scaling proof: settle, baseline with calibration, step, hold, step down; recorded throughout.

Nothing is judged here but whether the next part may begin (core/scaling_progress.py); send times never depend on it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from naru.core.scaling_aim import aim_step, base_rate, clean_idle, latest_cores, mean_cores
from naru.core.scaling_entry import entry_checks
from naru.core.scaling_objects import cpu_target, is_ready, moment_of, replica_range, request_cores
from naru.core.scaling_phases import decide_limit
from naru.core.scaling_polls import apm_poll, host_poll, metric_poll, scale_writers
from naru.core.scaling_progress import (
    Lengths,
    back_at_minimum,
    decision_missed,
    lengths_of,
    live_line,
    readings_settled,
    stands_still,
    window_of,
)
from naru.core.scaling_record import Aim, Marks, MetricPoll, ScalingRun
from naru.core.scaling_second import second_aim
from naru.core.scaling_timeline import Timeline, timeline_of
from naru.core.scaling_timing import act_seconds, profile_of
from naru.model.cloud import CloudConfig
from naru.model.evidence import Check
from naru.model.load import Lane, LoadPlan, LoadResult, LoadStep
from naru.model.words import Verdict
from naru.steps.effects import Effects
from naru.steps.ports import Task
from naru.steps.recorder import Recorder
from naru.steps.scaling_entry import entry_objects, hpa_of, selector_of, timing_from
from naru.steps.scaling_ports import Polls, RunningLoad, ScalingSite

TICK_SECONDS = 0.5
KINDS = (("apps/v1", "Deployment"), ("apps/v1", "ReplicaSet"), ("v1", "Pod"), ("v1", "Event"),
         ("discovery.k8s.io/v1", "EndpointSlice"),
         ("autoscaling/v2", "HorizontalPodAutoscaler"))
TRANSIENT = {"at_minimum", "metrics_fresh", "hpa_ready"}
"""Entry checks that may come right by waiting."""
LANES = (("new", 0.7), ("keepalive", 0.3))
"""Share of the rate that each kind of connection carries."""
KEPT_REQUESTS = 5
"""Requests of a kept-alive connection. kube-proxy picks a pod per connection: 25 in a row on one pod made the readings of pods
under an even load differ by a quarter, and the HPA followed that."""


class ScalingMeasurement:
    """Runs once; `run` holds what was recorded so far, `recorder` what the watches saw."""

    def __init__(self, site: ScalingSite, cloud: CloudConfig, effects: Effects, task: Task,
                 first: ScalingRun | None = None) -> None:
        """`first` is a measurement that was not good enough; this one aims by what it showed."""
        self.known = second_aim(first, cloud.limits.scaling.most_requests_per_second) if first is not None else None
        self.site, self.cloud, self.effects, self.task = site, cloud, effects, task
        self.app = cloud.app(cloud.proven_app)
        self.limits = cloud.limits.scaling
        self.recorder: Recorder = site.recorder()
        hpa = hpa_of(site.cluster, cloud)
        timing = timing_from(site)
        self.profile = profile_of(timing)
        self.lengths: Lengths = lengths_of(self.profile, timing, self.limits, window_of(hpa, timing))
        self.epoch = site.clock.now().timestamp() - site.clock.monotonic()
        entry = entry_objects(site.cluster, cloud, hpa["metadata"]["name"])
        self.metrics = site.metrics(selector_of(entry["deployment"]))
        self.scale = site.scale()
        self.apm = site.apm() if site.apm else None
        self.host = site.host()
        self.run = ScalingRun(
            cloud=cloud.name, namespace=cloud.namespace, deployment=self.app.deployment, hpa=hpa["metadata"]["name"],
            profile=str(self.profile), timing=timing, hold_seconds=self.lengths.hold, marks=Marks(quiet=self._now()),
            entry=entry,
            aim=None, stopped="", apm_expected=self.apm is not None,
        )
        self._load: RunningLoad | None = None
        self._replicas: list[int] = []
        self._second = -1

    def measure(self) -> ScalingRun:
        """The whole run; what was recorded is complete even where it ends early. Raises what the outside raises."""
        self.recorder.begin(self.cloud.namespace, KINDS)
        for polls in self._polls():
            polls.begin()
        result: LoadResult | None = None
        try:
            if self._settle():
                result = self._under_load()
        finally:
            if self._load is not None:
                self._load.close()
            for polls in self._polls():
                polls.stop()
            self.recorder.stop()
        if self.run.marks.end is None:
            self._mark(end=self._now())
        self._collect()
        if result is not None:
            self.run = replace(self.run, load=result.summary, rows=result.rows)
        return self.run

    # -- parts -----------------------------------------------------------------------------------------------

    def _settle(self) -> bool:
        """Wait until the entry checks hold and replicas have stood still; False where they never will."""
        self.task.say("waiting for the replicas to stand at their minimum")
        deadline = self._now() + self.lengths.settle
        while True:
            self._wait()
            entry = entry_objects(self.site.cluster, self.cloud, self.run.hpa)
            newest = [poll for poll in self._metric_polls()[-1:] if poll.pods or poll.fault]
            stamp = self.site.clock.now()
            self.run = replace(self.run, entry={**entry, "at": stamp.isoformat()}, metrics=tuple(newest))
            failed = [check for check in entry_checks(self.run) if check.verdict is not Verdict.passed]
            if not failed and self._quiet_for(entry, stamp.timestamp()) >= self.lengths.quiet:
                return True
            if any(check.name not in TRANSIENT for check in failed) or self._now() > deadline:
                return not failed
            self._show_wait(failed)

    def _quiet_for(self, entry: dict[str, Any], now: float) -> float:
        """Seconds since the HPA last scaled or a pod last became ready."""
        times = [moment_of((entry["hpa"].get("status") or {}).get("lastScaleTime", ""))]
        for pod in entry["pods"]:
            times += [moment_of(c.get("lastTransitionTime",
                                      "")) for c in (pod.get("status") or {}).get("conditions") or [] if c.get("type") == "Ready"]
        return now - max(times)

    def _under_load(self) -> LoadResult:
        entry = self.run.entry
        low, _ = replica_range(entry["hpa"])
        rate = self.known.base_rate if self.known else base_rate(self._target(), low, self.limits.most_requests_per_second)
        pods = {pod["metadata"]["name"] for pod in entry["pods"] if is_ready(pod)}
        idle = self._idle(pods, rate)
        load = self._start_load(rate)
        self._mark(baseline=load.origin_monotonic)
        aim = self._calibrate(pods, idle or 0.0, rate)
        if aim is None:
            self.run = replace(self.run, stopped="calibration found no CPU that follows the load")
        else:
            self.run = replace(self.run, aim=aim)
            self._step(aim)
        self._mark(end=self._now())
        load.stop()
        return load.wait()

    def _idle(self, pods: set[str], rate: float) -> float | None:
        """CPU of one pod without load; a reading that a start or an earlier load may be in is waited out."""
        cores = latest_cores(self._metric_polls(), pods)
        if self.known is not None or cores is None or cores <= clean_idle(rate, len(pods)):
            return cores
        self.task.say("waiting for a CPU reading without load")
        begin = self._now()
        while self._now() - begin < self.lengths.calibrate:
            self._wait()
            fresh = mean_cores(self._metric_polls(), begin, self._now(), self.epoch, pods=pods)
            if fresh is not None:
                return fresh
        return cores

    def _target(self) -> float:
        """CPU of one pod at the HPA's target, cores."""
        return (cpu_target(self.run.entry["hpa"]) or 0) * request_cores(self.run.entry["deployment"])

    def _calibrate(self, pods: set[str], idle: float, rate: float) -> Aim | None:
        self.task.say(f"baseline of {rate:g} requests/s, calibrating")
        begin = self._now()
        while self._now() - begin < self.lengths.calibrate:
            self._wait("baseline")
            if self._now() - begin < self.lengths.baseline:
                continue
            if self.known is not None:
                return self.known
            loaded = mean_cores(self._metric_polls(), begin, self._now(), self.epoch, pods=pods)
            if loaded is not None and (aim := self._aim(idle, loaded, rate)) is not None:
                return aim
        return None

    def _aim(self, idle: float, loaded: float, rate: float) -> Aim | None:
        low, high = replica_range(self.run.entry["hpa"])
        return aim_step(idle=idle, loaded=loaded, rate=rate, pods=low, low=low, high=high, target_cores=self._target(),
                        most=self.limits.most_requests_per_second)

    def _step(self, aim: Aim) -> None:
        self.task.say(f"step to {aim.step_rate:g} requests/s, aimed at {aim.replicas} pods")
        self._follow(aim.step_rate)
        begin = self._now()
        self._mark(step=begin)
        limit = decide_limit(replace(self.run, metrics=tuple(self._metric_polls())), self.limits.decide_seconds)
        while self._now() - begin < self.lengths.rise:
            self._wait("step")
            line = self._timeline()
            if decision_missed(line, self._now(), begin, limit):
                return
            if stands_still(line, self._now(), begin, self.lengths.hold) and self._settled(line, begin):
                break
        self._down(aim)

    def _settled(self, line: Timeline, begin: float) -> bool:
        return readings_settled(line, self._metric_polls(), self._now(), begin, self.epoch, act=act_seconds(self.run.timing))

    def _down(self, aim: Aim) -> None:
        self.task.say(f"back to {aim.base_rate:g} requests/s, waiting for the scale-down")
        self._follow(aim.base_rate)
        begin = self._now()
        self._mark(down=begin)
        low, _ = replica_range(self.run.entry["hpa"])
        while self._now() - begin < self.lengths.fall:
            self._wait("scale-down")
            if back_at_minimum(self._timeline(), self._now(), low):
                return

    # -- load ------------------------------------------------------------------------------------------------

    def _start_load(self, rate: float) -> RunningLoad:
        plan = load_plan(self.cloud, rate, self._longest())
        self._load = self.effects.perform("start-load", plan.lanes[0].url, partial(self.site.load.start, plan), rate=rate)
        return self._load

    def _follow(self, rate: float) -> None:
        assert self._load is not None
        self._load.follow({name: [(self._longest(), rate * share)] for name, share in LANES})

    def _longest(self) -> float:
        """No part outlasts this, so the load stops by itself."""
        return self.lengths.calibrate + self.lengths.rise + self.lengths.fall + 30

    # -- recording -------------------------------------------------------------------------------------------

    def _polls(self) -> list[Polls]:
        return [self.metrics, self.scale, self.host, *([self.apm] if self.apm else [])]

    def _metric_polls(self) -> list[MetricPoll]:
        return [metric_poll(found.mono, found.answer, found.fault) for found in self.metrics.answers]

    def _timeline(self) -> Timeline:
        return timeline_of(replace(self.run, watch=tuple(self.recorder.samples), rows=()))

    def _collect(self) -> None:
        writers = [writer for found in self.scale.answers for writer in scale_writers(found.mono, found.answer)]
        apm = [apm_poll(found.mono, found.answer, found.fault,
                        app=self.app.name) for found in (self.apm.answers if self.apm else [])]
        host = [poll for found in self.host.answers for poll in host_poll(found.mono, found.answer)]
        first = self.run.metrics[:1]
        later = [poll for poll in self._metric_polls() if not first or poll.mono > first[0].mono]
        self.run = replace(self.run, watch=tuple(self.recorder.samples), metrics=(*first, *later), writers=tuple(writers),
                           apm=tuple(apm), host=tuple(host))

    def _mark(self, **marks: float) -> None:
        self.run = replace(self.run, marks=replace(self.run.marks, **{name: round(at, 6) for name, at in marks.items()}))

    def _now(self) -> float:
        return self.site.clock.monotonic()

    def _wait(self, part: str = "") -> None:
        self.site.clock.sleep(TICK_SECONDS)
        ticks = self._load.ticks if self._load is not None else ()
        if not part or not ticks or ticks[-1].second == self._second:
            return
        tick = ticks[-1]
        self._second = tick.second
        line = self._timeline()
        self._replicas.append(line.at(line.ready, self._now()))
        self.task.show(live_line(part, offered=tick.offered, served=tick.ok, p99=tick.p99_milliseconds, replicas=self._replicas,
                                 left=self.lengths.usual - tick.second))
        self.task.advance(1)

    def _show_wait(self, failed: list[Check]) -> None:
        self.task.show(failed[0].sentence if failed else "replicas stand at their minimum")


def load_plan(cloud: CloudConfig, rate: float, seconds: float) -> LoadPlan:
    """Both kinds of connection to the app's home page, or the page that the limits name, on loopback."""
    app = cloud.app(cloud.proven_app)
    path = cloud.limits.scaling.load_path or app.home_path
    marker = app.marker if path == app.home_path else ""
    lanes = tuple(
        Lane(name=name, url=f"http://127.0.0.1:{app.endpoint_port}{path}",
             steps=(LoadStep(seconds=seconds, rate=rate * share),),
             connection="keepalive" if name == "keepalive" else "new", marker=marker, timeout_seconds=5.0,
             requests_per_connection=KEPT_REQUESTS if name == "keepalive" else 0)
        for name, share in LANES
    )
    return LoadPlan(lanes=lanes, max_requests=200_000)
