"""The load balancer of one cluster: which port leads to which Service, and the status that a cloud would fill in."""

from __future__ import annotations

import json
from typing import Any

from naru.core.balancer_config import Endpoint, balanced_after, balancer_config
from naru.core.clusters import PORTS_PER_CLOUD, ClusterPlace, first_port
from naru.model.cloud import App, CloudConfig
from naru.model.sandbox import BalancedApp
from naru.model.words import Role
from naru.steps.clouds_ports import ClusterPort, Parts


def refresh_endpoints(
    place: ClusterPlace, cloud: CloudConfig, cluster: ClusterPort, parts: Parts, *, namespace: str = "", apps: tuple[App, ...] = ()
) -> bool:
    """Read the node ports again, point the load balancer at them and fill the Services' status; True if anything changed.

    A hostname goes into the status, since kube-proxy would capture an address. `namespace` and `apps` are for tests,
    whose Services stand elsewhere. Whatever other namespaces asked for before is kept while its Service is there.
    """
    return refresh_and_read(place, cloud, cluster, parts, namespace=namespace, apps=apps)[0]


def refresh_and_read(
    place: ClusterPlace, cloud: CloudConfig, cluster: ClusterPort, parts: Parts, *kinds: str, namespace: str = "", apps: tuple[App, ...] = ()
) -> tuple[bool, list[dict[str, Any]]]:
    """As `refresh_endpoints`, with the objects of more `kinds` read by the way: a kubectl's start costs more than its answer."""
    asked = tuple(
        BalancedApp(namespace=space, app=app.name, service=app.service, port=app.endpoint_port + _port_offset(place, parts))
        for space, each in ((cloud.namespace, cloud.apps), (namespace, apps)) for app in each
    )
    with parts.stand_ins.balancing(place.balancer):
        live = json.loads(cluster.kubectl("get", ",".join(("services", *kinds)), "--all-namespaces", "--output", "json"))["items"]
        found = {(item["metadata"]["namespace"], item["metadata"]["name"]): item for item in live if _is_balanced(item)}
        known = parts.stand_ins.balanced_apps(place.balancer)
        balanced = balanced_after(known, asked, spaces={cloud.namespace, namespace}, services=found.keys())
        if balanced != known:
            parts.stand_ins.keep_balanced_apps(place.balancer, balanced)
        endpoints = [_endpoint(place, cluster, app, found.get((app.namespace, app.service))) for app in balanced]
        first = first_port(cloud, place.role, parts.sandbox.target_port_offset)
        ports = range(first, first + PORTS_PER_CLOUD)
        changed = parts.stand_ins.ensure_balancer(place.balancer, balancer_config(place.node, endpoints), ports)
    return changed, [item for item in live if item["kind"] != "Service"]


def _is_balanced(item: dict[str, Any]) -> bool:
    return bool(item["kind"] == "Service" and item["spec"].get("type") == "LoadBalancer")


def _port_offset(place: ClusterPlace, parts: Parts) -> int:
    return parts.sandbox.target_port_offset if place.role is Role.target else 0


def _endpoint(place: ClusterPlace, cluster: ClusterPort, app: BalancedApp, service: dict[str, Any] | None) -> Endpoint:
    """Where one port leads; the status of its Service is filled by the way."""
    if service is not None:
        _fill_status(cluster, service, f"{app.service}.{place.name}.localhost")
    return Endpoint(f"{app.namespace}-{app.app}", app.port, service["spec"]["ports"][0].get("nodePort") if service else None)


def _fill_status(cluster: ClusterPort, service: dict[str, Any], hostname: str) -> None:
    wanted = [{"hostname": hostname}]
    if service.get("status", {}).get("loadBalancer", {}).get("ingress") == wanted:
        return
    metadata = service["metadata"]
    patch = json.dumps({"status": {"loadBalancer": {"ingress": wanted}}})
    cluster.kubectl(
        f"--namespace={metadata['namespace']}", "patch", "service", metadata["name"], "--subresource=status", "--type=merge", "--patch", patch
    )
