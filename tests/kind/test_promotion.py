"""Promotion to a real target cluster, in a namespace of its own; Git and registries in memory."""

import hashlib
import json
import threading
import uuid

import pytest

from fakes import proven
from fakes.promotion import World
from fakes.promotion_git import FakeRepo
from fakes.promotion_target import FakeFolder
from kind_rollouts import SERVES, deployment
from naru.core.image_identity import reported_digest
from naru.edge.clock import SystemClock
from naru.edge.state_dir import StateDir
from naru.model.cloud import App
from naru.model.words import Proof
from naru.steps.promote import promote_cloud
from naru.steps.promotion_ports import Wanted
from naru.steps.target_cluster import CloudTarget
from naru.wiring.clusters import stand_in
from naru.wiring.rollout import recorder

pytestmark = pytest.mark.kind

V1, V2 = "8.9.csap-1", "8.9.csap-2"
LABELS = {"app.kubernetes.io/part-of": "khan-monitoring", "app.kubernetes.io/managed-by": "naru", "app.kubernetes.io/name": "egov"}
BROKEN = {"env": [{"name": "LICENCE", "valueFrom": {"secretKeyRef": {"name": "only-where-it-was-proven", "key": "x"}}}]}


@pytest.fixture(scope="module")
def cluster():
    return stand_in("target-cocktail", StateDir.from_environment())


@pytest.fixture
def namespace(cluster):
    name = f"promote-{uuid.uuid4().hex[:6]}"
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    cluster.delete("v1", "Namespace", name)


def objects(version, **container):
    """egov without a number of replicas, and the autoscaler that owns it (which never scales down by itself here)."""
    app = deployment("egov", **SERVES, **container)
    app["metadata"]["labels"] = app["spec"]["template"]["metadata"]["labels"] = {**LABELS, "app": "egov"}
    del app["spec"]["replicas"]
    app["spec"]["template"]["metadata"]["annotations"] = {"version": version}
    app["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "10m"}}
    scaler = {
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "egov", "labels": LABELS},
        "spec": {"minReplicas": 2, "maxReplicas": 6, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "egov"},
                 "behavior": {"scaleDown": {"selectPolicy": "Disabled"}},
                 "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 90}}}]},
    }
    return "\n---\n".join(json.dumps(item) for item in (app, scaler)).encode()


class RealWorld(World):
    """The world in memory, with the real cluster as naver."""

    def __init__(self, cluster, namespace):
        super().__init__()
        limits = proven.cloud().limits.model_copy(update={"rollout": proven.cloud().limits.rollout.model_copy(update={
            "stability_seconds": 3.0, "deadline_seconds": 240.0, "start_seconds": 120.0})})
        app = App(name="egov", deployment="egov", service="egov", endpoint_port=18081, marker="x", expected_replicas=2)
        self.config_of = proven.cloud(uncovered=proven.COVERED, namespace=namespace, apps=(app,), limits=limits)
        self.clouds = (self.config_of, *self.clouds[1:])
        self.digest, self.log_of = "", []
        from naru.steps.effects import Effects

        self.clusters["naver"] = CloudTarget(
            cluster=cluster, cloud=self.config_of, product="khan-monitoring", repositories={"coredns/coredns": "egov"},
            pinned_uid=cluster.uid(), would_apply=lambda obj, force: cluster.apply(obj, dry_run=True, force=force),
            recorder=lambda: recorder(cluster), connect=lambda: None, effects=Effects(self.log, SystemClock(), stage="promote"),
            clock=SystemClock())

    def release(self, version, **container):
        """A proven release whose naver overlay renders to these objects; its image is the one that the node has."""
        folder = self.prove(version)
        repo = FakeRepo(self.config)
        rendered = objects(version, **container)
        old = self.config.refs[f"refs/heads/candidate/{version}"]
        commit = repo.write_commit(repo.commit_info(old).parents, {"overlays/naver.yaml": rendered}, f"candidate {version}", when=3, tree_of=old)
        self.config.refs[f"refs/heads/candidate/{version}"] = commit
        hashes = {name: hashlib.sha256(repo.find_file(commit, f"overlays/{name}.yaml")).hexdigest() for name in proven.CLOUDS}
        images = folder.documents["images.json"]
        kept = tuple(item.model_copy(update={"digest": self.digest}) if item.name == "egov" else item for item in images.images)
        folder.documents |= {"images.json": images.model_copy(update={"images": kept}), "overlays.json": proven.overlays(version, commit, hashes)}
        for image in kept:
            self.release_registry.put(image)
        digests = {image.name: image.digest for image in kept}
        for proof in Proof:
            item = proven.evidence(proof, "naver", version=version, hashes=hashes, images=digests, commit=folder.documents["release.json"].commit)
            files = proven.files(item)
            base = "evidence/failover" if proof is Proof.failover else f"evidence/naver.{proof}"
            folder.raw |= {f"{base}.json": files.document, f"{base}.dsse.json": files.envelope, **files.raw}
        return folder

    def promote(self, folder: FakeFolder):
        return promote_cloud(self.ports("naver", folder), self.request("naver")).promotion


