"""What a Jenkins server can answer to one request of the waiter, as values. No status code goes beyond this point."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class Down:
    """No usable answer, and nothing was changed: refused connection, 502 to 504, a page instead of JSON, a cut answer."""

    reason: str


@dataclass(frozen=True)
class Unsure:
    """The request may or may not have been carried out: the connection broke after it was sent, or the answer is unclear."""

    reason: str


@dataclass(frozen=True)
class Refused:
    """A clear no, with the server's own reason; `code` is the exit code that it deserves (2 or 3)."""

    reason: str
    code: int = 3


@dataclass(frozen=True)
class Gone:
    """404: not there, not yet, or not any more."""


@dataclass(frozen=True)
class Accepted:
    """201: queued. `queue_id` is None where the server names no queue item."""

    queue_id: int | None


@dataclass(frozen=True)
class Item:
    """A queue item. Neither cancelled nor with a number means: still waiting, or just leaving the queue."""

    why: str = ""
    stuck: bool = False
    since: int = 0
    """Entered the queue, milliseconds since the epoch, by the server's clock."""
    cancelled: bool = False
    left: bool = False
    """It has left the queue."""
    number: int | None = None
    """Number of the build that it became."""


@dataclass(frozen=True)
class Found:
    """What a search for the request id showed: the build, the queue item, or neither."""

    number: int | None = None
    queue_id: int | None = None


@dataclass(frozen=True)
class Build:
    """One build as the server records it."""

    number: int
    building: bool
    result: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    url: str = ""
    started: int = 0
    """Milliseconds since the epoch, by the server's clock."""
    duration: int = 0
    """Milliseconds; 0 while it runs."""


@dataclass(frozen=True)
class LogPart:
    """A piece of the console log: the bytes, where the next piece begins, whether there will be one."""

    data: bytes
    size: int
    more: bool


Answer = Down | Unsure | Refused | Gone | Accepted | Item | Found | Build | LogPart


class Ending(StrEnum):
    """How a trigger ended; the exit code of each stands in core/waiter.py."""

    success = "success"
    unstable = "unstable"
    failure = "failure"
    aborted = "aborted"
    not_built = "not built"
    started = "started"
    """Queued or running, and nobody asked to wait."""
    cancelled = "cancelled in the queue"
    refused = "refused"
    mismatch = "other parameters than sent"
    lost = "lost"
    unknown = "unknown whether it was started"
    queue_limit = "too long in the queue"
    run_limit = "ran too long"
    silent = "silent too long"
    outage = "server away too long"
    overall_limit = "overall time limit"


@dataclass(frozen=True)
class WaitLimits:
    """Seconds; each counts by itself."""

    overall: float = 6 * 3600
    queue: float = 3600
    run: float = 5 * 3600
    silence: float = 1800
    outage: float = 900
    lost: float = 30
    """How long a build may be unfindable, while the server answers, before it counts as lost."""
    poll: float = 1


@dataclass(frozen=True)
class ParameterDefinition:
    """A parameter as the job on the server declares it."""

    name: str
    choices: tuple[str, ...] = ()
    """Empty for free text."""
    default: str = ""


@dataclass(frozen=True)
class JobDefinition:
    """What must be known of a job before it is triggered."""

    name: str
    buildable: bool
    parameters: tuple[ParameterDefinition, ...]
