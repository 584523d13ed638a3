"""What the cloud steps need of the machine; edge/kind_cluster.py and edge/stand_ins.py are the real ones."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from naru.model.sandbox import BalancedApp, RegistryPlace, Sandbox
from naru.steps.ports import Clock


class ClusterPort(Protocol):
    """One kind cluster."""

    name: str
    node: str
    made_now: bool
    """True once this object has made the cluster: what is new is not made again."""

    def state(self) -> str: ...

    def look(self, *paths: str) -> tuple[str, dict[str, str]]:
        """The state, and texts of files of a running node by their paths; empty where one is not there."""
        ...

    def create(self, image: str, config: str, kubeconfig: Path) -> None: ...

    def wake(self) -> None: ...

    def remove(self) -> None: ...

    def export_kubeconfig(self, kubeconfig: Path) -> None: ...

    def wait_ready(self, seconds: float = ...) -> None: ...

    def kubectl(self, *words: str, stdin: bytes = ..., check: bool = ..., timeout: float = ...) -> str: ...

    def apply_all(self, objects: list[dict[str, Any]]) -> None: ...

    def write_files(self, files: dict[str, str]) -> None: ...

    def renew_kubelet(self, files: dict[str, str]) -> None: ...

    def empty_folders(self, paths: list[str]) -> None: ...

    def make_folders(self, paths: list[str]) -> None: ...


class StandInsPort(Protocol):
    """Registries and load balancers of the sandbox."""

    def ensure_image(self) -> bool: ...

    def ensure_network(self) -> bool: ...

    def ensure_registry(self, place: RegistryPlace, login: tuple[str, str] | None) -> bool: ...

    def balancing(self, name: str) -> AbstractContextManager[None]:
        """Hold what leads one load balancer, so that no two change it at once."""
        ...

    def balanced_apps(self, name: str) -> tuple[BalancedApp, ...]: ...

    def keep_balanced_apps(self, name: str, apps: tuple[BalancedApp, ...]) -> None: ...

    def ensure_balancer(self, name: str, config: str, ports: range) -> bool: ...

    def login(self, cloud: str) -> tuple[str, str]: ...

    def keep_login(self, cloud: str, text: str) -> bool:
        """Keep the login of a target's registry where a promotion finds it; True if it was not so before."""
        ...


@dataclass(frozen=True)
class Parts:
    """The machine."""

    sandbox: Sandbox
    stand_ins: StandInsPort
    image: str
    clock: Clock
