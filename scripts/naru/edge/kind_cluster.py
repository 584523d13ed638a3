"""kind clusters of one node, and the node's own kubectl for what is set up in them.

Resting state of a made cluster: its node carries /kind/naru-made (kind finished) and /kind/naru-setup (what `up` set).
A node without the first was cut off half-way and is made again.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from naru.edge.clock import SystemClock
from naru.edge.command import run
from naru.edge.docker import Docker
from naru.edge.files import write_durably
from naru.errors import OutsideDown

CREATE_SECONDS = 300.0
READY_SECONDS = 90.0
MADE = "/kind/naru-made"
WRITE = 'mkdir -p "$(dirname "$1")" && cat > "$1.new" && mv "$1.new" "$1"'

_one_at_a_time = threading.Lock()
"""kind's own lock around a kubeconfig is not enough when several clusters are made side by side on a loaded machine."""


class KindCluster:
    """One cluster by name; `kind` gives the program's path, built when first needed."""

    def __init__(self, name: str, *, docker: Docker, kind: Callable[[], Path], network: str, clock: SystemClock) -> None:
        self.name = name
        self.node = f"{name}-control-plane"
        self.made_now = False
        self._docker = docker
        self._kind = kind
        self._network = network
        self._clock = clock

    def state(self) -> str:
        """`absent`, `stopped`, `paused`, `half-made`, `foreign` or `running`."""
        return self.look()[0]

    def look(self, *paths: str) -> tuple[str, dict[str, str]]:
        """The state, and files of a running node by their paths (as `read_files`; empty texts in every other state)."""
        state = self._container_state()
        files = self.read_files(MADE, *paths) if state == "running" else {}
        if state == "running" and MADE not in files:
            state, files = "half-made", {}
        return state, {path: files.get(path, "") for path in paths}

    def _container_state(self) -> str:
        found = self._docker.inspect(self.node)
        if found is None:
            return "absent"
        if found["Config"]["Labels"].get("io.x-k8s.kind.cluster") != self.name or self._network not in found["NetworkSettings"]["Networks"]:
            return "foreign"
        if found["State"]["Paused"]:
            return "paused"
        return "running" if found["State"]["Running"] else "stopped"

    def create(self, image: str, config: str, kubeconfig: Path) -> None:
        """Make the cluster and write its kubeconfig; what a failed attempt left is removed first and afterwards."""
        self._docker.remove(self.node)
        scratch = kubeconfig.with_suffix(".making")
        environment = {**os.environ, "KIND_EXPERIMENTAL_DOCKER_NETWORK": self._network}
        argv = [str(self._kind()), "create", "cluster", "--name", self.name, "--image", image, "--config", "-", "--wait", "0s"]
        result = run(
            [*argv, "--kubeconfig", str(scratch)], timeout=CREATE_SECONDS, stdin=config.encode(), env=environment, check=False
        )
        if not result.ok:
            self._docker.remove(self.node)
            raise OutsideDown(f"kind could not make {self.name}: {result.last_line()}", hint="Try again; ./naru doctor shows what may be missing.")
        write_durably(kubeconfig, scratch.read_bytes(), mode=0o600)
        scratch.unlink()
        self._docker.exec(self.node, ["touch", MADE])
        self.made_now = True

    def wake(self) -> None:
        """Start a stopped node, let a frozen one go on."""
        state = self.state()
        if state == "paused":
            self._docker.unpause(self.node)
        elif state == "stopped":
            self._docker.start(self.node)

    def remove(self) -> None:
        """Remove the node with its volumes."""
        self._docker.remove(self.node)

    def export_kubeconfig(self, kubeconfig: Path) -> None:
        """Write the kubeconfig again; the API server's loopback port stays the same over restarts."""
        environment = {**os.environ, "KIND_EXPERIMENTAL_DOCKER_NETWORK": self._network}
        with _one_at_a_time:
            result = run([str(self._kind()), "get", "kubeconfig", "--name", self.name], timeout=60, env=environment)
        write_durably(kubeconfig, result.stdout.encode(), mode=0o600)

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until the API server is ready and the node is Ready."""
        deadline = self._clock.monotonic() + seconds
        while True:
            answer = self.kubectl("get", "nodes", "--output", "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}", check=False)
            if answer == "True":
                return
            if self._clock.monotonic() > deadline:
                raise OutsideDown(f"{self.name} was not ready within {seconds:g} s: {answer or 'its API server does not answer'}.")
            self._clock.sleep(0.3)

    def kubectl(self, *words: str, stdin: bytes = b"", check: bool = True, timeout: float = 60) -> str:
        """Standard output of the node's own kubectl, which is of the cluster's version and needs no network."""
        argv = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", *words]
        result = self._docker.exec(self.node, argv, stdin=stdin, check=check, timeout=timeout)
        return result.stdout.strip() if result.ok else result.last_line()

    def apply_all(self, objects: list[dict[str, Any]]) -> None:
        """Server-side apply of set-up objects in one call."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        self.kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=naru-clouds", "-f", "-", stdin=text.encode(), timeout=120)

    def read_file(self, path: str) -> str:
        """A file of the node; empty where it is not there."""
        return self.read_files(path).get(path, "")

    def read_files(self, *paths: str) -> dict[str, str]:
        """Texts of those files of the node that are there, in one program start: each costs more than what it reads."""
        script = 'for path; do if [ -f "$path" ]; then printf %s "$path " && base64 --wrap=0 "$path" && echo; fi; done'
        result = self._docker.exec(self.node, ["/bin/sh", "-c", script, "read", *paths], check=False)
        lines = [line.rpartition(" ") for line in result.stdout.splitlines()] if result.ok else []
        return {path: base64.b64decode(text).decode() for path, _, text in lines}

    def write_files(self, files: dict[str, str]) -> None:
        """Write files of the node, each by a rename, so that kubelet never reads half a manifest."""
        for path, text in files.items():
            self._docker.exec(self.node, ["/bin/sh", "-c", WRITE, "write", path], stdin=text.encode())

    def renew_kubelet(self, files: dict[str, str]) -> None:
        """Write files that kubelet reads at its start and start it again, in one program: cut off between, it would run on as before."""
        for path, text in files.items():
            self._docker.exec(self.node, ["/bin/sh", "-c", f"{WRITE} && systemctl restart kubelet", "write", path], stdin=text.encode())

    def empty_folders(self, paths: list[str]) -> None:
        """Remove what stands in folders of the node (local volumes whose claim is gone)."""
        if paths:
            self._docker.exec(self.node, ["/bin/sh", "-c", 'for path; do find "$path" -mindepth 1 -delete; done', "folders", *paths])

    def make_folders(self, paths: list[str]) -> None:
        """Make folders of the node, open to every user of a pod (local volumes)."""
        if paths:
            self._docker.exec(self.node, ["/bin/sh", "-c", 'mkdir -p "$@" && chmod 0777 "$@"', "folders", *paths])
