"""The drill: steady state, control run, blip, then each fault with its undo and fail-back; gives what was recorded.

Every fault is undone on success, failure, Ctrl-C and SIGTERM alike; what a SIGKILL leaves stands in the fault journal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from naru.core.failover_faults import Fault, Loss, lost_clouds
from naru.core.failover_live import live_line
from naru.core.failover_marks import SUCCESS
from naru.core.failover_plan import Timings, blip_seconds, hold_seconds, watch_after_blip
from naru.core.failover_rpo import own_writes
from naru.core.failover_samples import BACK, DIRECT, LOST, Drill, FaultRun, StateChange, StoreReading, Stretch
from naru.errors import NaruError, OutsideDown
from naru.model.cloud import FailoverLimits, GslbRules
from naru.model.failover import FaultEntry, Reading
from naru.model.load import LoadPlan, Tick
from naru.steps.effects import Effects
from naru.steps.failover_ports import FaultPort, Load, RunningLoad, Shield, Site, Stores
from naru.steps.ports import Clock, Task

LOOK_SECONDS = 0.25
HEALTHY_SECONDS = 30.0
STORE_SECONDS = 15.0
"""A cloud's store may come back this much later than the proven app."""


@dataclass(frozen=True)
class DrillPlan:
    """What is drilled."""

    faults: tuple[Fault, ...]
    clouds: tuple[str, ...]
    weights: dict[str, float]
    rules: GslbRules
    limits: FailoverLimits
    timings: Timings
    load: LoadPlan
    blip_fault: str = "node-pause"
    writer: str = ""
    """Mark of this drill's numbered writes."""


@dataclass
class Parts:
    """The outside of the drill."""

    site: Site
    faults: FaultPort
    load: Load
    effects: Effects
    clock: Clock
    shield: Shield
    task: Task
    on_tick: Callable[[Tick], None] | None = None
    stores: Stores | None = None
    """Where numbered writes go; None where the product keeps nothing."""


@dataclass
class Notes:
    """What the drill itself writes down while it runs."""

    origin: float = 0
    stretches: list[Stretch] = field(default_factory=list)
    runs: list[FaultRun] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)
    stores: list[StoreReading] = field(default_factory=list)
    now: str = ""


