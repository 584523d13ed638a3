"""What a promotion meets beside Git, in memory: registries, clusters, a release folder, a clock."""

from __future__ import annotations

from datetime import timedelta

from fakes import proven
from naru.errors import Missing, OutsideDown
from naru.model.promotion import LiveImage
from naru.model.record import Document, content_hash
from naru.model.words import Verdict
from naru.steps.promotion_ports import RolloutSeen


class FakeRegistry:
    """Tags → digests; `down` says no, `lies` answers other digests."""

    def __init__(self):
        self.tags: dict[tuple[str, str], str] = {}
        self.digests: set[str] = set()
        self.down = False
        self.copies = 0

    def digest_of(self, image):
        if self.down:
            raise OutsideDown("The registry did not answer.")
        return self.tags.get((image.repository, image.tag))

    def has(self, image):
        if self.down:
            raise OutsideDown("The registry did not answer.")
        return image.digest in self.digests

    def put(self, image):
        self.tags[(image.repository, image.tag)] = image.digest
        self.digests.add(image.digest)

    def copy_image(self, image):
        if self.down:
            raise OutsideDown("The registry did not answer.")
        self.copies += 1
        self.put(image)
        return image.digest


class FakeCluster:
    """Runs what it was last told to; `verdicts` are the answers of the next roll-outs."""

    def __init__(self, name):
        self.name = name
        self.identity = f"uid-{name}"
        self.running = ("", b"", {})
        self.verdicts: list[Verdict] = []
        self.down = False
        self.refusals: tuple[str, ...] = ()
        self.applied: list[str] = []
        self.live_digest = ""

    def uid(self):
        self._answer()
        return self.identity

    def expected_uid(self):
        return f"uid-{self.name}"

    def dry_run(self, rendered):
        return self.refusals

    def runs(self, wanted):
        self._answer()
        same = self.running[:2] == (wanted.version, wanted.rendered) and not getattr(self, "broken", False)
        return same, self._live()

    def roll_out(self, wanted):
        self._answer()
        self.running = (wanted.version, wanted.rendered, dict(wanted.images))
        self.applied.append(wanted.version)
        verdict = self.verdicts.pop(0) if self.verdicts else Verdict.passed
        self.broken = verdict is not Verdict.passed
        return RolloutSeen(verdict, "Pod egov-1 crashed." if verdict is Verdict.failed else "All is well.", self._live())

    def clear_cloud(self, rendered):
        self._answer()
        self.running = ("", b"", {})
        self.broken = False

    def _live(self):
        return tuple(LiveImage(workload=name, container=name, digest=self.live_digest or digest)
                     for name, digest in self.running[2].items())

    def _answer(self):
        if self.down:
            raise OutsideDown(f"The cluster of {self.name} did not answer within 5 s.")


class FakeFolder:
    """A release folder in memory."""

    def __init__(self):
        self.documents: dict[str, Document] = {}
        self.raw: dict[str, bytes] = {}

    def read(self, kind, name):
        if name not in self.documents:
            raise Missing(f"{name} is not there.")
        return self.documents[name]

    def find(self, kind, name):
        return self.documents.get(name)

    def write(self, document, name):
        old = self.documents.get(name)
        if old is not None and content_hash(old) == content_hash(document):
            return False
        self.documents[name] = document
        return True

    def read_raw(self, name):
        if name not in self.raw:
            raise Missing(f"{name} is not there.")
        return self.raw[name]

    def write_raw(self, name, data):
        self.raw[name] = data


class FakeClock:
    """Stands still unless slept with."""

    def __init__(self, now=proven.NOW):
        self.time = now
        self.slept = 0.0

    def now(self):
        return self.time

    def monotonic(self):
        return self.time.timestamp()

    def sleep(self, seconds):
        self.slept += seconds
        self.time += timedelta(seconds=seconds)

    def wait(self, event, seconds):
        self.sleep(seconds)
        return event.is_set()
