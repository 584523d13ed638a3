"""One container of one pod as it was last seen, and the signs made of it."""

from __future__ import annotations

from typing import NamedTuple

from naru.core.history import Death, History
from naru.core.said import Said
from naru.core.sign import Reason, Sign
from naru.core.world import Object, World, container_spec, is_sidecar, name, uid


class SeenContainer(NamedTuple):
    """A container's status with everything that a sign may need."""

    world: World
    history: History
    pod: Object
    group: str
    """`init` or `main`."""
    status: Object

    @property
    def name(self) -> str:
        """The container's name."""
        return str(self.status["name"])

    @property
    def key(self) -> str:
        """How the history names it."""
        return f"{uid(self.pod)}/{self.name}"

    @property
    def spec(self) -> Object:
        """The container's spec."""
        return container_spec(self.pod, self.name)

    @property
    def waiting(self) -> Object:
        """state.waiting, empty where it does not wait."""
        return (self.status.get("state") or {}).get("waiting") or {}

    @property
    def deleting(self) -> bool:
        """True if the pod is being deleted: what happens now is no sign."""
        return bool(self.pod["metadata"].get("deletionTimestamp"))

    def deaths(self) -> list[Death]:
        """Incarnations that ended since the change."""
        return self.history.deaths_of(self.pod, self.name)

    def role(self) -> Said:
        """What the container is, in words."""
        if self.group == "main":
            return Said("container", "컨테이너")
        return Said("sidecar", "사이드카") if is_sidecar(self.pod, self.name) else Said("init container", "초기화 컨테이너")

    def sign(self, reason: Reason, said: Said, *, grace: float = 0, lines: tuple[str, ...] = ()) -> Sign:
        """A sign that names pod and container before what was seen."""
        role, which = self.role(), name(self.pod)
        whole = Said(f"Pod {which}: {role.en} {self.name} {said.en}.", f"파드 {which}: {role.ko} {self.name} {said.ko}.")
        return Sign(reason, f"Pod/{which}", whole, grace, self.name, tuple(line for line in lines if line))


def first_words(message: str) -> str:
    """A message as one short line without its full stop."""
    return " ".join(message.split())[:240].rstrip(".")
