"""Promotion's outside in memory: a Git remote with compare-and-swap, registries, a renderer, clusters, a folder, effects."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import threading
from contextlib import contextmanager
from datetime import timedelta
from functools import cache

from fakes import proven
from naru.core.gate_facts import Override
from naru.errors import Conflict, Judged, Missing, OutsideDown
from naru.model.promotion import LiveImage
from naru.model.record import Document, content_hash
from naru.model.words import Proof, Verdict
from naru.steps.effects import Effects, no_hook
from naru.steps.gate_reading import PromotePorts, PromoteRequest
from naru.steps.promotion_ports import RenderedCloud, RolloutSeen


@dataclasses.dataclass(frozen=True)
class FakeCommit:
    commit: str
    parents: tuple[str, ...]
    tree: dict[str, bytes]
    author: str
    commit_time: int
    subject: str
    message: str


class FakeRemote:
    """A bare repository: objects, refs, and a compare-and-swap under a lock; `on_push` may decline, lose the answer or interfere."""

    def __init__(self):
        self.objects: dict[str, FakeCommit] = {}
        self.refs: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.lock = threading.Lock()
        self.on_push = lambda ref, new, old: None
        self.after_push = lambda ref, new, old: None
        self.pushes: list[tuple[str, str | None, str | None]] = []

    def swap(self, ref, new, old):
        self.on_push(ref, new, old)
        with self.lock:
            found = self.refs.get(ref)
            if found == new:
                return False
            if found != old:
                raise Conflict(f"{ref} is {found}", found=found)
            self.refs[ref] = new
            self.pushes.append((ref, new, old))
        self.after_push(ref, new, old)
        return True


class FakeRepo:
    """A private copy; sees the remote as of its last fetch."""

    def __init__(self, remote: FakeRemote):
        self.remote = remote
        self.local: dict[str, str] = {}
        self.down = False
        self.fetch()

    def fetch(self):
        if getattr(self, "down", False):
            raise OutsideDown("The config repository did not answer.")
        self.local = dict(self.remote.refs)

    def find(self, ref):
        found = self.local.get(f"refs/heads/{ref}") or self.local.get(ref)
        return found or (ref if ref in self.remote.objects else None)

    def ls_remote(self, *patterns):
        return {ref: oid for ref, oid in self.remote.tags.items() if any(ref.removesuffix("^{}") == pattern for pattern in patterns)}

    def find_file(self, rev, path):
        return self.remote.objects[self.local.get(f"refs/heads/{rev}", rev)].tree.get(path)

    def branches(self):
        return {ref.removeprefix("refs/heads/"): oid for ref, oid in self.local.items() if ref.startswith("refs/heads/")}

    def find_files(self, wanted):
        found = {(rev, path): self.find_file(rev, path) for rev, path in wanted}
        return {pair: data for pair, data in found.items() if data is not None}

    def list_files(self, rev, folder=""):
        tree = self.remote.objects[rev].tree
        return tuple(path for path in tree if path.startswith(folder))

    def is_ancestor(self, old, new):
        return old == new or any(self.is_ancestor(old, parent) for parent in self.remote.objects[new].parents)

    def commit_info(self, commit):
        return self.remote.objects[commit]

    def log_between(self, old, new, *, limit=1000):
        found, todo = [], [new]
        while todo and len(found) < limit:
            commit = todo.pop()
            if commit == old:
                continue
            found.append(self.remote.objects[commit])
            todo += self.remote.objects[commit].parents
        return found

    def write_commit(self, parents, changes, message, *, when, executable=(), tree_of=None, author="Naru <naru@naru.invalid>"):
        start = tree_of or (parents[0] if parents else None)
        tree = dict(self.remote.objects[start].tree) if start else {}
        for path, data in changes.items():
            tree.pop(path, None) if data is None else tree.update({path: data})
        return self._keep(tree, parents, message, when, author)

    def _keep(self, tree, parents, message, when, author):
        text = json.dumps([sorted((path, hashlib.sha256(data).hexdigest()) for path, data in tree.items()), parents, message, when, author])
        oid = hashlib.sha1(text.encode()).hexdigest()
        self.remote.objects[oid] = FakeCommit(oid, tuple(parents), tree, author, when, message.splitlines()[0], message)
        return oid

    def merged_tree(self, ours, theirs):
        left, right = self.remote.objects[ours].tree, self.remote.objects[theirs].tree
        for path in left.keys() & right.keys():
            if path.startswith("conflict") and left[path] != right[path]:
                return None
        return json.dumps({path: data.decode("latin-1") for path, data in {**left, **right}.items()})

    def commit_tree(self, tree, parents, message, *, when):
        plain = {path: text.encode("latin-1") for path, text in json.loads(tree).items()}
        return self._keep(plain, parents, message, when, "Naru <naru@naru.invalid>")

    def push_compare_and_swap(self, ref, new, expected_old):
        return self.remote.swap(ref, new, expected_old)


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


class FakeLog:
    def __init__(self):
        self.entries = []

    def append(self, entry):
        self.entries.append(entry)


class FakeProgress:
    def __init__(self):
        self.lines = []

    @contextmanager
    def task(self, title, total=None):
        yield self

    def advance(self, amount=1):
        pass

    def say(self, text):
        self.lines.append(text)

    def line(self, text):
        self.lines.append(text)

    def detail(self, text):
        pass


def render(version, cloud):
    return f"{cloud} {version}".encode()


def hashes_of(version):
    return {name: hashlib.sha256(render(version, name)).hexdigest() for name in proven.CLOUDS}


@cache
def signed(proof, name, version, commit):
    """The evidence files of one proof; signed once for all worlds."""
    return proven.files(proven.evidence(proof, name, version=version, hashes=hashes_of(version), commit=commit))


class FakeRenderer:
    """Renders what the candidate's tree says for each cloud."""

    def __init__(self, repo):
        self.repo = repo

    def render(self, commit, clouds):
        found = {}
        for cloud in clouds:
            data = self.repo.find_file(commit, f"overlays/{cloud.name}.yaml")
            sha = hashlib.sha256(data).hexdigest()
            found[cloud.name] = RenderedCloud(data, sha, sha, proven.SCOPE)
        return found


