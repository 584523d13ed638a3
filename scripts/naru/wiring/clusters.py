"""Which API server a cloud's role means: the stand-in of this machine, or the real cluster that cloud.yaml names."""

from __future__ import annotations

import os
from pathlib import Path

from naru.edge.cluster import Cluster
from naru.edge.kubeconfig import Access, AllowedPlugin, read_access
from naru.edge.state_dir import StateDir
from naru.errors import Missing
from naru.model.cloud import CloudConfig, RealTarget
from naru.model.words import Role


def cluster(cloud: CloudConfig, role: Role, state: StateDir | None = None) -> Cluster:
    """The cluster of a cloud in this role; raises Missing where there is no kubeconfig or it is refused."""
    if role is Role.target and cloud.target is not None:
        return Cluster(f"{role}-{cloud.name}", _real_access(cloud.name, cloud.target), pinned_uid=cloud.target.cluster_uid)
    return stand_in(f"{role}-{cloud.name}", state or StateDir.from_environment())


def stand_in(name: str, state: StateDir) -> Cluster:
    """A kind cluster of this machine by name (`verify-naver`); its uid is pinned where `clouds up` recorded it."""
    folder = state.folder("kubeconfigs")
    path = folder / f"{name}.yaml"
    if not path.is_file():
        raise Missing(f"There is no cluster {name} on this machine.", hint="Run ./naru clouds up.")
    pin = folder / f"{name}.uid"
    return Cluster(name, read_access(path), pinned_uid=pin.read_text().strip() if pin.is_file() else "")


def _real_access(cloud: str, target: RealTarget) -> Access:
    named = os.environ.get(target.kubeconfig_env)
    if not named:
        raise Missing(f"{target.kubeconfig_env} is not set, so that the cluster of {cloud} cannot be reached.",
                      hint="It holds the path of the kubeconfig (a Jenkins credential).")
    allowed = tuple(AllowedPlugin(p.path, p.sha256, p.arguments) for p in target.exec_plugins)
    return read_access(Path(named), allowed=allowed, pinned_ca=target.ca_sha256)
