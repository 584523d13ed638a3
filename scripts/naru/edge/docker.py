"""Docker through its own program. Touches only containers, volumes and networks that it is told by name.

What naru makes itself carries the label `naru.dev/made=1`; a kind node cannot carry it (kind takes no labels), so its
container id is recorded in the state folder when it is made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from naru.edge.command import CommandResult, run
from naru.errors import Missing, OutsideDown

MADE = "naru.dev/made=1"
"""Label of everything that naru makes in Docker."""

QUICK = 30.0
"""Deadline in seconds of a call that only asks or flips a state."""


class Docker:
    """The Docker engine of this machine."""

    def running(self) -> bool:
        """True if a daemon answers."""
        return self._call(["version", "--format", "{{.Server.Version}}"], timeout=10, check=False).ok

    def inspect(self, name: str) -> dict[str, Any] | None:
        """The container's description, or None where there is no such container."""
        return self._inspect("container", name)

    def inspect_image(self, name: str) -> dict[str, Any] | None:
        """The image's description, or None."""
        return self._inspect("image", name)

    def inspect_network(self, name: str) -> dict[str, Any] | None:
        """The network's description, or None."""
        return self._inspect("network", name)

    def ps(self, *filters: str) -> list[str]:
        """Names of containers, stopped ones too, that match every filter (`label=naru.dev/made=1`)."""
        words = [word for text in filters for word in ("--filter", text)]
        return self._call(["ps", "--all", "--format", "{{.Names}}", *words]).stdout.split()

    def published_ports(self) -> set[int]:
        """Host ports that running containers of naru's own publish."""
        text = self._call(["ps", "--filter", f"label={MADE}", "--format", "{{.Ports}}"]).stdout
        ports: set[int] = set()
        for first, last in re.findall(r":(\d+)(?:-(\d+))?->", text):
            ports |= set(range(int(first), int(last or first) + 1))
        return ports

    def run_detached(self, name: str, image: str, *, options: Sequence[str] = (), command: Sequence[str] = ()) -> str:
        """Start a container of ours; gives its id."""
        words = ["run", "--detach", "--name", name, "--label", MADE, *options, image, *command]
        return self._call(words, timeout=120).stdout.strip()

    def create(self, name: str, image: str, *, options: Sequence[str] = (), command: Sequence[str] = ()) -> str:
        """Make a container of ours without starting it; gives its id."""
        return self._call(["create", "--name", name, "--label", MADE, *options, image, *command], timeout=120).stdout.strip()

    def start(self, name: str) -> None:
        """Start a container that stands still."""
        self._call(["start", name], timeout=60)

    def stop(self, name: str, grace: int = 5) -> None:
        """SIGTERM, and SIGKILL after `grace` seconds."""
        self._call(["stop", "--time", str(grace), name], timeout=grace + 60)

    def pause(self, name: str) -> None:
        """Freeze every process of a container: it neither answers nor refuses."""
        self._call(["pause", name])

    def unpause(self, name: str) -> None:
        """Let a frozen container go on."""
        self._call(["unpause", name])

    def remove(self, name: str) -> None:
        """Remove a container with its anonymous volumes; nothing to do where it is gone."""
        result = self._call(["rm", "--force", "--volumes", name], timeout=120, check=False)
        if not result.ok and "No such container" not in result.stderr:
            raise OutsideDown(f"Docker could not remove the container '{name}': {result.last_line()}")

    def exec(
        self, name: str, argv: Sequence[str], *, timeout: float = QUICK, stdin: bytes = b"", check: bool = True
    ) -> CommandResult:
        """Run a program inside a container."""
        return self._call(["exec", "--interactive", name, *argv], timeout=timeout, stdin=stdin, check=check)

    def kill(self, name: str, signal: str) -> None:
        """Send a signal to the container's first process."""
        self._call(["kill", "--signal", signal, name])

    def logs(self, name: str, lines: int = 100) -> str:
        """The last lines that the container printed."""
        result = self._call(["logs", "--tail", str(lines), name], check=False)
        return result.stdout + result.stderr

    def copy_in(self, name: str, source: Path, target: str) -> None:
        """Copy a file, or a folder's contents (`source/.`), into a container."""
        self._call(["cp", str(source) if source.is_file() else f"{source}/.", f"{name}:{target}"], timeout=300)

    def copy_out(self, name: str, source: str, target: Path) -> None:
        """Copy a path out of a container."""
        self._call(["cp", f"{name}:{source}", str(target)], timeout=300)

    def import_image(self, tar: Path, tag: str, changes: Sequence[str] = ()) -> None:
        """Make an image of one layer from a root file system."""
        words = [word for change in changes for word in ("--change", change)]
        self._call(["import", *words, str(tar), tag], timeout=300)

    def commit(self, name: str, tag: str) -> None:
        """Make an image from a container as it stands."""
        self._call(["commit", name, tag], timeout=300)

    def build(self, dockerfile: str, tag: str) -> None:
        """Make an image from a Dockerfile without a context."""
        self._call(["build", "--tag", tag, "-"], timeout=300, stdin=dockerfile.encode())

    def images(self, repository: str) -> list[str]:
        """Tags (`repository:tag`) of one repository."""
        return self._call(["images", "--format", "{{.Repository}}:{{.Tag}}", repository]).stdout.split()

    def remove_image(self, tag: str) -> None:
        """Remove an image; raises OutsideDown where a container still uses it."""
        self._call(["rmi", tag], timeout=120)

    def pull(self, reference: str, on_line: Callable[[str], None] | None = None) -> None:
        """Fetch an image from a registry."""
        result = run(["docker", "pull", reference], timeout=1200, on_line=on_line, check=False)
        if not result.ok:
            raise OutsideDown(
                f"The image {reference} could not be pulled: {result.last_line()}.",
                hint="Leave out --image to build the node image on this machine.",
            )

    def limit_cpu(self, name: str, shares: str) -> None:
        """Set the CPU shares of a container (1024 is usual)."""
        self._call(["update", "--cpu-shares", shares, name])

    def make_network(self, name: str, subnet: str) -> None:
        """A bridge network of ours."""
        self._call(["network", "create", "--driver", "bridge", "--subnet", subnet, "--label", MADE, name])

    def remove_network(self, name: str) -> None:
        """Remove a network; raises OutsideDown where a container still uses it."""
        self._call(["network", "rm", name])

    def stats(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """One sample of CPU and memory for each container."""
        if not names:
            return []
        result = self._call(["stats", "--no-stream", "--format", "{{json .}}", *names], timeout=60)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def _inspect(self, kind: str, name: str) -> dict[str, Any] | None:
        result = self._call([kind, "inspect", name], check=False)
        if result.ok:
            found = json.loads(result.stdout)
            return dict(found[0]) if found else None
        if "No such" in result.stderr or "not found" in result.stderr:
            return None
        raise OutsideDown(f"Docker did not say what '{name}' is: {result.last_line()}.", hint="Is dockerd running? ./naru doctor tells.")

    def _call(
        self, words: Sequence[str], *, timeout: float = QUICK, stdin: bytes = b"", check: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> CommandResult:
        try:
            return run(["docker", *words], timeout=timeout, stdin=stdin, check=check, env=env)
        except Missing:
            raise Missing("The docker program is not installed.", hint="Run ./naru doctor to see what to install.") from None
