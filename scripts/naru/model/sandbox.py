"""kind/sandbox.yaml: networks, ports and containers of the sandbox on this machine."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from naru.model.record import Name, Record

Port = int


class RegistryPlace(Record):
    """A registry of the sandbox: a container on the sandbox network, published on a loopback port."""

    container: Name
    port: Port = Field(ge=1024, le=65_535)

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`, as skopeo on this machine reaches it."""
        return f"127.0.0.1:{self.port}"

    @property
    def inside(self) -> str:
        """`CONTAINER:5000`, as the nodes reach it."""
        return f"{self.container}:5000"


class Sandbox(Record):
    """The sandbox map."""

    schema_number: Literal[1] = 1
    network: Name
    subnet: str
    release_registry: RegistryPlace
    target_registries: dict[Name, RegistryPlace]
    """Cloud → the registry that plays the cloud's own, with a login."""
    gslb_port: Port
    target_port_offset: int
    """Added to an app's endpoint_port for the target role."""
    volumes_per_class: int = Field(ge=1, le=50)
    """Local volumes made for each StorageClass of a stand-in."""


class BalancedApp(Record):
    """An app that asked for a port of a cloud's load balancer."""

    namespace: Name
    app: Name
    service: Name
    port: Port = Field(ge=1024, le=65_535)


class BalancedApps(Record):
    """Machine state: what one load balancer leads to. Node ports are not in it; they are read from the cluster."""

    schema_number: Literal[1] = 1
    apps: tuple[BalancedApp, ...] = ()
