"""Load as values: lanes with their steps, one row for each request, one tick for each second.

Times of rows and ticks are seconds since the run's origin, whose monotonic and wall-clock time the result carries.
Open loop: the intended send time of each request is fixed by the steps alone, never by how fast answers come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from naru.model.record import Record

Seconds = Annotated[float, Field(gt=0, le=86_400)]


class LoadStep(Record):
    """A constant rate for a time; rate 0 is a pause."""

    seconds: Seconds
    rate: float = Field(ge=0, le=20_000)
    """Requests per second."""


class DnsLookup(Record):
    """Where a lane asks for its address instead of using the one in its URL."""

    server: str
    """Address of the DNS server."""
    port: int = Field(ge=1, le=65_535)
    name: str
    honour_ttl: bool = True
    """False: the first answer is used for ever, as a client that never asks again does."""


class Lane(Record):
    """One stream of requests to one address."""

    name: str
    url: str
    """`http://ADDRESS:PORT/path`; `{n}` in the path becomes the request's number."""
    steps: tuple[LoadStep, ...] = Field(min_length=1)
    connection: Literal["new", "keepalive"] = "new"
    host: str = ""
    """Host header; the address of the URL where empty."""
    cookie: str = Field(default="", pattern=r"\A[!-~]*\Z")
    """Cookie header, as a client sends it that a balancer has bound to one server."""
    method: Literal["GET", "POST", "PUT"] = "GET"
    body: str = ""
    """Body of each request (JSON); `{n}` becomes the request's number, `{slot}` that number modulo `slots`."""
    slots: int = Field(default=1, ge=1, le=100_000)
    marker: str = ""
    """Text that the answer must carry; without it a 2xx counts as the error `marker`."""
    connect_timeout_seconds: Seconds = 1.0
    timeout_seconds: Seconds = 2.0
    """From sending to the last byte."""
    requests_per_connection: int = Field(default=0, ge=0)
    """Kept-alive connections are closed after so many requests; 0 means never."""
    dns: DnsLookup | None = None


class LoadPlan(Record):
    """Everything that the engine needs; bounded in requests and in time."""

    lanes: tuple[Lane, ...] = Field(min_length=1, max_length=64)
    max_requests: int = Field(default=500_000, ge=1, le=5_000_000)
    max_in_flight: int = Field(default=2_000, ge=1, le=8_000)
    """Over this many unanswered requests the next one is not sent but counted as `dropped`."""
    allowed_hosts: tuple[str, ...] = ()
    """Hosts besides loopback that may be loaded: the cloud's own config says so, nothing else."""


class Row(NamedTuple):
    """One request."""

    lane: str
    number: int
    intended: float
    sent: float
    """When it was really begun; NaN for one that was dropped."""
    done: float
    """Last byte or failure."""
    status: int
    """HTTP status; 0 where there is none."""
    error: str
    """Empty, or a fixed word: refused, unreachable, connect-timeout, timeout, reset, closed, malformed, marker, dns, dropped."""
    cloud: str
    pod: str
    version: str
    reused: bool
    """Sent on a connection that had carried a request before."""

    @property
    def ok(self) -> bool:
        """Answered whole, with a status below 400."""
        return not self.error and 0 < self.status < 400

    @property
    def latency(self) -> float:
        """Seconds from the *intended* send time to the last byte: what a user waited."""
        return self.done - self.intended

    @property
    def lateness(self) -> float:
        """Seconds from the intended to the real send time: the engine's own fault, never the server's."""
        return self.sent - self.intended


class Tick(Record):
    """One second of a running load, told when it is over; answers count in the second in which they came."""

    second: int
    offered: int
    answered: int
    ok: int
    errors: dict[str, int] = {}
    """Error word or `http-503` → count."""
    in_flight: int
    p50_milliseconds: float | None = None
    p99_milliseconds: float | None = None
    lateness_p99_milliseconds: float | None = None
    pods: dict[str, int] = {}
    clouds: dict[str, int] = {}
    lanes: dict[str, int] = {}
    """Lane → good answers."""


class LoadSummary(Record):
    """The engine's account of itself."""

    origin: str
    """Wall-clock time of second 0 (ISO, UTC)."""
    origin_monotonic: float
    """Monotonic time of second 0, the same clock as that of watches on this host."""
    seconds: float
    intended: int
    sent: int
    dropped: int
    late: int
    """Sent more than 10 ms after the intended time."""
    lateness_p50_milliseconds: float
    lateness_p99_milliseconds: float
    lateness_max_milliseconds: float
    connections: int
    cpu_seconds: float
    stopped: Literal["end", "asked", "max_requests", "parent_gone"]


@dataclass(frozen=True)
class LoadResult:
    """What a run left: its account and one row for each request, in order of intended time within a lane."""

    summary: LoadSummary
    rows: Sequence[Row]
