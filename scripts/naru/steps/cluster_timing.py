"""Brings the flags of one cluster to a timing profile; no cluster is made again and no pod of the product touched."""

from __future__ import annotations

from collections.abc import Mapping

from naru.core.cluster_timing import (
    CONTROLLER_FLAGS,
    CONTROLLER_MANIFEST,
    HOUSEKEEPING_SECONDS,
    KUBELET_FLAGS_FILE,
    profile_of,
    with_flags,
    with_housekeeping,
)
from naru.model.words import Profile
from naru.steps.clouds_ports import ClusterPort


def set_timing(cluster: ClusterPort, files: Mapping[str, str], profile: Profile) -> bool:
    """`files` are the node's `PROFILE_FILES` as they stand; True where anything was written.

    kubelet first: it starts the controller manager again as soon as that one's manifest changes.
    """
    if profile_of(files) is profile:
        return False
    before = files[KUBELET_FLAGS_FILE]
    after = with_housekeeping(before, HOUSEKEEPING_SECONDS[profile])
    if after != before:
        cluster.renew_kubelet({KUBELET_FLAGS_FILE: after})
    cluster.write_files({CONTROLLER_MANIFEST: with_flags(files[CONTROLLER_MANIFEST], CONTROLLER_FLAGS[profile])})
    return True