@pytest.fixture
def world(cluster, namespace):
    made = RealWorld(cluster, namespace)
    made.digest = image_of_the_node(made, cluster, namespace)
    made.release_registry.tags.clear()
    return made


def image_of_the_node(world, cluster, namespace):
    """The digest that this node reports for the image that is on it."""
    target = world.clusters["naver"]
    seen = target.roll_out(Wanted("0", objects("0")))
    assert seen.verdict == "passed", seen.sentence
    pod = cluster.list("v1", "Pod", namespace)[0]
    target.clear_cloud(objects("0"))
    return reported_digest(pod["status"]["containerStatuses"][0]["imageID"])


def test_a_release_runs_goes_back_by_itself_when_it_breaks_there_and_never_falls_to_its_minimum(world, cluster, namespace):
    first = world.promote(world.release(V1))
    assert (first.outcome, {entry.digest for entry in first.live}) == ("promoted", {world.digest}), first.sentence
    cluster.scale("egov", namespace, 4)  # as the autoscaler does under load
    sizes = Sizes(cluster, namespace)
    second = world.promote(world.release(V2, **BROKEN))
    assert second.outcome == "rolled back", second.sentence
    assert "only-where-it-was-proven" in second.sentence
    assert sizes.stop() >= 4
    assert [commit.subject.split(":")[1].split()[0] for commit in world.branch("naver")] == ["go", "promote", "promote"]
    assert len(world.state_files()) == 1
    assert cluster.get("apps/v1", "Deployment", "egov", namespace)["spec"]["template"]["metadata"]["annotations"]["version"] == V1


def test_drift_is_seen_and_what_the_autoscaler_owns_is_none(world, cluster, namespace):
    world.promote(world.release(V1))
    target, rendered = world.clusters["naver"], objects(V1)
    cluster.scale("egov", namespace, 3)
    assert target.drift(rendered) == ()
    cluster.patch("apps/v1", "Deployment", "egov", namespace, {"spec": {"minReadySeconds": 7}})
    cluster.patch("apps/v1", "Deployment", "egov", namespace, {"metadata": {"labels": {"app.kubernetes.io/name": "other"}}})
    assert target.drift(rendered) == ("Deployment/egov metadata.labels.app.kubernetes.io/name is other, not egov",)
    [refusal] = target.dry_run(rendered)
    assert "conflict" in refusal
    assert ".metadata.labels.app.kubernetes.io/name" in refusal


def test_what_the_cluster_would_refuse_holds_before_anything_is_copied(world, cluster, namespace):
    cluster.apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none", "namespace": namespace},
                   "spec": {"hard": {"count/deployments.apps": "0"}}})
    done = world.promote(world.release(V1))
    assert (done.outcome, [entry.code for entry in done.reasons]) == ("held", ["dry-run-refused"]), done.sentence
    assert world.registries["naver"].copies == 0
    assert world.branch("naver") == []


class Sizes:
    """The smallest number of replicas that the Deployment's spec had until `stop`."""

    def __init__(self, cluster, namespace):
        self.least, self._end = 1000, threading.Event()
        self._ask = lambda: cluster.get("apps/v1", "Deployment", "egov", namespace)["spec"]["replicas"]
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        while not self._end.wait(0.2):
            self.least = min(self.least, self._ask())

    def stop(self):
        self._end.set()
        self._thread.join(30)
        return self.least
