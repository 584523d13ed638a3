"""Synthetic drills: rows at fixed rates, a fault that hits one cloud, directors that notice it after a while."""

from dataclasses import dataclass, field

from naru.core.failover_samples import DIRECT, Drill, FaultRun, StateChange, Stretch
from naru.model.load import Row

CLOUDS = ("naver", "ktcloud", "cocktail")


def row(lane, at, cloud="", error="", status=None, latency=0.01, pod="p"):
    return Row(lane, 0, at, at + 0.001, at + latency, 200 if status is None and not error else status or 0, error, cloud, pod, "v", False)


@dataclass
class Story:
    """A drill in which `lost` fails from `effect` on and is taken out at `detect`; nothing is re-dispatched unless said."""

    fault: str = "scale-to-zero"
    lost: str = "naver"
    sent: float = 30.0
    effect: float = 30.5
    detect: float | None = 32.0
    undo: float = 60.0
    ready: float | None = 65.0
    up: float = 67.0
    ended: float = 90.0
    redispatch: bool = False
    errors_after_detect: bool = False
    survivors_fail: bool = False
    failback_errors: int = 0
    extra_changes: list = field(default_factory=list)
    share_after: bool = True
    latency_after: float = 0.01
    rate: int = 15

    def cloud_at(self, number, at):
        out = self.detect is not None and self.detect <= at < (self.up if self.share_after else self.ended + 1)
        alive = [cloud for cloud in CLOUDS if not (out and cloud == self.lost)]
        return alive[number % len(alive)]

    def answer(self, lane, number, at):
        cloud = self.cloud_at(number, at)
        down = self.effect <= at < (self.ready or self.ended)
        if cloud == self.lost and down:
            if self.redispatch:
                return row(lane, at, "ktcloud")
            return row(lane, at, error="closed")
        if self.errors_after_detect and down and number % 7 == 0:
            return row(lane, at, error="closed")
        late = self.latency_after if down and self.survivors_fail else 0.01
        return row(lane, at, cloud, latency=late)

    def rows(self):
        found = []
        for step in range(int(self.ended * self.rate)):
            at = step / self.rate
            found += [self.answer(lane, step, at) for lane in ("new", "keepalive")]
            if step % 2 == 0:
                found += [self.direct(cloud, at) for cloud in CLOUDS]
        for number in range(self.failback_errors):
            found.append(row("new", self.up + 0.5 + number * 0.01, error="reset"))
        return tuple(found)

    def direct(self, cloud, at):
        down = self.effect <= at < (self.ready or self.ended)
        if cloud == self.lost and down:
            return row(DIRECT + cloud, at, error="refused")
        if self.survivors_fail and cloud != self.lost and down and int(at * 10) % 3 == 0:
            return row(DIRECT + cloud, at, error="timeout")
        return row(DIRECT + cloud, at, cloud)

    def changes(self):
        found = []
        if self.detect is not None:
            found.append(StateChange(self.detect, "http", self.lost, False, "refused", self.detect - 0.001))
            found.append(StateChange(self.up, "http", self.lost, True, "passed", self.up - 0.001))
        return tuple(found + self.extra_changes)

    def run(self):
        return FaultRun(self.fault, (self.lost,), self.sent, self.sent + 0.2, self.undo, self.undo + 0.2, self.ended, ready=self.ready,
                        ready_pods=2 if self.ready else 0, minimum_pods=2, breakage="0 ready endpoints.")

    def drill(self, **more):
        return Drill(
            rows=self.rows(), changes=self.changes(), faults=(self.run(),),
            stretches=(Stretch("steady", 0, 10), Stretch("control", 10, 20), Stretch("blip", 20, 28, "cocktail", 0.4)),
            weights=dict.fromkeys(CLOUDS, 100.0), ended=self.ended, **more,
        )
