"""What the scaling proof needs of the outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from naru.core.scaling_record import Timing
from naru.model.load import LoadPlan, LoadResult, Tick
from naru.steps.ports import Clock
from naru.steps.recorder import Recorder


class ScalingCluster(Protocol):
    """Reads of one cluster; the proof itself changes nothing in it."""

    name: str

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> dict[str, Any] | None: ...

    def list(self, api_version: str, kind: str, namespace: str = "", selector: str = "") -> list[dict[str, Any]]: ...


class Answered(Protocol):
    """One answer of a poll."""

    @property
    def mono(self) -> float: ...

    @property
    def answer(self) -> Any: ...

    @property
    def fault(self) -> str: ...


class Polls(Protocol):
    """One question, asked every second in the background."""

    @property
    def answers(self) -> Sequence[Answered]: ...

    def begin(self) -> None: ...

    def stop(self) -> None: ...


class RunningLoad(Protocol):
    """A load that runs; its second 0 lies at `origin_monotonic`."""

    @property
    def origin_monotonic(self) -> float: ...

    @property
    def ticks(self) -> Sequence[Tick]: ...

    def follow(self, steps: Mapping[str, Sequence[tuple[float, float]]]) -> None: ...

    def stop(self) -> None: ...

    def wait(self) -> LoadResult: ...

    def close(self) -> None: ...


class Load(Protocol):
    """The open-loop engine."""

    def start(self, plan: LoadPlan, on_tick: Callable[[Tick], None] | None = None) -> RunningLoad: ...


@dataclass(frozen=True)
class ScalingSite:
    """One cloud's stand-in with everything that watches it."""

    cluster: ScalingCluster
    clock: Clock
    load: Load
    recorder: Callable[[], Recorder]
    metrics: Callable[[str], Polls]
    """Pods of a label selector in metrics.k8s.io."""
    scale: Callable[[], Polls]
    """The proven Deployment, with its managedFields."""
    apm: Callable[[], Polls] | None
    """The APM's list of instances; None where the cloud has none."""
    host: Callable[[], Polls]
    """(processor percent, load average) of the measuring host."""
    housekeeping: float = Timing().housekeeping
    """Seconds of kubelet's sampling interval, which no API shows; its default where nobody can say."""
