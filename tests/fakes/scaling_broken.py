"""What the small world that scales is made of: its pods, and what may be wrong with it."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime

BEGIN = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
MONO = 5_000.0
STEP = 0.1
COST, IDLE = 0.006, 0.002
HASH = "7c9f5b6d4f"


@dataclass
class Broken:
    """What is wrong; by default nothing."""

    earlier_cores: float = 0.0
    """What each pod used besides until `earlier_until` seconds: a start, an earlier load."""
    earlier_until: float = 0.0
    request: str = "100m"
    low: int = 2
    high: int = 6
    target: int = 60
    own_window: int | None = None
    foreign_pod: bool = False
    metrics_down_at: float = math.inf
    """Seconds after the load step (or, before it, after the world's begin + 10,000)."""
    metrics_never: bool = False
    hpa_deaf: bool = False
    thrash: bool = False
    new_pods_fail: float = 0.0
    """Seconds for which a new pod answers 500."""
    new_pods_silent: bool = False
    leavers_reset: bool = False
    never_ready: bool = False
    writer: str = ""
    """A manager that scales by hand 5 s after the step."""
    apm_forgets: bool = False
    late_ms: float = 0.2
    gap: bool = False
    slow_ms: float = 8.0
    stuck_up: bool = False
    extra_at_hold: bool = False
    """The HPA asks for two pods too many."""
    early_drop: bool = False
    """Pods leave at once when the load falls, whatever the window."""
    unreachable: bool = False
    """From the step on most requests never reach a pod."""
    jumps: bool = False
    """The scale moves during the baseline."""


@dataclass
class Pod:
    name: str
    uid: str
    created: float
    ready_at: float
    leaving: float | None = None
    gone: float | None = None
    used: float = 0.0
    phase: float = 0.0
    samples: list = field(default_factory=list)
    told: str = ""
