"""Text of the GSLB stand-in's HAProxy configuration, from each cloud's own rules.

Two doors in one process: the HTTP director on one address, and for DNS mode one plain TCP door per cloud, each on a
loopback address of its own, since DNS can only name addresses. With scale 0 the cloud's TCP balancer still accepts and
then closes, hence `retry-on empty-response`; a method that is not safe is never sent twice. Each retry goes to the cloud whose
turn it is, which with two of three gone is a lost one every second time: with HAProxy's usual 3 retries one request in
eight was lost until detection, with 12 it is one in four thousand by count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from naru.errors import Missing
from naru.model.cloud import GslbRules

COOKIE = "NARU_CLOUD"
"""Name of the cookie that binds a sticky site's clients."""
SAFE = "METH_GET or METH_HEAD or METH_OPTIONS"


@dataclass(frozen=True)
class GslbMember:
    """One cloud behind the GSLB."""

    cloud: str
    host: str
    """Address of the cloud's own load balancer."""
    port: int
    rules: GslbRules
    check_path: str
    """Page of the http check."""
    marker: str = ""
    """Text that the page must carry; empty where the status alone counts."""
    host_header: str = "egov"
    dns_address: str = ""
    """Loopback address that plays the cloud's public one in DNS mode; empty without DNS mode."""


@dataclass(frozen=True)
class GslbPlace:
    """Where the stand-in listens and logs; only loopback addresses."""

    address: str
    port: int
    log_socket: str
    admin_socket: str


def gslb_config(members: Sequence[GslbMember], place: GslbPlace) -> str:
    """The whole configuration file."""
    blocks = [
        global_block(place), DEFAULTS, frontend_block(place), backend_block(members),
        *(door_block(member, place.port) for member in members if member.dns_address),
    ]
    return "\n".join(blocks)


def global_block(place: GslbPlace) -> str:
    """Log with microseconds (rfc5424) to a socket of ours, so that each change can be stamped as it comes."""
    return f"""global
    log {place.log_socket} len 2048 format rfc5424 local0
    stats socket {place.admin_socket} mode 600 level admin
    maxconn 4000
    nbthread 1
"""


DEFAULTS = """defaults
    mode http
    log global
    option log-health-checks
    option redispatch 1
    retries 12
    retry-on conn-failure empty-response
    timeout connect 500ms
    timeout client 30s
    timeout server 10s
    timeout queue 1s
    timeout http-request 5s
    timeout http-keep-alive 30s
"""


def frontend_block(place: GslbPlace) -> str:
    """The one public address; requests that may change something are never repeated."""
    return f"""frontend gslb
    bind {place.address}:{place.port}
    http-request disable-l7-retry unless {SAFE}
    default_backend clouds
"""


def backend_block(members: Sequence[GslbMember]) -> str:
    """The clouds with their weights and checks. Sticky sites keep a client where its cookie says, even to a dead cloud."""
    lines = ["backend clouds", "    balance roundrobin", *check_lines(members)]
    if any(member.rules.sticky for member in members):
        lines += [f"    cookie {COOKIE} insert indirect nocache", "    no option redispatch", "    option persist"]
    return "\n".join([*lines, *(server_line(member) for member in members)]) + "\n"


def check_lines(members: Sequence[GslbMember]) -> list[str]:
    """What is asked and what is right; one backend has one check, so the clouds must agree on it (else Missing)."""
    texts = {check_text(member) for member in members if member.rules.check != "none"}
    if len(texts) > 1:
        raise Missing(
            "The clouds' gslb rules ask for different checks, and one load balancer has one.",
            hint="Let cloud.yaml of every cloud name the same check, path and timeout_seconds.",
        )
    return [line for text in texts for line in text.splitlines()]


def check_text(member: GslbMember) -> str:
    """The lines of one cloud's check."""
    lines = [f"    timeout check {milliseconds(member.rules.timeout_seconds)}"]
    if member.rules.check == "http":
        lines += [
            "    option httpchk",
            f"    http-check send meth GET uri {member.check_path} ver HTTP/1.1 hdr Host {member.host_header} hdr Connection close",
            f"    http-check expect string {quoted(member.marker)}" if member.marker else "    http-check expect status 200",
        ]
    return "\n".join(lines)


def server_line(member: GslbMember) -> str:
    """One cloud; its check's own timeout is bounded by the interval's rules in cloud.yaml."""
    rules = member.rules
    words = [f"    server {member.cloud} {member.host}:{member.port} weight {rules.weight}"]
    if rules.check != "none":
        words.append(f"check inter {milliseconds(rules.interval_seconds)} fall {rules.fall} rise {rules.rise}")
    if rules.sticky:
        words.append(f"cookie {member.cloud}")
    return " ".join(words)


def door_block(member: GslbMember, port: int) -> str:
    """The cloud's public address in DNS mode: no check, no retry, whatever comes is passed through."""
    return f"""listen door-{member.cloud}
    bind {member.dns_address}:{port}
    mode tcp
    no log
    retries 0
    no option redispatch
    server {member.cloud} {member.host}:{member.port}
"""


def milliseconds(seconds: float) -> str:
    """HAProxy's form of a time."""
    return f"{round(seconds * 1000)}ms"


def quoted(text: str) -> str:
    """The text between strong quotes, in which HAProxy takes every byte as it is; a quote itself stands between weak ones."""
    return "".join('"\'"' if part == "'" else f"'{part}'" for part in re.split("(')", text) if part)