class World:
    """Three clouds, one source and one config repository, and releases that were proven."""

    def __init__(self):
        self.config = FakeRemote()
        self.source = FakeRemote()
        self.release_registry = FakeRegistry()
        self.registries = {name: FakeRegistry() for name in proven.CLOUDS}
        self.clusters = {name: FakeCluster(name) for name in proven.CLOUDS}
        self.clock = FakeClock()
        self.log = FakeLog()
        self.product = proven.product()
        self.clouds = tuple(proven.cloud(name, uncovered=proven.COVERED) for name in proven.CLOUDS)
        self.folders = {}
        repo = FakeRepo(self.config)
        self.main = repo.write_commit((), {"README.md": b"config"}, "begin", when=1)
        self.config.refs["refs/heads/main"] = self.main
        self.source_tip = ()

    def prove(self, version=proven.VERSION, **release_changes):
        """Tag, publish and prove a release; its folder holds everything that the stages before wrote."""
        source, config = FakeRepo(self.source), FakeRepo(self.config)
        commit = source.write_commit(self.source_tip, {"v": version.encode()}, f"KAPM-1 {version}", when=2, author="Dev <dev@openmaru.example>")
        self.source_tip = (commit,)
        release = proven.release(version, commit, **release_changes)
        self.source.tags |= {f"refs/tags/{release.tag}": release.tag_object, f"refs/tags/{release.tag}^{{}}": commit}
        images = proven.images(version, commit)
        for image in images.images:
            self.release_registry.put(image)
        tree = {f"overlays/{name}.yaml": render(version, name) for name in proven.CLOUDS}
        candidate = config.write_commit((self.config.refs["refs/heads/main"],), tree, f"candidate {version}", when=3)
        self.config.refs[f"refs/heads/candidate/{version}"] = candidate
        hashes = hashes_of(version)
        folder = FakeFolder()
        folder.documents = {"release.json": release, "images.json": images, "overlays.json": proven.overlays(version, candidate, hashes)}
        for name in proven.CLOUDS:
            for proof in Proof:
                files = signed(proof, name, version, commit)
                base = "evidence/failover" if proof is Proof.failover else f"evidence/{name}.{proof}"
                folder.raw |= {f"{base}.json": files.document, f"{base}.dsse.json": files.envelope, **files.raw}
        self.folders[version] = folder
        return folder

    def ports(self, cloud, folder, *, before=no_hook, after=no_hook) -> PromotePorts:
        config = FakeRepo(self.config)
        return PromotePorts(
            folder=folder, config=config, source=FakeRepo(self.source), release_images=self.release_registry,
            cloud_images=self.registries[cloud], target=self.clusters[cloud], renderer=FakeRenderer(config), clock=self.clock,
            effects=Effects(self.log, self.clock, stage="promote", before=before, after=after), progress=FakeProgress(),
        )

    def request(self, cloud, *, override: Override | None = None) -> PromoteRequest:
        return PromoteRequest(
            product=self.product, cloud=next(item for item in self.clouds if item.name == cloud), clouds=self.clouds,
            judges=dict.fromkeys(Proof, proven.judge), limits=proven.LIMITS, trusted_keys=(proven.public("robot"),),
            people_keys=proven.people_keys(), verify_uids=frozenset({"uid-verify"}), by="jenkins #27", override=override,
        )

    def branch(self, cloud) -> list[FakeCommit]:
        """The cloud's branch, newest first."""
        found, commit = [], self.config.refs.get(f"refs/heads/cloud/{cloud}")
        while commit:
            found.append(self.config.objects[commit])
            commit = found[-1].parents[0] if found[-1].parents else None
        return found

    def state_files(self) -> dict[str, bytes]:
        tip = self.config.refs.get("refs/heads/naru/state")
        return self.config.objects[tip].tree if tip else {}


def refuse(message="pre-receive hook declined"):
    def on_push(ref, new, old):
        raise Judged(f"The server declined {ref}: {message}.")

    return on_push
