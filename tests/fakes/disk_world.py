"""All stages on real bare repositories with the update hook; registries and clusters as files, so that a killed process loses only itself."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import signal
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fakes import proven
from fakes.khan import product as khan
from fakes.overlays import AnySchema, FakeRenderer, tree
from fakes.stage import Quiet
from naru.core.overlay_set import clouds_of
from naru.core.release_names import names_from_parameters
from naru.core.run_log import START, chained_line, first_bad_line
from naru.core.subject import subject_of
from naru.edge.git_hook import UpdateHook
from naru.edge.git_repo import GitRepo
from naru.edge.release_folder import ReleaseFolder
from naru.edge.run_log import RunLogFile
from naru.edge.tag_ledger import TagLedger
from naru.errors import NaruError
from naru.model.overlays import Overlays
from naru.model.promotion import LiveImage
from naru.model.release import Image, Images, Release
from naru.model.words import Proof, Verdict
from naru.steps.effects import Effects, no_hook
from naru.steps.evidence_writing import write_evidence, write_raw_file
from naru.steps.gate_reading import PromotePorts, PromoteRequest
from naru.steps.patch_overlays import Ports as PatchPorts
from naru.steps.patch_overlays import patch_overlays
from naru.steps.promote_all import OneCloud, promote_all
from naru.steps.promotion_ports import RolloutSeen
from naru.steps.publish_release import PublishPorts, publish_release
from naru.steps.tag_release import TagRequest, tag_release
from naru.wiring.overlays import GitTrees
from naru.wiring.promotion_images import CloudSide, ReleaseSide
from naru.wiring.promotion_render import CommitRenderer

ADDRESS = "127.0.0.1:5000"
RENDERER = FakeRenderer(scaled=("egov",))
UNCOVERED = "uncovered: {cluster: server-side dry run, pull secret: server-side dry run}\n"


class DiskState:
    """One JSON file, changed under a lock and by rename."""

    def __init__(self, path: Path, start):
        self.path, self.start = path, start

    def read(self):
        return json.loads(self.path.read_text()) if self.path.exists() else self.start

    @contextmanager
    def change(self):
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            value = self.read()
            yield value
            temp = self.path.with_suffix(f".{os.getpid()}")
            temp.write_text(json.dumps(value))
            temp.replace(self.path)


class DiskRegistry:
    """References → digests; content by digest, tags apart, as edge/registry.py has them."""

    def __init__(self, path: Path):
        self.state = DiskState(path, {"content": [], "tags": {}, "copies": 0})

    def digest_of(self, reference):
        value = self.state.read()
        if "@" in reference:
            return reference.split("@")[1] if reference in value["content"] else None
        return value["tags"].get(reference)

    def copy_in(self, source, reference, *, source_access=None):
        digest = "sha256:" + hashlib.sha256(source.encode()).hexdigest() if source.startswith("oci:") else (source_access or self).digest_of(source)
        assert digest is not None, source
        place = reference.rpartition(":")[0] if "@" not in reference else reference.split("@")[0]
        with self.state.change() as value:
            value["content"] = sorted({*value["content"], f"{place}@{digest}"})
            if "@" not in reference:
                assert value["tags"].get(reference, digest) == digest, "a tag was re-pointed"
                value["tags"][reference] = digest
            value["copies"] += 1
        return digest


class DiskCluster:
    """Runs what it was last told to; a version in `bad` never comes up."""

    def __init__(self, path: Path, name):
        self.name, self.state = name, DiskState(path, {"version": "", "rendered": "", "images": {}, "broken": False, "bad": [], "log": []})

    def uid(self):
        return f"uid-{self.name}"

    expected_uid = uid

    def dry_run(self, rendered):
        return ()

    def runs(self, wanted):
        now = self.state.read()
        same = (now["version"], now["rendered"]) == (wanted.version, wanted.rendered.decode()) and not now["broken"]
        return same, live(now)

    def roll_out(self, wanted):
        with self.state.change() as value:
            bad = wanted.version in value["bad"]
            value |= {"version": wanted.version, "rendered": wanted.rendered.decode(), "images": dict(wanted.images), "broken": bad}
            value["log"].append(wanted.version)
        return RolloutSeen(Verdict.failed if bad else Verdict.passed, "Pod egov-1 crashed." if bad else "It rolled out.", live(self.state.read()))

    def clear_cloud(self, rendered):
        with self.state.change() as value:
            value |= {"version": "", "rendered": "", "images": {}, "broken": False}
            value["log"].append("")


def live(value):
    return tuple(LiveImage(workload=name, container=name, digest=digest) for name, digest in value["images"].items())


class TickingClock:
    def now(self):
        return datetime.now(UTC)

    def monotonic(self):
        return datetime.now(UTC).timestamp()


class DiskWorld:
    """Source and config repositories, registries and clusters below one folder."""

    def __init__(self, root: Path, clouds=("naver",)):
        self.root = root
        self.product = khan(clouds=clouds, release_registry=ADDRESS, evidence_age_hours=24)
        self.clusters = {name: DiskCluster(root / f"cluster-{name}.json", name) for name in clouds}
        self.configs = clouds_of(tree(*clouds, more=UNCOVERED), clouds)

    @classmethod
    def make(cls, root: Path, clouds=("naver",)) -> DiskWorld:
        repos = root / "repos"
        repos.mkdir(parents=True)
        source, config = GitRepo.create(repos / "source.git", branch="master"), GitRepo.create(repos / "config.git", branch="main")
        begin = source.write_commit((), {"pom.xml": b"1"}, "KAPM-1 begin", when=1_700_000_000, author="Dev <dev@openmaru.example>")
        source.push_create_only("refs/heads/master", begin)
        config.push_create_only("refs/heads/main", config.write_commit((), tree(*clouds, more=UNCOVERED), "overlays", when=1_600_000_000))
        hook = UpdateHook(repos)
        for name in ("source.git", "config.git"):
            hook.install_hook(name)
        return cls(root, clouds)

    def copy_to(self, root: Path) -> DiskWorld:
        shutil.copytree(self.root, root)
        return DiskWorld(root, self.product.clouds)

    def repo(self, name, copies="copies") -> GitRepo:
        return GitRepo.clone_or_open(str(self.root / "repos" / f"{name}.git"), self.root / copies / f"{name}.git")

    def advance_source(self, text):
        repo = self.repo("source")
        tip = repo.find("master")
        new = repo.write_commit((tip,), {"pom.xml": text.encode()}, f"KAPM-{text}", when=1_700_000_000 + int(text), author="Dev <dev@openmaru.example>")
        repo.push_compare_and_swap("refs/heads/master", new, tip)

    # -- the stages ------------------------------------------------------------------------------------------------

    def prove(self, number, work: Path, hooks=(no_hook, no_hook), copies="copies"):
        """tag_release, build_images (as bytes that the version decides), publish_release, patch_overlays, three proofs."""
        folder, log = ReleaseFolder(work), RunLogFile(work / "run.log", chained_line, START)
        names = names_from_parameters(self.product, {"KHAN_RELEASE": "8.9.csap", "BUG_FIX_VERSION": str(number)})
        source = self.repo("source", copies)
        tag_release(TagRequest(self.product, names), source, folder)
        self._build(folder)
        registry = DiskRegistry(self.root / "registry.json")
        publish_release(self.product, ADDRESS, PublishPorts(
            repo=source, registry=registry, ledger=TagLedger(self.root / "ledger"), effects=self._effects(log, "publish_release", hooks),
            progress=Quiet(), layout=lambda image: f"oci:{image.repository}:{image.tag}"), folder)
        config = self.repo("config", copies)
        patch_overlays(PatchPorts(
            repo=config, trees=GitTrees(config), renderer=RENDERER, schemas=AnySchema(), stand_in_version="v1.34.4", folder=folder,
            effects=self._effects(log, "patch_overlays", hooks), progress=Quiet()), self.product)
        self._proofs(folder)
        return folder

    def promote(self, work: Path, hooks=(no_hook, no_hook), copies="copies", clouds=None):
        """Stage 8 on every cloud of the product (or those given)."""
        log = RunLogFile(work / "run.log", chained_line, START)
        return promote_all([self.one(name, work, log, hooks, copies) for name in clouds or self.product.clouds])

    def one(self, name, work, log, hooks, copies) -> OneCloud:
        config, registry = self.repo("config", copies), DiskRegistry(self.root / "registry.json")
        own = DiskRegistry(self.root / f"registry-{name}.json")
        ports = PromotePorts(
            folder=ReleaseFolder(work), config=config, source=self.repo("source", copies), release_images=ReleaseSide(registry, ADDRESS),
            cloud_images=CloudSide(own, f"127.0.0.1:{6000 + len(name)}", registry, ADDRESS), target=self.clusters[name],
            renderer=CommitRenderer(config, RENDERER), clock=TickingClock(), effects=self._effects(log, "promote", hooks),
            progress=Quiet())
        request = PromoteRequest(
            product=self.product, cloud=next(item for item in self.configs if item.name == name), clouds=self.configs,
            judges=dict.fromkeys(Proof, proven.judge), limits={}, trusted_keys=(proven.public("robot"),), people_keys=proven.people_keys(),
            verify_uids=frozenset(), by="test")
        return OneCloud(ports, request)

    def _effects(self, log, stage, hooks):
        return Effects(log, TickingClock(), stage=stage, before=hooks[0], after=hooks[1])

    def _build(self, folder):
        release = folder.read(Release, "release.json")
        built = tuple(
            Image(name=spec.name, repository=spec.repository, tag=release.version,
                  digest="sha256:" + hashlib.sha256(f"oci:{spec.repository}:{release.version}".encode()).hexdigest(),
                  config_digest="sha256:" + "c" * 64, size=1, labels={}, sbom_sha256="0" * 64, inputs_sha256="0" * 64)
            for spec in self.product.images)
        folder.write(Images(version=release.version, commit=release.commit, images=built), "images.json")

    def _proofs(self, folder):
        release, images, overlays = (folder.read(kind, name) for kind, name in (
            (Release, "release.json"), (Images, "images.json"), (Overlays, "overlays.json")))
        for proof in Proof:
            for where in ["all"] if proof is Proof.failover else self.product.clouds:
                base = "evidence/failover" if proof is Proof.failover else f"evidence/{where}.{proof}"
                if (folder.root / f"{base}.dsse.json").exists():
                    continue
                about = self.product.clouds if where == "all" else [where]
                raw = write_raw_file(folder, f"{base}/samples.jsonl.gz", b'{"verdict": "passed"}')
                item = proven.evidence(proof, finished=datetime.now(UTC) - timedelta(minutes=1)).model_copy(update={
                    "cloud": where, "subject": subject_of(release, images, overlays, about), "raw": (raw,)})
                write_evidence(folder, item, proven.key("robot"))

    # -- what must hold ----------------------------------------------------------------------------------------------

    def history(self, cloud) -> list[tuple[str, str]]:
        """(action, version) of the cloud's branch, oldest first."""
        repo = self.repo("config", "copies-of-the-checker")
        tip = repo.find(f"cloud/{cloud}")
        found = []
        while tip:
            record = json.loads(repo.read_file(tip, "cloud.json"))
            found.append((record["action"], record.get("version", "")))
            parents = repo.commit_info(tip).parents
            assert len(parents) <= 1, "a commit on a cloud's branch has one parent"
            tip = parents[0] if parents else None
        return found[::-1]

    def state_files(self) -> list[str]:
        repo = self.repo("config", "copies-of-the-checker")
        tip = repo.find("naru/state")
        return list(repo.list_files(tip)) if tip else []

    def verified_only(self, cloud):
        """I1: each promotion bears signed evidence of exactly the bytes that its commit renders to."""
        from naru.core.attestation import verify_evidence

        repo = self.repo("config", "copies-of-the-checker")
        tip = repo.find(f"cloud/{cloud}")
        while tip:
            record = json.loads(repo.read_file(tip, "cloud.json"))
            rendered = RENDERER.render_tree(GitTrees(repo).read(tip), [f"overlays/{cloud}"])[f"overlays/{cloud}"] if record.get("version") else b""
            for kept in record.get("proofs", []):
                data = repo.read_file(tip, kept["evidence"])
                assert hashlib.sha256(data).hexdigest() == kept["sha256"]
                item = verify_evidence(data, [proven.public("robot")], where="x")
                assert item.subject.rendered[cloud] == hashlib.sha256(rendered).hexdigest() == record["rendered_sha256"]
            assert not record.get("version") or len(record["proofs"]) == 3
            parents = repo.commit_info(tip).parents
            tip = parents[0] if parents else None


def first_bad_log_line(work: Path) -> int | None:
    """None where the chain is whole, or where a run in an empty folder found everything done."""
    log = work / "run.log"
    return first_bad_line(log.read_text().splitlines()) if log.exists() else None


def in_child(call) -> int:
    """Run in a forked child: its exit code, 128 + signal where it was killed; an unexpected exception is 70."""
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            call()
            code = 0
        except NaruError as error:
            code = error.exit_code
        except BaseException:  # noqa: BLE001 (a child tells everything by its exit code)
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def killer(at, when):
    """Hooks that kill this process for real at the effect with that number, counted over all stages of the run."""
    seen = [0, 0]

    def before(_number, _kind):
        seen[0] += 1
        if when == "before" and seen[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def after(_number, _kind):
        seen[1] += 1
        if when == "after" and seen[1] == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return before, after
