"""Follows the log of every container incarnation from its first second, so that a pod deleted a moment later is kept.

Each incarnation is one container id. One that was never seen running is read once (`previous`, or what is left).
Resting state: no thread of ours lives after `stop`.
"""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import urlencode

from naru.edge.api_transport import Stream
from naru.edge.cluster import Cluster
from naru.errors import NaruError
from naru.model.logs import ContainerLog
from naru.model.samples import Sample

MAX_BYTES = 1 << 20
"""Kept of one incarnation; more is read and dropped, and the log says so."""

FOLLOW_SECONDS = 3600.0
READ_SECONDS = 10.0


class LogFollower:
    """Gets pods as they are seen and keeps each incarnation's log."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._guard = threading.Lock()
        self._open: dict[str, _Incarnation] = {}
        self._stopped = False

    def sample(self, sample: Sample) -> None:
        """For a watch: looks at the pods among its samples."""
        if sample.type != "GAP" and sample.object["kind"] == "Pod":
            self.see(sample.object)

    def see(self, pod: dict[str, Any]) -> None:
        """Look at a pod's container statuses and begin what is new; never blocks and never raises."""
        status = pod.get("status") or {}
        for group in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
            for container in status.get(group) or []:
                self._see_container(pod, container)

    def logs(self) -> list[ContainerLog]:
        """What was kept so far, in the order of first sight."""
        with self._guard:
            return [incarnation.snapshot() for incarnation in self._open.values()]

    def stop(self, grace_seconds: float = 2.0) -> None:
        """End all streams; those of containers that ended by themselves get the grace to be read to their end."""
        with self._guard:
            self._stopped = True
            open_now = list(self._open.values())
        for incarnation in open_now:
            if incarnation.ended.is_set():
                incarnation.thread.join(grace_seconds)
        for incarnation in open_now:
            incarnation.cut()
        for incarnation in open_now:
            incarnation.thread.join(grace_seconds)

    def _see_container(self, pod: dict[str, Any], container: dict[str, Any]) -> None:
        state, last = container.get("state") or {}, container.get("lastState") or {}
        count = int(container.get("restartCount") or 0)
        if dead := last.get("terminated"):
            self._begin(pod, container["name"], dead.get("containerID"), number=max(count - 1, 0), how="previous", dead=dead)
        if state.get("running"):
            self._begin(pod, container["name"], container.get("containerID"), number=count, how="followed", dead=None)
        elif dead := state.get("terminated"):
            self._begin(pod, container["name"], dead.get("containerID"), number=count, how="read", dead=dead)

    def _begin(
        self, pod: dict[str, Any], container: str, identity: str | None, *, number: int, how: str, dead: dict[str, Any] | None
    ) -> None:
        if not identity:
            return
        with self._guard:
            if identity not in self._open and not self._stopped:
                self._open[identity] = _Incarnation(self._cluster, pod, container, identity, number=number, how=how)
                self._open[identity].thread.start()
            if dead is not None and identity in self._open:
                self._open[identity].end(dead)


class _Incarnation:
    """One container id and the thread that reads its log."""

    def __init__(self, cluster: Cluster, pod: dict[str, Any], container: str, identity: str, *, number: int, how: str) -> None:
        meta = pod["metadata"]
        self.cluster, self.namespace, self.pod, self.uid = cluster, meta["namespace"], meta["name"], meta["uid"]
        self.container, self.identity, self.number, self.how = container, identity, number, how
        self.node = str((pod.get("spec") or {}).get("nodeName") or "")
        self.kept = bytearray()
        self.dropped = 0
        self.whole = False
        self.fault = ""
        self.dead: dict[str, Any] = {}
        self.ended = threading.Event()
        self.stream: Stream | None = None
        self.closing = False
        self.thread = threading.Thread(target=self._read, name=f"log-{self.pod}", daemon=True)

    def end(self, dead: dict[str, Any]) -> None:
        """The container ended with this terminated state."""
        self.dead = dead
        self.ended.set()

    def cut(self) -> None:
        """Wake the thread out of its read."""
        self.closing = True
        if self.stream is not None:
            self.stream.close()

    def snapshot(self) -> ContainerLog:
        """The log as a value."""
        return ContainerLog(
            namespace=self.namespace, pod=self.pod, uid=self.uid, node=self.node, container=self.container,
            container_id=self.identity, number=self.number, how=self.how, whole=self.whole, dropped_bytes=self.dropped,
            fault=self.fault, exit_code=self.dead.get("exitCode"), reason=str(self.dead.get("reason") or ""),
            text=bytes(self.kept).decode("utf-8", "replace"),
        )

    def _read(self) -> None:
        query = {"container": self.container, "timestamps": "true",
                 "follow": str(self.how == "followed").lower(), "previous": str(self.how == "previous").lower()}
        path = f"{self.cluster.path('v1', 'Pod', self.namespace, self.pod)}/log?{urlencode(query)}"
        try:
            self.stream = self.cluster.stream(path, read_timeout=FOLLOW_SECONDS if self.how == "followed" else READ_SECONDS)
            if self.closing:
                self.stream.close()
            for line in self.stream:
                self._keep(line)
            self.whole = not self.closing
        except NaruError as error:
            self.fault = error.message

    def _keep(self, line: bytes) -> None:
        if len(self.kept) + len(line) < MAX_BYTES:
            self.kept += line + b"\n"
        else:
            self.dropped += len(line) + 1
