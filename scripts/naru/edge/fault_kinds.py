"""The faults of a verification cluster, each with its undo. None is injected before `CloudApp.node` has agreed.

Marks in a node (rules, quotas) are found again by the journal entry's identity or by what `prepare` wrote down, so that
any later process can take them back.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import replace

from naru.edge.clock import SystemClock
from naru.edge.cloud_app import CloudApp
from naru.edge.faults import Handler
from naru.errors import Missing, OutsideDown
from naru.model.failover import FaultEntry

API_PORT = "6443"
FREEZE_TRIES, FREEZE_PAUSE = 4, 0.5
STARVED = "1000"
"""Microseconds of CPU in 100 ms that are left to each pod of a slow cloud: the least that the kernel takes."""


BOOT_SHARES = "128"
USUAL_SHARES = "1024"
"""CPU shares of a container: weights among those that want a processor at the same moment."""


class OfCloud:
    """What all have in common: when is the cloud as before, and what do its objects say?"""

    def __init__(self, apps: Mapping[str, CloudApp]) -> None:
        self._apps = apps

    def prepare(self, cloud: str) -> dict[str, str]:
        """Ask whether this cloud may be broken; remember how many pods there must be afterwards."""
        app = self._app(cloud)
        node = app.node()
        minimum = app.minimum()
        if minimum < 1:
            raise Missing(f"{app.deployment} in {cloud} has no pods, so that a fault would prove nothing.", hint="Run ./naru verify-rollout first.")
        return {"node": node, "minimum": str(minimum), "namespace": app.namespace, "deployment": app.deployment, "service": app.service}

    def restored(self, entry: FaultEntry) -> bool:
        """As many ready endpoints as there must be; nothing to restore where the app is gone altogether."""
        app = self._of(entry)
        return app.ready_endpoints() >= int(entry.undo["minimum"]) or not app.exists()

    def breakage(self, entry: FaultEntry) -> str:
        """Ready endpoints, in words."""
        app = self._of(entry)
        return f"{entry.cloud} had {app.ready_endpoints()} ready endpoints of {app.service}."

    def _app(self, cloud: str) -> CloudApp:
        return self._apps[cloud]

    def _of(self, entry: FaultEntry) -> CloudApp:
        """The app that was broken, which need not be the one that is proven now."""
        undo = entry.undo
        return replace(self._apps[entry.cloud], namespace=undo["namespace"], deployment=undo["deployment"], service=undo["service"])

    def _state(self, entry: FaultEntry) -> str:
        return self._of(entry).node_state(entry.undo["node"])

    def _in_node(self, entry: FaultEntry, *argv: str) -> str:
        return self._of(entry).docker.exec(entry.undo["node"], list(argv)).stdout


class ScaleToZero(OfCloud):
    """`kubectl scale deployment egov --replicas 0`, and `--replicas 1` to restore, word for word."""

    def inject(self, entry: FaultEntry) -> None:
        """Scale to nothing, which also switches the HPA off."""
        app = self._of(entry)
        app.scale(0)

    def undo(self, entry: FaultEntry) -> None:
        """Scale to one where it is at nothing; the HPA goes to its minimum by itself."""
        app = self._of(entry)
        if app.exists() and int(app.live_deployment()["spec"].get("replicas") or 0) == 0:
            replicas = 1 if app.autoscaler() is not None else int(entry.undo["minimum"])
            app.scale(replicas)


class PodKill(OfCloud):
    """Every pod of the app is killed at once, without a chance to drain; its ReplicaSet makes new ones."""

    def inject(self, entry: FaultEntry) -> None:
        """Delete with no grace at all, by the node's own kubectl."""
        app = self._of(entry)
        names = [pod["metadata"]["name"] for pod in app.pods()]
        self._in_node(entry, "kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "--namespace", app.namespace, "delete", "pod",
                      "--force", "--grace-period=0", "--wait=false", *names)

    def undo(self, entry: FaultEntry) -> None:
        """Nothing to take back: new pods come by themselves."""


