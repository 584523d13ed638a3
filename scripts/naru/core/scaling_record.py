"""What a scaling run recorded, as values: everything that the judge may look at, and nothing else.

Times are absolute monotonic seconds of the measuring host, for watches, polls and load alike. The same values stand
in the raw files (`core/scaling_files.py`), so that a run can be judged again from them alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from naru.model.load import LoadSummary, Row
from naru.model.samples import Sample


@dataclass(frozen=True, slots=True)
class Timing:
    """How often this cluster samples, stores and looks, read from its own flags; seconds."""

    housekeeping: float = 10.0
    resolution: float = 15.0
    sync: float = 15.0
    downscale_window: float = 300.0
    tolerance: float = 0.1
    jitter: float = 1.0
    """cAdvisor's own: the distance of two samples lies between housekeeping and twice that."""


@dataclass(frozen=True, slots=True)
class PodCpu:
    """One pod's CPU as metrics.k8s.io gave it."""

    at: str
    """The reading's own timestamp (steps of a second)."""
    window: float
    cores: float


@dataclass(frozen=True, slots=True)
class MetricPoll:
    """One look at metrics.k8s.io; `fault` says why there was no answer."""

    mono: float
    pods: dict[str, PodCpu] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ScaleWriter:
    """A field manager that owned `spec.replicas` of the Deployment when looked at; an empty name where none did.

    The API server begins to track the owner of a field with the first apply that sets it: where the overlay rightly
    sets none, writes through the scale subresource (the HPA's, and those of `kubectl scale`) leave no trace here.
    """

    mono: float
    manager: str
    subresource: str
    time: str
    replicas: int | None


@dataclass(frozen=True, slots=True)
class ApmPoll:
    """The instances of the app that the APM listed: pod → its `last_seen`."""

    mono: float
    pods: dict[str, str] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True, slots=True)
class HostPoll:
    """How busy the measuring host was: reported, never judged."""

    mono: float
    cpu_percent: float
    """Of all processors, since the poll before."""
    load_average: float


@dataclass(frozen=True, slots=True)
class Marks:
    """When each part of the run began; None where it never did."""

    quiet: float
    """Recording began; no load yet."""
    baseline: float | None = None
    step: float | None = None
    down: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Aim:
    """What calibration found and where the step was aimed."""

    idle_cores: float
    """CPU of one pod without load."""
    cores_per_request: float
    """CPU seconds that one request costs."""
    replicas: int
    """The number of pods that the HPA must choose."""
    base_rate: float
    step_rate: float
    capped: bool = False
    """The rate that the aim needs was more than may be offered; the step was cut to the cap."""


@dataclass(frozen=True)
class ScalingRun:
    """One run, whole."""

    cloud: str
    namespace: str
    deployment: str
    hpa: str
    profile: str
    timing: Timing
    hold_seconds: float
    """How long replicas had to stand still."""
    marks: Marks
    entry: dict[str, Any]
    """Objects at the entry: `hpa`, `deployment`, `pods` (all that the HPA's selector matches), `replica_sets`."""
    aim: Aim | None
    stopped: str
    """Empty, or why the run was ended before its plan was over."""
    apm_expected: bool = False
    watch: tuple[Sample, ...] = ()
    metrics: tuple[MetricPoll, ...] = ()
    writers: tuple[ScaleWriter, ...] = ()
    apm: tuple[ApmPoll, ...] = ()
    host: tuple[HostPoll, ...] = ()
    load: LoadSummary | None = None
    rows: Sequence[Row] = ()

    def absolute(self, seconds: float) -> float:
        """Seconds of the load's axis as absolute monotonic seconds."""
        return seconds + (self.load.origin_monotonic if self.load else 0.0)
