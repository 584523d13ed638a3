"""Connects promotion: config and source repositories, registries, renderer, the cloud's real cluster, judges and keys."""

from __future__ import annotations

import hashlib
import os
import pwd
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from naru.core.failover_record import plain_limits
from naru.core.gate_facts import Override, Registry, Rejudge
from naru.edge.clock import SystemClock
from naru.edge.cluster import Cluster
from naru.edge.state_dir import StateDir
from naru.errors import Malformed
from naru.model.cloud import CloudConfig
from naru.model.evidence import Evidence
from naru.model.product import Product
from naru.model.record import canonical_bytes
from naru.model.words import Proof, Role, Verdict
from naru.steps.effects import Effects
from naru.steps.gate_reading import PromotePorts, PromoteRequest
from naru.steps.go_back import BackPorts
from naru.steps.ports import Progress
from naru.steps.promote_all import OneCloud
from naru.steps.target_cluster import CloudTarget
from naru.wiring.base import effects, release_folder, state_dir
from naru.wiring.clusters import cluster
from naru.wiring.config import product_clouds
from naru.wiring.git import source_repo
from naru.wiring.overlays import opened_config
from naru.wiring.people import people_keys, trusted_keys
from naru.wiring.promotion_images import CloudSide, ReleaseSide, cloud_registry
from naru.wiring.promotion_render import CommitRenderer
from naru.wiring.release import release_registry
from naru.wiring.rollout import connect, recorder


def promotions(
    product: Product, names: Sequence[str], work: Path, progress: Progress, *, by: str, override: Override | None = None
) -> list[OneCloud]:
    """The clouds in the given order, each with its outside; repositories, renderer and log are shared."""
    clouds, known = {cloud.name: cloud for cloud in product_clouds(product)}, judges()
    config = opened_config(product, progress)
    source, renderer, log = source_repo(product, progress), CommitRenderer(config), effects(release_folder(work), "promote")
    address, registry = release_registry(product)
    found = []
    for name in names:
        cloud = clouds[name]
        place, own = cloud_registry(cloud)
        ports = PromotePorts(
            folder=release_folder(work), config=config, source=source, release_images=ReleaseSide(registry, address),
            cloud_images=CloudSide(own, place, registry, address), target=target(product, cloud, log), renderer=renderer,
            clock=SystemClock(), effects=log, progress=progress,
        )
        found.append(OneCloud(ports, replace(
            promote_request(product, cloud, tuple(clouds.values()), by=by, override=override), judges=known)))
    return found


def back_ports(product: Product, name: str, progress: Progress) -> BackPorts:
    """The outside of going back; its log stands with the machine's state, since it belongs to no release folder."""
    cloud = next(item for item in product_clouds(product) if item.name == name)
    log = effects(release_folder(state_dir().folder("operations", product.name)), f"rollback {name}")
    return BackPorts(opened_config(product, progress), target(product, cloud, log), SystemClock(), log, progress)


def promote_request(
    product: Product, cloud: CloudConfig, clouds: tuple[CloudConfig, ...], *, by: str, override: Override | None = None
) -> PromoteRequest:
    """What the gate is asked, by the installed product and cloud files."""
    return PromoteRequest(
        product=product, cloud=cloud, clouds=clouds, judges=judges(), limits=limits_of(cloud, clouds), trusted_keys=trusted_keys(product),
        people_keys=people_keys(product), verify_uids=verify_uids(state_dir()), by=by, override=override,
    )


def judges() -> Registry:
    """Each proof's own judge of raw samples: the gate believes no verdict that it did not get again."""
    return {Proof.rollout: remembered(_rollout), Proof.scaling: remembered(_scaling), Proof.failover: remembered(_failover)}


def remembered(judge: Rejudge) -> Rejudge:
    """The same judge, which answers a question that it was asked before at once: fail-over is judged for each cloud."""
    known: dict[str, Verdict] = {}

    def answer(evidence: Evidence, raw: Mapping[str, bytes]) -> Verdict:
        key = hashlib.sha256(canonical_bytes(evidence.plain()))
        for path in sorted(raw):
            key.update(hashlib.sha256(raw[path]).digest())
        if key.hexdigest() not in known:
            known[key.hexdigest()] = judge(evidence, raw)
        return known[key.hexdigest()]

    return answer


def limits_of(cloud: CloudConfig, clouds: tuple[CloudConfig, ...]) -> Mapping[Proof, Mapping[str, Any]]:
    """The limits that evidence must have been judged by; fail-over by the strictest of all clouds."""
    limits, failover = cloud.limits, plain_limits(clouds, None)
    failover.pop("dns_clients")
    return {Proof.rollout: limits.rollout.plain(), Proof.scaling: limits.scaling.plain(), Proof.failover: failover}


def target(product: Product, cloud: CloudConfig, log: Effects, known: Cluster | None = None) -> CloudTarget:
    """The cloud's real cluster (or `known`), or the stand-in that plays it."""
    state = state_dir()
    real = known or cluster(cloud, Role.target, state)
    return CloudTarget(
        cluster=real, cloud=cloud, product=product.name, repositories={spec.repository: spec.name for spec in product.images},
        pinned_uid=pinned_uid(cloud, state), would_apply=lambda obj, force: real.apply(obj, dry_run=True, force=force),
        recorder=lambda: recorder(real), connect=(lambda: None) if cloud.target else partial(connect, cloud, Role.target, state),
        effects=log, clock=SystemClock(),
    )


def pinned_uid(cloud: CloudConfig, state: StateDir) -> str | None:
    """The uid that the cloud's cluster must have: of cloud.yaml, or as `clouds up` recorded it."""
    if cloud.target is not None:
        return cloud.target.cluster_uid
    return _uid(state.folder("kubeconfigs") / f"target-{cloud.name}.uid")


def verify_uids(state: StateDir) -> frozenset[str]:
    """Uids of the verification clusters of this machine."""
    found = (_uid(path) for path in state.folder("kubeconfigs").glob("verify-*.uid"))
    return frozenset(uid for uid in found if uid)


def run_by() -> str:
    """Who or what started this run, as it is kept in the record."""
    return os.environ.get("BUILD_TAG") or os.environ.get("NARU_BY") or pwd.getpwuid(os.getuid()).pw_name


def override_of(reason: str, by: str) -> Override | None:
    """The override that was asked for; raises Malformed where it bears no name."""
    if not reason:
        return None
    if not by.strip() or not reason.strip():
        raise Malformed("An override needs a reason and a name.", hint="--override 'why' --by NAME")
    return Override(by.strip(), reason.strip())


def lock_of(work: Path) -> str:
    """Name of the machine-wide lock of one release folder: two runs in one folder would mix their logs."""
    return "promote-" + str(work.resolve()).strip("/").replace("/", "-")[-80:]


def _uid(path: Path) -> str | None:
    return (path.read_text().strip() or None) if path.is_file() else None


def _rollout(evidence: Evidence, raw: Mapping[str, bytes]) -> Verdict:
    from naru.steps.rejudge_rollout import rollout_verdict

    return rollout_verdict(evidence, raw)


def _scaling(evidence: Evidence, raw: Mapping[str, bytes]) -> Verdict:
    from naru.wiring.scaling import judge

    return judge(evidence, raw)


def _failover(evidence: Evidence, raw: Mapping[str, bytes]) -> Verdict:
    from naru.wiring.failover import judge

    return judge(evidence, raw)