class RuleInNode(OfCloud):
    """A packet rule in the node, found again by its comment."""

    TABLE, CHAIN = "filter", "OUTPUT"

    def rules(self, entry: FaultEntry) -> list[list[str]]:
        """The words of each rule, without table and chain."""
        raise NotImplementedError

    def inject(self, entry: FaultEntry) -> None:
        """Put the rules in front of all others."""
        for words in self.rules(entry):
            mark = ["--match", "comment", "--comment", entry.identity]
            self._in_node(entry, "iptables", "--table", self.TABLE, "--insert", self.CHAIN, *mark, *words)

    def undo(self, entry: FaultEntry) -> None:
        """Delete every rule that carries our mark; a node that stands still has none, nor has one that was started again."""
        if self._state(entry) != "running":
            return
        for words in self._marked(entry):
            self._in_node(entry, "iptables", "--table", self.TABLE, "--delete", *words[1:])

    def restored(self, entry: FaultEntry) -> bool:
        """No rule of ours, and the endpoints ready."""
        return not self._marked(entry) and super().restored(entry)

    def _marked(self, entry: FaultEntry) -> list[list[str]]:
        lines = self._in_node(entry, "iptables", "--table", self.TABLE, "--list-rules", self.CHAIN).splitlines()
        return [shlex.split(line) for line in lines if entry.identity in line]


class ReadinessFalse(RuleInNode):
    """The kubelet's probes to each pod are refused, so that no pod is ready while the app itself is well."""

    def rules(self, entry: FaultEntry) -> list[list[str]]:
        """One rule for each pod; users' packets are forwarded, not sent by the node, and are not touched."""
        app = self._of(entry)
        found = [(str(pod["status"]["podIP"]), app.page_port(pod)) for pod in app.pods() if pod["status"].get("podIP")]
        refuse = ["--jump", "REJECT", "--reject-with", "tcp-reset"]
        return [["--protocol", "tcp", "--destination", address, "--dport", port, *refuse] for address, port in found]


class NetworkCut(RuleInNode):
    """Whatever comes to the node over the network is dropped without a word; only its API server stays reachable."""

    TABLE, CHAIN = "mangle", "PREROUTING"

    def rules(self, entry: FaultEntry) -> list[list[str]]:  # noqa: ARG002 (the same rule for every cloud)
        """One rule on the node's outer interface."""
        return [["--in-interface", "eth0", "--protocol", "tcp", "!", "--dport", API_PORT, "--jump", "DROP"]]

    def breakage(self, entry: FaultEntry) -> str:
        """The rule itself; the cluster's objects do not notice."""
        return f"{len(self._marked(entry))} rule drops every packet to {entry.cloud}."


class NodeStop(OfCloud):
    """The node's container is killed and started again."""

    def inject(self, entry: FaultEntry) -> None:
        """No grace: a node that loses power has none either."""
        self._of(entry).docker.stop(entry.undo["node"], grace=0)

    def undo(self, entry: FaultEntry) -> None:
        """Start it where it stands still.

        A node that boots takes every processor it gets. A cloud that comes back boots on machines of its own, so the
        stand-in must not take them from the survivors beside it: until it is ready it has a small share.
        """
        if self._state(entry) != "running":
            self._of(entry).docker.limit_cpu(entry.undo["node"], BOOT_SHARES)
            self._of(entry).docker.start(entry.undo["node"])

    def restored(self, entry: FaultEntry) -> bool:
        """The endpoints are ready, and the node has its usual share again."""
        if not super().restored(entry):
            return False
        self._of(entry).docker.limit_cpu(entry.undo["node"], USUAL_SHARES)
        return True

    def breakage(self, entry: FaultEntry) -> str:
        """Docker's word for it."""
        return f"The node of {entry.cloud} is {self._state(entry)}."


class NodePause(NodeStop):
    """The node is frozen: it takes packets and says nothing."""

    def inject(self, entry: FaultEntry) -> None:
        """Freeze every process; on a busy machine the kernel may need more than one try to catch them all."""
        for left in range(FREEZE_TRIES - 1, -1, -1):
            try:
                self._of(entry).docker.pause(entry.undo["node"])
            except OutsideDown:
                if not left:
                    raise
                SystemClock().sleep(FREEZE_PAUSE)
            else:
                return

    def undo(self, entry: FaultEntry) -> None:
        """Let them go on; start the node where someone has stopped it meanwhile."""
        if self._state(entry) == "paused":
            self._of(entry).docker.unpause(entry.undo["node"])
        else:
            super().undo(entry)


