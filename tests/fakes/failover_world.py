"""Three clouds, two directors, load and faults as values; time passes only when somebody waits."""

from contextlib import contextmanager, nullcontext

from fakes.clock import FakeClock
from fakes.failover_rows import CLOUDS, row
from fakes.proven import cloud, digest, images, key, overlays, release
from fakes.stage import ListLog, Quiet
from naru.core.failover_plan import Timings
from naru.core.failover_samples import DIRECT, WRITER
from naru.edge.release_folder import ReleaseFolder
from naru.errors import OutsideDown
from naru.model.cloud import FailoverLimits, Limits
from naru.model.failover import DirectorEvent, FaultEntry, Reading
from naru.model.load import LoadResult, LoadSummary, Tick
from naru.model.record import Run
from naru.model.words import Profile
from naru.steps.effects import Effects
from naru.steps.verify_failover import FailoverPorts, FailoverRequest

DETECT, READY, UP = 1.5, 4.0, 6.0
RATE = 4


class World(FakeClock):
    """The clock is the world: whoever sleeps lets it go on, second by second."""

    def __init__(self):
        super().__init__()
        self.losses = []
        self.left = []
        self.undone = []
        self.on_tick = None
        self.at_second = {}
        self.redispatch = True
        self.detected = True
        self.comes_back = True
        self.running_digest = digest("egov8.9.csap-999")
        self.labels = {}
        self.late = 0.0
        self.shields = 0
        self.loads = 0
        self.keeps = True
        """A cloud's store survives the loss of its cloud."""
        self.answers_at_store = True
        self.store_back = 0.0
        """Seconds after the undo before which a lost cloud's store does not answer."""

    def sleep(self, seconds):
        end = self.at + seconds
        while int(self.at) < int(end):
            self.at = float(int(self.at) + 1)
            if self.on_tick:
                self.on_tick(self.tick(int(self.at) - 1))
            for call in self.at_second.pop(int(self.at), []):
                call()
        self.at = end

    def tick(self, second):
        lanes = {DIRECT + name: 0 if self.down(name, second + 0.5) else RATE for name in CLOUDS}
        return Tick(second=int(second - self.origin_monotonic), offered=RATE, answered=RATE, ok=RATE, in_flight=0, lanes=lanes)

    def loss(self, name, at):
        return next((one for one in reversed(self.losses) if one["cloud"] == name and one["begin"] <= at), None)

    def down(self, name, at):
        found = self.loss(name, at)
        return found is not None and (found["end"] is None or at < found["end"] + (READY if self.comes_back else 1e9))

    def out(self, name, at):
        found = self.loss(name, at)
        if found is None or not self.detected:
            return False
        return at >= found["begin"] + DETECT and (found["end"] is None or at < found["end"] + (UP if self.comes_back else 1e9))

    # the faults

    def inject(self, fault, name):
        self.losses.append({"cloud": name, "begin": self.at, "end": None, "mine": True})
        return FaultEntry(identity=f"{fault}-{name}", fault=fault, cloud=name, began="now", owner=1, owner_started=1)

    def undo(self, entry):
        self.losses[-1]["end"] = self.losses[-1]["end"] or self.at
        self.undone.append(entry.identity)

    def blip(self, fault, name, seconds):
        self.sleep(seconds)

    def undo_all(self):
        for one in self.losses:
            if one.get("mine"):
                one["end"] = one["end"] or self.at
        return []

    def leftovers(self):
        return list(self.left)

    def undo_leftovers(self):
        done, self.left = self.left, []
        return done

    def settled(self, entry):
        return not self.down(entry.cloud, self.at)

    def breakage(self, entry):
        return "0 ready endpoints."

    # what stands around the app

    @contextmanager
    def site(self):
        yield self

    @property
    def http(self):
        return self

    dns = None
    address, port = "127.0.0.1:18000", 18000

    @property
    def watch(self):
        return self

    def lookup(self):
        return None

    def log(self):
        return ["a line"]

    def events(self):
        found = []
        for one in self.losses if self.detected else []:
            found.append(DirectorEvent(one["begin"] + DETECT, "http", one["cloud"], False, "refused", one["begin"] + DETECT - 0.001))
            if one["end"] is not None and self.comes_back:
                found.append(DirectorEvent(one["end"] + UP, "http", one["cloud"], True, "passed"))
        return [event for event in found if event.mono <= self.at]

    def states(self):
        return {name: not self.out(name, self.at) for name in CLOUDS}

    def readings(self):
        return [(float(second), self.reading(name, second)) for second in range(int(self.at)) for name in CLOUDS]

    def reading(self, name, at):
        return Reading(0, name, replicas=2, ready=0 if self.down(name, at) else 2, hpa_minimum=2, hpa_maximum=6)

    def latest(self, name):
        return self.at, self.reading(name, self.at)

    # the app

    def live_deployment(self):
        image = f"registry.example/khan/egov@{self.running_digest}"
        return {"metadata": {"labels": self.labels}, "spec": {"template": {"spec": {"containers": [{"image": image}]}}}}

    def applications(self):
        return []

    # the load

    origin, origin_monotonic = "2026-11-23T06:00:00Z", 0.0

    def start(self, plan, on_tick=None):
        self.on_tick, self.plan = on_tick, plan
        self.origin_monotonic = self.at
        self.loads += 1
        return self

    def stop(self):
        self.on_tick = None

    def close(self):
        self.on_tick = None

    def wait(self):
        begin, rows = self.origin_monotonic, []
        for step in range(int((self.at - begin) * RATE)):
            at = step / RATE
            rows += [self.answer(lane, step, at, at + begin) for lane in ("new", "keepalive")]
            rows += [row(DIRECT + name, at, name, error="refused" if self.down(name, at + begin) else "") for name in CLOUDS]
        for name in CLOUDS if any(lane.name.startswith(WRITER) for lane in self.plan.lanes) else ():
            rows += [self.write(name, number, begin) for number in range(int(self.at - begin))]
        rows = [each._replace(sent=each.intended + self.late) for each in rows]
        summary = LoadSummary(origin=self.origin, origin_monotonic=begin, seconds=self.at - begin, intended=len(rows), sent=len(rows), dropped=0,
                              late=0, lateness_p50_milliseconds=0, lateness_p99_milliseconds=0, lateness_max_milliseconds=0, connections=1,
                              cpu_seconds=0, stopped="asked")
        return LoadResult(summary, rows)

    def answer(self, lane, step, at, now):
        inside = [name for name in CLOUDS if not self.out(name, now)] or list(CLOUDS)
        name = inside[step % len(inside)]
        if not self.down(name, now):
            return row(lane, at, name)
        alive = [other for other in CLOUDS if not self.down(other, now)]
        return row(lane, at, alive[0]) if self.redispatch and alive else row(lane, at, error="closed")

    # the stores of numbered writes

    def write(self, name, number, begin):
        lost = self.down(name, number + begin)
        return row(WRITER + name, float(number), name, error="refused" if lost else "", status=0 if lost else 202)._replace(number=number)

    def writes(self, name):
        back = max((loss["end"] for loss in self.losses if loss["cloud"] == name and loss["end"] is not None), default=-1e9) + self.store_back
        if not self.answers_at_store or self.down(name, self.at) or self.at < back:
            raise OutsideDown(f"The store of {name} gave no list.")
        begin, mark = self.origin_monotonic, self.mark()
        held = [number for number in range(int(self.at - begin)) if not self.down(name, number + begin)]
        since = max((loss["end"] for loss in self.losses if loss["cloud"] == name and loss["end"] is not None), default=0)
        kept = [number for number in held if self.keeps or number + begin >= since]
        return (*(f"{name}:{mark}-{number}" for number in kept), f"{name}:older-1")

    def mark(self):
        lane = next(lane for lane in self.plan.lanes if lane.name.startswith(WRITER))
        return lane.body.rpartition('"version":"')[2].partition("-")[0]

    # the stage

    @contextmanager
    def shield(self):
        self.shields += 1
        yield

    def ports(self, tmp_path, log=None, *, stores=False):
        folder = ReleaseFolder(tmp_path)
        for document, name in ((release(), "release.json"), (images(), "images.json"), (overlays(), "overlays.json")):
            folder.write(document, name)
        return FailoverPorts(
            folder=folder, site=self.site, apps=dict.fromkeys(CLOUDS, self), faults=self, load=self,
            effects=Effects(log or ListLog(), self, stage="verify_failover"), clock=self, progress=Quiet(), shield=self.shield,
            plots=self, private_key=lambda: key("signer"), lock=lambda _doing: nullcontext(),
            run=lambda started: Run(started=started, finished=started, host="h", naru_version="1"), profile=lambda: Profile.fast, stores=self if stores else None,
        )

    def svg(self, figure):
        self.figure = figure
        return b"<svg/>"


def request(faults, *, apm=None, **changes):
    limits = Limits(failover=FailoverLimits(requests_per_second=15))
    return FailoverRequest(tuple(cloud(name, limits=limits, apm_app=apm) for name in CLOUDS), faults, Timings(), with_dns=False, **changes)
