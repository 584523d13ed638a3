"""The drill before it begins: how long each part lasts, and the lanes of its load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from naru.core.failover_faults import Fault, Loss
from naru.core.failover_marks import WINDOW_SECONDS
from naru.core.failover_prediction import Clients, predicted_detection
from naru.core.failover_samples import AGENT, DIRECT, DNS_CACHED, DNS_TTL, KEEPALIVE, NEW, WRITER
from naru.core.gslb_config import COOKIE
from naru.model.cloud import GslbRules
from naru.model.failover import WRITE_SECONDS, WRITE_SLOTS, WRITER_APP
from naru.model.load import DnsLookup, Lane, LoadPlan, LoadStep

DNS_CLIENTS = 40
CACHED_CLIENTS = 4
AGENTS = 4
CLIENT_RATE = 1.3
"""Requests per second of each client that asks DNS; no whole number fits into a usual TTL, so that none lies on an edge."""
TIMEOUT_SECONDS = 2.0
CONNECT_SECONDS = 1.0


@dataclass(frozen=True)
class Timings:
    """Seconds; the fast windows hold per release, the full ones nightly."""

    steady: float = 15
    control: float = 15
    clean: float = 10
    """Without an error after the last one, and after a fail-back."""

    @classmethod
    def full(cls) -> Timings:
        """As research/verification.md has them."""
        return cls(steady=60, control=60, clean=30)


@dataclass(frozen=True)
class LanePlace:
    """Where the lanes go."""

    gslb: str
    """`127.0.0.1:18000`"""
    direct: Mapping[str, str]
    """Cloud → `127.0.0.1:18081`."""
    path: str = "/"
    host: str = "egov"
    marker: str = ""
    dns: DnsLookup | None = None
    dns_port: int = 0
    """Port of the clouds' addresses that DNS gives."""
    stores: Mapping[str, str] = field(default_factory=dict)
    """Cloud → address of its own store, `127.0.0.1:18080`; empty where the product has none."""
    writer: str = ""
    """Marks this drill's writes, since a store may still hold those of an earlier one."""
    sticky: bool = False
    """Clients of the HTTP director come with its cookie, each bound to a cloud."""


def hold_seconds(fault: Fault, rules: GslbRules, timings: Timings) -> float:
    """How long the fault lasts: at least twice detection and TTL, and long enough to see the clean seconds."""
    settle = predicted_detection(rules, fault.loss).most + rules.dns_ttl_seconds
    clean = max(timings.clean, WINDOW_SECONDS + 1)
    return settle + clean if fault.loss is Loss.healed else max(2 * settle, settle + clean, fault.hold_seconds)


def blip_seconds(rules: GslbRules) -> float:
    """Well below what a single check would notice."""
    return min(rules.interval_seconds, rules.timeout_seconds) * 0.4


def watch_after_blip(rules: GslbRules) -> float:
    """As long as a detection would have taken."""
    return predicted_detection(rules, Loss.silent).most + 1


def drill_seconds(faults: Sequence[Fault], rules: GslbRules, timings: Timings, *, returning: float) -> float:
    """The longest that the drill may take, `returning` being the limit of each fail-back."""
    return timings.steady + timings.control + 2 * watch_after_blip(rules) + sum(
        hold_seconds(fault, rules, timings) + returning + timings.clean + 15 for fault in faults
    )


def load_plan(place: LanePlace, *, rate: float, direct_rate: float, seconds: float) -> LoadPlan:
    """All lanes, open loop, for `seconds`; `rate` is that of the two lanes through the HTTP director together."""
    lanes = http_lanes(place, rate, seconds)
    direct_steps = (LoadStep(seconds=seconds, rate=direct_rate),)
    lanes += [lane(DIRECT + cloud, f"http://{address}{place.path}", direct_steps, place) for cloud, address in place.direct.items()]
    return LoadPlan(lanes=(*lanes, *dns_lanes(place, seconds), *writer_lanes(place, seconds)))


def http_lanes(place: LanePlace, rate: float, seconds: float) -> list[Lane]:
    """New and kept-alive connections; of a sticky site's clients as many are bound to each cloud."""
    url, found = f"http://{place.gslb}{place.path}", []
    bound = [f"{COOKIE}={cloud}" for cloud in place.direct] if place.sticky else [""]
    steps = (LoadStep(seconds=seconds, rate=rate / 2 / len(bound)),)
    for number, cookie in enumerate(bound):
        tail = f":{number}" if place.sticky else ""
        found.append(lane(NEW + tail, url, steps, place, cookie=cookie))
        found.append(lane(KEEPALIVE + tail, url, steps, place, connection="keepalive", cookie=cookie))
    return found


def lane(
    name: str, url: str, steps: tuple[LoadStep, ...], place: LanePlace, *, connection: str = "new", cookie: str = "", dns: DnsLookup | None = None
) -> Lane:
    """One lane with the drill's own deadlines: 1 s to connect, 2 s in all, never a retry."""
    return Lane.model_validate({
        "name": name, "url": url, "steps": steps, "connection": connection, "host": place.host, "marker": place.marker,
        "connect_timeout_seconds": CONNECT_SECONDS, "timeout_seconds": TIMEOUT_SECONDS, "dns": dns, "cookie": cookie,
    })


def dns_lanes(place: LanePlace, seconds: float) -> list[Lane]:
    """Clients that honour the TTL (their caches filled at different times), that never ask again, and long-lived agents."""
    if place.dns is None:
        return []
    url = f"http://0.0.0.0:{place.dns_port}{place.path}"
    lanes = []
    for number in range(DNS_CLIENTS):
        late = 0.05 + number * 5.0 / DNS_CLIENTS
        steps = (LoadStep(seconds=late, rate=0), LoadStep(seconds=seconds - late, rate=CLIENT_RATE))
        lanes.append(lane(f"{DNS_TTL}:{number:02d}", url, steps, place, dns=place.dns))
    steady = (LoadStep(seconds=seconds, rate=CLIENT_RATE),)
    for_ever = place.dns.model_copy(update={"honour_ttl": False})
    lanes += [lane(f"{DNS_CACHED}:{number}", url, steady, place, dns=for_ever) for number in range(CACHED_CLIENTS)]
    lanes += [lane(f"{AGENT}:{number}", url, steady, place, connection="keepalive", dns=place.dns) for number in range(AGENTS)]
    return lanes


def writer_lanes(place: LanePlace, seconds: float) -> list[Lane]:
    """One numbered write a second to each cloud's own store, in the form in which instances report to the APM."""
    body = '{"app":"%s","cloud":"%s","pod":"%s-{slot}","version":"%s-{n}"}'
    return [
        Lane(
            name=WRITER + cloud, url=f"http://{address}/api/instances", steps=(LoadStep(seconds=seconds, rate=1 / WRITE_SECONDS),),
            method="POST", body=body % (WRITER_APP, cloud, WRITER_APP, place.writer), slots=WRITE_SLOTS,
            connect_timeout_seconds=CONNECT_SECONDS, timeout_seconds=TIMEOUT_SECONDS,
        )
        for cloud, address in place.stores.items()
    ]


def dns_clients(clouds: int) -> Clients:
    """The clients whose recovery the prediction is held against."""
    return Clients(DNS_CLIENTS, CLIENT_RATE, 1 / clouds)
