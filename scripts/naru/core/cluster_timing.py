"""The two timing profiles: flags of the controller manager, of metrics-server and of kubelet, and how a node shows its own."""

from __future__ import annotations

import re
from collections.abc import Mapping

from naru.model.words import Profile

CONTROLLER_FLAGS = {
    Profile.fast: {
        "horizontal-pod-autoscaler-sync-period": "2s",
        "horizontal-pod-autoscaler-downscale-stabilization": "15s",
        # Shorter than a scale-up takes, the CPU of a new pod's start counts as load and the HPA overshoots.
        "horizontal-pod-autoscaler-cpu-initialization-period": "60s",
        "horizontal-pod-autoscaler-initial-readiness-delay": "2s",
    },
    # Kubernetes' own defaults, written out so that a switch back really sets them.
    Profile.production: {
        "horizontal-pod-autoscaler-sync-period": "15s",
        "horizontal-pod-autoscaler-downscale-stabilization": "5m0s",
        "horizontal-pod-autoscaler-cpu-initialization-period": "5m0s",
        "horizontal-pod-autoscaler-initial-readiness-delay": "30s",
    },
}

CONTROLLER_MANIFEST = "/etc/kubernetes/manifests/kube-controller-manager.yaml"
"""Where kubeadm puts the controller manager's static pod on the node; kubelet restarts the pod when it changes."""

HOUSEKEEPING = "housekeeping-interval"
HOUSEKEEPING_SECONDS = {Profile.fast: 5, Profile.production: 10}
"""Of kubelet: each container's CPU is sampled every so many seconds to twice as many. At the default of 10 s and a scrape
every 10 s the readings of a pod that was there and of a new one beside it are from before and after the new one took its
share: an HPA that looks every 2 s adds both up, asks for a pod too many and corrects itself below what the load needs."""
KUBELET_FLAGS_FILE = "/var/lib/kubelet/kubeadm-flags.env"
"""kubelet's command line as kubeadm wrote it: `KUBELET_KUBEADM_ARGS="--name=value ..."`."""
PROFILE_FILES = (CONTROLLER_MANIFEST, KUBELET_FLAGS_FILE)
"""The node's files that a timing profile is read from."""

METRICS_FLAGS = {
    # metrics-server panics below 10 s, and where the resolution is not greater than the kubelet request timeout.
    Profile.fast: {"metric-resolution": "10s", "kubelet-request-timeout": "8s"},
    Profile.production: {"metric-resolution": "15s", "kubelet-request-timeout": "10s"},
}


def with_flags(manifest: str, flags: dict[str, str]) -> str:
    """A static pod's manifest text with these flags set, each in place where it stands already.

    Works on lines of the form `    - --name=value`, as kubeadm writes them.
    """
    for name, value in flags.items():
        line = re.compile(rf"^(\s*- )--{re.escape(name)}=.*$", re.MULTILINE)
        if line.search(manifest):
            manifest = line.sub(rf"\g<1>--{name}={value}", manifest)
        else:
            manifest = re.sub(r"^(\s*- )(kube-[a-z-]+)$", rf"\g<1>\g<2>\n\g<1>--{name}={value}", manifest, count=1, flags=re.MULTILINE)
    return manifest


def with_housekeeping(flags: str, seconds: int) -> str:
    """Kubelet's file of flags with this sampling interval, set in place where one stands already."""
    found = re.compile(rf"--{HOUSEKEEPING}=[^\s\"]*")
    wanted = f"--{HOUSEKEEPING}={seconds}s"
    return found.sub(wanted, flags) if found.search(flags) else flags.replace('="', f'="{wanted} ', 1)


def housekeeping_of(flags: str) -> float:
    """Seconds of kubelet's sampling interval; its default where the file does not set it."""
    found = re.search(rf"--{HOUSEKEEPING}=(\d+)s(?=[\s\"])", flags)
    return float(found.group(1)) if found else float(HOUSEKEEPING_SECONDS[Profile.production])


def profile_of(files: Mapping[str, str]) -> Profile | None:
    """The profile whose every flag these files of a node (`PROFILE_FILES`, path to text) carry, or None."""
    manifest, housekeeping = files.get(CONTROLLER_MANIFEST, ""), housekeeping_of(files.get(KUBELET_FLAGS_FILE, ""))
    for profile, flags in CONTROLLER_FLAGS.items():
        sampled = housekeeping == HOUSEKEEPING_SECONDS[profile]
        if sampled and all(re.search(rf"^\s*- --{re.escape(name)}={re.escape(value)}$", manifest, re.MULTILINE) for name, value in flags.items()):
            return profile
    return None
