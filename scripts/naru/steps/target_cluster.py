"""The real cluster of one cloud, as promotion speaks to it: dry run, roll out by the rollout proof's rules, read back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from naru.core.apply_order import in_namespace
from naru.core.drift import autoscaled_names, differences, live_images, unsettled
from naru.core.image_identity import ReleaseImage
from naru.core.manifests import objects_of
from naru.core.rollout_expected import Expected
from naru.core.workloads import SCALED_KINDS
from naru.errors import Judged, Missing
from naru.model.cloud import CloudConfig
from naru.model.promotion import LiveImage
from naru.model.words import Verdict
from naru.steps.apply_release import ApplyCluster, clear
from naru.steps.effects import Effects
from naru.steps.ports import Clock
from naru.steps.promotion_ports import RolloutSeen, Wanted
from naru.steps.recorder import Recorder
from naru.steps.rollout_watch import watch_rollout

PART_OF = "app.kubernetes.io/part-of"


class RealCluster(ApplyCluster, Protocol):
    """What is asked of the API server."""

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> dict[str, Any] | None: ...

    def uid(self) -> str: ...


@dataclass(frozen=True)
class CloudTarget:
    """Implements promotion's TargetCluster for one cloud."""

    cluster: RealCluster
    cloud: CloudConfig
    product: str
    repositories: dict[str, str]
    """Image repository without host → image name."""
    pinned_uid: str | None
    would_apply: Callable[[dict[str, Any], bool], dict[str, Any]]
    """Server-side dry run of an apply (second: take fields over); the object as it would be."""
    recorder: Callable[[], Recorder]
    connect: Callable[[], None]
    effects: Effects
    clock: Clock

    def uid(self) -> str:
        """Uid of kube-system."""
        return self.cluster.uid()

    def expected_uid(self) -> str | None:
        """The pinned uid."""
        return self.pinned_uid

    def dry_run(self, rendered: bytes) -> tuple[str, ...]:
        """Every object in a server-side dry run; what the API server says against it."""
        said = []
        for obj in self._placed(rendered):
            try:
                self.would_apply(obj, False)
            except (Judged, Missing) as error:
                said.append(error.message)
        return tuple(said)

    def drift(self, rendered: bytes) -> tuple[str, ...]:
        """Every field in which the cluster is not as these bytes say."""
        objects = self._placed(rendered)
        scaled = autoscaled_names(objects)
        found: list[str] = []
        for obj in objects:
            key = obj["kind"], obj["metadata"]["name"]
            live = self.cluster.get(obj["apiVersion"], *key, obj["metadata"].get("namespace", ""))
            found += differences(live, self.would_apply(obj, True) if live else obj, autoscaled=key in scaled)
        return tuple(found)

    def runs(self, wanted: Wanted) -> tuple[bool, tuple[LiveImage, ...]]:
        """No drift, every workload settled, every pod on a digest of the release."""
        live = self.live()
        if not wanted.version:
            return not self._workloads(), live
        if {entry.digest for entry in live} - set(wanted.images.values()) or not live:
            return False, live
        names = {(obj["kind"], obj["metadata"]["name"]) for obj in self._placed(wanted.rendered) if obj["kind"] in SCALED_KINDS}
        ours = [obj for obj in self._workloads() if (obj["kind"], obj["metadata"]["name"]) in names]
        if len(ours) != len(names) or unsettled(ours):
            return False, live
        return not self.drift(wanted.rendered), live

    def live(self) -> tuple[LiveImage, ...]:
        """Images as the product's own pods report them."""
        return live_images(self._ours("v1", "Pod"), self.repositories)

    def unready(self) -> tuple[str, ...]:
        """Why a workload of ours does not run wholly as its spec says."""
        return unsettled(self._workloads())

    def roll_out(self, wanted: Wanted) -> RolloutSeen:
        """Apply in order, prune, and watch by the rollout proof's own rules and limits."""
        objects = objects_of(wanted.rendered, f"the release of {self.cloud.name}")
        recorder = self.recorder()
        recorder.begin(self.cloud.namespace)
        try:
            seen = watch_rollout(self.cluster, objects, self.cloud.namespace, self._expected(wanted), recorder=recorder,
                                 effects=self.effects, clock=self.clock, connect=self.connect)
        finally:
            recorder.stop()
        sentence = "It rolled out." if seen.verdict is Verdict.passed else seen.sentence
        return RolloutSeen(seen.verdict, sentence, self.live())

    def clear_cloud(self, rendered: bytes) -> None:
        """Take away what these bytes brought, and all that is left of the product."""
        clear(self.cluster, objects_of(rendered, f"the release of {self.cloud.name}"), self.cloud.namespace, self.effects)

    def _expected(self, wanted: Wanted) -> Expected:
        named = tuple(ReleaseImage(repository, frozenset({wanted.images[image]}))
                      for repository, image in self.repositories.items() if image in wanted.images)
        replicas = {app.deployment: app.expected_replicas for app in self.cloud.apps}
        return Expected(self.cloud.limits.rollout, named, replicas)

    def _placed(self, rendered: bytes) -> list[dict[str, Any]]:
        namespaced = self.cluster.namespaced
        return [in_namespace(obj, self.cloud.namespace, namespaced=namespaced(obj["apiVersion"], obj["kind"]))
                for obj in objects_of(rendered, f"the release of {self.cloud.name}")]

    def _workloads(self) -> list[dict[str, Any]]:
        return [{**obj, "kind": kind} for kind in sorted(SCALED_KINDS) for obj in self._ours("apps/v1", kind)]

    def _ours(self, api_version: str, kind: str) -> Sequence[dict[str, Any]]:
        return self.cluster.list(api_version, kind, self.cloud.namespace, f"{PART_OF}={self.product}")