class DrillRunner:
    """One drill, from the first request to the last."""

    def __init__(self, plan: DrillPlan, parts: Parts) -> None:
        self.plan = plan
        self.parts = parts
        self.notes = Notes()

    def run(self) -> Drill:
        """The whole drill; raises what stops it, after every fault was taken back."""
        load = self.parts.load.start(self.plan.load, self._on_tick)
        try:
            self.notes.origin = load.origin_monotonic
            self._all_parts()
            load.stop()
            return self._drill(load)
        finally:
            self._take_back()
            load.close()

    def _all_parts(self) -> None:
        """Nothing is injected before the clouds are healthy and the steady state is good: it would prove nothing."""
        timings, rules = self.plan.timings, self.plan.rules
        self._say("waiting until every cloud is healthy")
        healthy = self._until(self._all_up, HEALTHY_SECONDS)
        self._stretch("steady", timings.steady)
        if not healthy or self._down() or not self._steady():
            return
        self._stretch("control", timings.control)
        self._blip(blip_seconds(rules), watch_after_blip(rules))
        for turn, fault in enumerate(self.plan.faults):
            self._fault(fault, lost_clouds(fault, self.plan.clouds, turn))

    def _steady(self) -> bool:
        """99.9 % good answers in the seconds of the steady state, all lanes counted."""
        part = self.notes.stretches[-1]
        ticks = [tick for tick in self.notes.ticks if part.begin + 1 <= tick.second < part.end]
        return sum(t.ok for t in ticks) >= SUCCESS * sum(t.answered for t in ticks) > 0

    def _stretch(self, name: str, seconds: float) -> None:
        self._say(f"{name} run")
        begin = self._now()
        self._sleep(seconds)
        self.notes.stretches.append(Stretch(name, begin, self._now()))

    def _blip(self, seconds: float, watch: float) -> None:
        cloud = self.plan.clouds[-1]
        self._say(f"blip of {seconds:.2g} s in {cloud}")
        begin = self._now()
        self.parts.effects.perform("blip", cloud, lambda: self.parts.faults.blip(self.plan.blip_fault, cloud, seconds))
        self._sleep(watch)
        self.notes.stretches.append(Stretch("blip", begin, self._now(), cloud, seconds))

    def _fault(self, fault: Fault, clouds: Sequence[str]) -> None:
        self._say(f"{fault.name} in {', '.join(clouds)}")
        before = {cloud: self._minimum(cloud) for cloud in clouds}
        sent = self._now()
        entries = [self._inject(fault, cloud) for cloud in clouds]
        acknowledged = self._now()
        self._sleep(hold_seconds(fault, self.plan.rules, self.plan.timings) - (self._now() - sent))
        self._ask_stores(LOST, [cloud for cloud in self.plan.clouds if cloud not in clouds])
        breakage = " ".join(text for text in map(self.parts.faults.breakage, entries) if text)
        self._say(f"{fault.name}: taking it back")
        undo_sent = self._now()
        for entry in entries:
            self._undo(entry)
        run = FaultRun(fault.name, tuple(clouds), sent, acknowledged, undo_sent, self._now(), self._now(), breakage=breakage,
                       minimum_pods=sum(before.values()))
        self.notes.runs.append(self._return(run, entries, fault))

    def _return(self, run: FaultRun, entries: list[FaultEntry], fault: Fault) -> FaultRun:
        """Wait for ready, for the directors, and for the clean seconds; every wait has its deadline."""
        limits = self.plan.limits
        self._say(f"{run.fault}: waiting for {', '.join(run.clouds)} to come back")
        ready = self._now() if self._until(lambda: all(map(self._ready, run.clouds)), limits.restore_seconds) else None
        self._until(self._all_up, limits.failback_seconds)
        restored = [self._settled(entry, 10.0) for entry in entries]
        self._sleep(self.plan.timings.clean)
        self._ask_stores(BACK, self.plan.clouds)
        if fault.loss is Loss.healed and ready is not None:
            ready = min(ready, self._now())
        pods = sum(reading.ready for cloud in run.clouds if (reading := self._reading(cloud)) is not None)
        return replace(run, ready=ready, ended=self._now(), ready_pods=pods, restored=all(restored))

    def _ask_stores(self, moment: str, clouds: Sequence[str]) -> None:
        """Which numbered writes each store holds; one that is not back yet is given a moment, then its silence is noted."""
        if self.parts.stores is None:
            return
        deadline = self._now() + (STORE_SECONDS if moment == BACK else 0)
        for cloud in clouds:
            reading = self._ask_store(self.parts.stores, moment, cloud)
            while reading.trouble and self._now() < deadline:
                self.parts.clock.sleep(1)
                reading = self._ask_store(self.parts.stores, moment, cloud)
            self.notes.stores.append(reading)

    def _ask_store(self, stores: Stores, moment: str, cloud: str) -> StoreReading:
        found: tuple[str, ...] = ()
        trouble = ""
        try:
            found = own_writes(stores.writes(cloud), self.plan.writer)
        except NaruError as error:
            trouble = error.message.rstrip(".")
        return StoreReading(self._now(), len(self.notes.runs), cloud, moment, found, trouble)

    def _inject(self, fault: Fault, cloud: str) -> FaultEntry:
        call = self.parts.faults
        return self.parts.effects.perform("inject-fault", cloud, lambda: call.inject(handler_of(fault), cloud), fault=fault.name)

    def _undo(self, entry: FaultEntry) -> None:
        with self.parts.shield():
            self.parts.effects.perform("undo-fault", entry.cloud, lambda: self.parts.faults.undo(entry), fault=entry.fault)

    def _take_back(self) -> None:
        """Whatever is still on, for whatever reason we are here."""
        with self.parts.shield():
            troubles = self.parts.effects.perform("undo-faults", "all", self.parts.faults.undo_all)
        if troubles:
            raise OutsideDown(f"After the drill: {troubles[0]}", hint="Run ./naru clouds up, which undoes what is left.")

    def _drill(self, load: RunningLoad) -> Drill:
        result = load.wait()
        changes = [
            StateChange(e.mono - self.notes.origin, e.director, e.cloud, e.up, e.reason,
                        None if e.logged is None else e.logged - self.notes.origin)
            for director in (self.parts.site.http, self.parts.site.dns) if director is not None for e in director.events()
        ]
        readings = [replace(reading, at=mono - self.notes.origin) for mono, reading in self.parts.site.watch.readings()]
        return Drill(
            rows=tuple(result.rows), changes=tuple(sorted(changes, key=lambda c: c.at)), faults=tuple(self.notes.runs),
            stretches=tuple(self.notes.stretches), readings=tuple(readings), weights=self.plan.weights,
            dropped=result.summary.dropped, ended=self._now(), stores=tuple(self.notes.stores),
        )

    def _all_up(self) -> bool:
        return not self._down()

    def _down(self) -> list[str]:
        directors = [self.parts.site.http] + ([self.parts.site.dns] if self.parts.site.dns is not None else [])
        return sorted({cloud for director in directors for cloud, up in director.states().items() if not up})

    def _ready(self, cloud: str) -> bool:
        """Its own objects say ready, and its own address answers: after a node's stop the objects are stale for a while."""
        reading = self._reading(cloud)
        answered = bool(self.notes.ticks) and self.notes.ticks[-1].lanes.get(DIRECT + cloud, 0) > 0
        return reading is not None and reading.ready >= max(1, reading.hpa_minimum) and answered

    def _reading(self, cloud: str) -> Reading | None:
        found = self.parts.site.watch.latest(cloud)
        return None if found is None or found[0] < self.parts.clock.monotonic() - 5 else found[1]

    def _minimum(self, cloud: str) -> int:
        reading = self._reading(cloud)
        return 0 if reading is None else reading.hpa_minimum or reading.replicas

    def _settled(self, entry: FaultEntry, seconds: float) -> bool:
        return self._until(lambda: self.parts.faults.settled(entry), seconds)

    def _until(self, true: Callable[[], bool], seconds: float) -> bool:
        deadline = self._now() + seconds
        while not true():
            if self._now() >= deadline:
                return False
            self.parts.clock.sleep(LOOK_SECONDS)
        return True

    def _now(self) -> float:
        return self.parts.clock.monotonic() - self.notes.origin

    def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.parts.clock.sleep(seconds)

    def _say(self, text: str) -> None:
        self.notes.now = text
        self.parts.task.say(text)

    def _on_tick(self, tick: Tick) -> None:
        self.notes.ticks.append(tick)
        self.parts.task.advance(1)
        self.parts.task.say(live_line(tick, self.notes.now, self.plan.clouds))
        if self.parts.on_tick is not None:
            self.parts.on_tick(tick)


def handler_of(fault: Fault) -> str:
    """Faults of several clouds are the simple one, several times."""
    return "scale-to-zero" if fault.clouds > 1 else fault.name
