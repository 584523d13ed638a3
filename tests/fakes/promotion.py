"""Three clouds, their repositories and the releases that were proven for them: promotion's outside in memory."""

from __future__ import annotations

import hashlib
from functools import cache

from fakes import proven
from fakes.promotion_git import FakeCommit, FakeRemote, FakeRepo
from fakes.promotion_target import FakeClock, FakeCluster, FakeFolder, FakeRegistry
from fakes.stage import ListLog, Quiet
from naru.core.gate_facts import Override
from naru.model.words import Proof
from naru.steps.effects import Effects, no_hook
from naru.steps.gate_reading import PromotePorts, PromoteRequest
from naru.steps.promote import promote_cloud
from naru.steps.promotion_ports import RenderedCloud

V1, V2 = "8.9.csap-998", "8.9.csap-999"


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
        self.log = ListLog()
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
            effects=Effects(self.log, self.clock, stage="promote", before=before, after=after), progress=Quiet(),
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


def promote(world, version=V2, cloud="naver", folder=None, **settings):
    """One run of `promote` for one cloud."""
    ports = world.ports(cloud, folder or world.folders[version], **settings)
    return promote_cloud(ports, world.request(cloud))
