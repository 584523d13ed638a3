"""HAProxy text for one cloud's load balancer: TCP, straight to the node ports, so that the path passes kube-proxy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Endpoint:
    """One published port and where it leads; `node_port` is None while the Service is not there."""

    name: str
    port: int
    node_port: int | None


def balancer_config(node: str, endpoints: list[Endpoint]) -> str:
    """The whole configuration.

    `retries 0`: with HAProxy's default a request to a cloud that is scaled to nothing took 3.0 s, with 0 it takes 2 ms.
    Names are resolved by Docker's DNS again and again, since a node's address changes when it restarts.
    """
    head = """global
  log stdout format rfc5424 local0
  hard-stop-after 10s
  maxconn 8192

defaults
  mode tcp
  log global
  retries 0
  timeout connect 500ms
  timeout client 120s
  timeout server 120s

resolvers docker
  nameserver dns 127.0.0.11:53
  resolve_retries 2
  timeout resolve 300ms
  timeout retry 300ms
  hold valid 1s
"""
    return head + "".join(_section(node, endpoint) for endpoint in endpoints)


def _section(node: str, endpoint: Endpoint) -> str:
    text = f"\nfrontend {endpoint.name}\n  bind :{endpoint.port}\n  default_backend {endpoint.name}\n\nbackend {endpoint.name}\n"
    if endpoint.node_port is not None:
        text += f"  server node {node}:{endpoint.node_port} check inter 500ms fall 2 rise 1 resolvers docker init-addr libc,none\n"
    return text
