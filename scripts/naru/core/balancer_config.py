"""HAProxy text for one cloud's load balancer: TCP, straight to the node ports, so that the path passes kube-proxy."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from naru.model.sandbox import BalancedApp

CHECK = "check inter 1s fastinter 250ms downinter 500ms fall 2 rise 1"
"""Down 1.25 s after a Service is gone at the latest, up 0.5 s after it is back (1 s and 0.5 s with a check every 500 ms)."""


@dataclass(frozen=True)
class Endpoint:
    """One published port and where it leads; `node_port` is None while the Service is not there."""

    name: str
    port: int
    node_port: int | None


def balanced_after(
    known: Iterable[BalancedApp], asked: Iterable[BalancedApp], *, spaces: AbstractSet[str], services: AbstractSet[tuple[str, str]]
) -> tuple[BalancedApp, ...]:
    """What a balancer leads to once the namespaces `spaces` have asked for `asked`, by port.

    What other namespaces asked for before stays while its Service (namespace, name) is among `services`. A port
    belongs to whoever asked last.
    """
    kept = [app for app in known if app.namespace not in spaces and (app.namespace, app.service) in services]
    by_port = {app.port: app for app in [*kept, *asked]}
    return tuple(by_port[port] for port in sorted(by_port))


def balancer_config(node: str, endpoints: list[Endpoint]) -> str:
    """The whole configuration.

    `retries 0`: with HAProxy's default a request to a cloud that is scaled to nothing took 3.0 s, with 0 it takes 2 ms.
    `timeout connect 250ms`: a pod that has just gone swallows connections until kube-proxy knows, and each health check from
    before the clouds waits that long; with 500 ms, two checks a second apart took up to 3.15 s to see a cloud at zero.
    Names are resolved by Docker's DNS again and again, since a node's address changes when it restarts; only IPv4, which
    is all that the network has. Six of these stand beside what is measured, hence one thread each, a check a second while
    all is well (and fast ones as soon as one fails), and a log of changes of state only: from `info` on HAProxy writes a
    line for every connection, and Docker keeps it.
    """
    head = """global
  log stdout format rfc5424 local0 notice
  nbthread 1
  hard-stop-after 10s
  maxconn 8192

defaults
  mode tcp
  log global
  retries 0
  timeout connect 250ms
  timeout client 120s
  timeout server 120s

resolvers docker
  nameserver dns 127.0.0.11:53
  resolve_retries 2
  timeout resolve 500ms
  timeout retry 300ms
  hold valid 1s
"""
    return head + "".join(_section(node, endpoint) for endpoint in endpoints)


def _section(node: str, endpoint: Endpoint) -> str:
    text = f"\nfrontend {endpoint.name}\n  bind :{endpoint.port}\n  default_backend {endpoint.name}\n\nbackend {endpoint.name}\n"
    if endpoint.node_port is not None:
        text += f"  server node {node}:{endpoint.node_port} {CHECK} resolvers docker resolve-prefer ipv4 init-addr libc,none\n"
    return text