class LyingHealth(OfCloud):
    """The Service leads to another app's pods: their health page says yes, and the page that users get is the wrong one."""

    def prepare(self, cloud: str) -> dict[str, str]:
        """Remember the Service's selector."""
        app = self._app(cloud)
        service, other = (app.api.get("v1", "Service", name, app.namespace) for name in (app.service, app.other_selector))
        if service is None or other is None:
            raise Missing(f"{cloud} has no second app whose page could be the wrong one, so that health cannot be made to lie.")
        return {**super().prepare(cloud), "before": json.dumps(service["spec"]["selector"]), "other": json.dumps(other["spec"]["selector"])}

    def inject(self, entry: FaultEntry) -> None:
        """Swap the selector."""
        self._select(entry, before="before", after="other")

    def undo(self, entry: FaultEntry) -> None:
        """Swap it back."""
        self._select(entry, before="other", after="before")

    def restored(self, entry: FaultEntry) -> bool:
        """The selector is the one of before, and the endpoints are ready."""
        return not self._of(entry).exists() or (self._selector(entry) == json.loads(entry.undo["before"]) and super().restored(entry))

    def breakage(self, entry: FaultEntry) -> str:
        """Where the Service leads."""
        words = ", ".join(f"{key}={value}" for key, value in sorted(self._selector(entry).items()))
        return f"The Service {self._of(entry).service} of {entry.cloud} leads to {words}."

    def _select(self, entry: FaultEntry, *, before: str, after: str) -> None:
        app = self._of(entry)
        if not app.exists():
            return
        gone = dict.fromkeys(json.loads(entry.undo[before]))  # None takes a key away
        body = {"spec": {"selector": {**gone, **json.loads(entry.undo[after])}}}
        app.api.patch("v1", "Service", app.service, app.namespace, body)

    def _selector(self, entry: FaultEntry) -> dict[str, str]:
        app = self._of(entry)
        found = app.api.get("v1", "Service", app.service, app.namespace)
        return dict((found or {}).get("spec", {}).get("selector") or {})


class Slow(OfCloud):
    """Every pod of the app gets next to no CPU, so that each answer takes longer than anybody waits."""

    FIND = 'find /sys/fs/cgroup -type d -path "*pod$1*" \\( -name "*pod$1" -o -name "*pod$2.slice" \\)'
    SET = FIND + (
        ' | while read -r folder; do if [ -f "$folder/cpu.max" ]; then echo "$3" > "$folder/cpu.max";'
        ' elif [ -f "$folder/cpu.cfs_quota_us" ]; then echo "$4" > "$folder/cpu.cfs_quota_us"; fi; done'
    )

    def prepare(self, cloud: str) -> dict[str, str]:
        """Remember the pods."""
        uids = [str(pod["metadata"]["uid"]) for pod in self._app(cloud).pods()]
        return {**super().prepare(cloud), "pods": " ".join(uids)}

    def inject(self, entry: FaultEntry) -> None:
        """Starve them, all at once as far as can be."""
        self._quota(entry, f"{STARVED} 100000", STARVED)

    def undo(self, entry: FaultEntry) -> None:
        """Let them have what they want; pods that are gone have no quota."""
        if self._state(entry) == "running":
            self._quota(entry, "max 100000", "-1")

    def _quota(self, entry: FaultEntry, new: str, old: str) -> None:
        for uid in entry.undo["pods"].split():
            self._in_node(entry, "/bin/sh", "-c", self.SET, "quota", uid, uid.replace("-", "_"), new, old)


def cluster_handlers(apps: Mapping[str, CloudApp]) -> dict[str, Handler]:
    """Name → handler, for all clouds."""
    return {
        "scale-to-zero": ScaleToZero(apps), "pod-kill": PodKill(apps), "readiness-false": ReadinessFalse(apps),
        "lying-health": LyingHealth(apps), "slow": Slow(apps), "node-stop": NodeStop(apps), "node-pause": NodePause(apps),
        "network-cut": NetworkCut(apps),
    }
