"""What the fail-over drill needs of the outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from naru.model.failover import DirectorEvent, FaultEntry, Reading
from naru.model.load import DnsLookup, LoadPlan, LoadResult, Tick


class Director(Protocol):
    """One of the two directors, running."""

    def events(self) -> list[DirectorEvent]: ...

    def states(self) -> dict[str, bool]: ...


class RunningLoad(Protocol):
    """A load that runs; its second 0 lies at `origin_monotonic`."""

    origin: str
    origin_monotonic: float

    def stop(self) -> None: ...

    def wait(self) -> LoadResult: ...

    def close(self) -> None: ...


class Load(Protocol):
    """The open-loop engine."""

    def start(self, plan: LoadPlan, on_tick: Callable[[Tick], None] | None = None) -> RunningLoad: ...


class FaultPort(Protocol):
    """Faults with their journal."""

    def inject(self, fault: str, cloud: str) -> FaultEntry:
        """Effect: break a cloud."""

    def undo(self, entry: FaultEntry) -> None:
        """Effect: take a fault back."""

    def blip(self, fault: str, cloud: str, seconds: float) -> None:
        """Effect: break a cloud for a moment."""

    def undo_all(self) -> list[str]:
        """Effect: take back every fault of this process; sentences for those that would not go."""

    def undo_leftovers(self) -> list[FaultEntry]:
        """Effect: take back what dead processes left."""

    def leftovers(self) -> list[FaultEntry]: ...

    def settled(self, entry: FaultEntry) -> bool: ...

    def breakage(self, entry: FaultEntry) -> str: ...


class AppWatch(Protocol):
    """Reads the proven app's objects in every cloud, in the background, as long as they can be read."""

    def readings(self) -> list[tuple[float, Reading]]:
        """(monotonic seconds, reading with `at` 0) so far."""

    def latest(self, cloud: str) -> tuple[float, Reading] | None: ...


class Site(Protocol):
    """Everything that stands around the app for the time of the drill: directors and watch."""

    @property
    def http(self) -> Director: ...

    @property
    def dns(self) -> Director | None: ...

    @property
    def watch(self) -> AppWatch: ...

    @property
    def address(self) -> str:
        """Where the HTTP director listens, `127.0.0.1:18000`."""

    @property
    def port(self) -> int:
        """Port of the clouds' addresses that DNS gives."""

    def lookup(self) -> DnsLookup | None:
        """Where the clients of DNS mode ask; None without it."""

    def log(self) -> list[str]:
        """The HTTP director's own log so far."""


class LiveApp(Protocol):
    """The proven app of one cloud's verification cluster, as it stands there."""

    def live_deployment(self) -> dict[str, Any]: ...

    def applications(self) -> list[dict[str, Any]]:
        """Argo CD Applications; none where the cluster does not know the kind."""


class Stores(Protocol):
    """The clouds' own stores, to which the drill's numbered writes go."""

    def writes(self, cloud: str) -> tuple[str, ...]:
        """The writes that the store holds, `naver:MARK-17` each; raises OutsideDown where it does not answer."""


class Shield(Protocol):
    """Keeps Ctrl-C and SIGTERM waiting for the time of an undo; a context manager made anew by each call."""

    def __call__(self) -> Any: ...
