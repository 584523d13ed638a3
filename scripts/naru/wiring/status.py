"""Connects `status` to every product's config repository and to the real cluster of each cloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from naru.core.status import Look
from naru.edge.clock import SystemClock
from naru.edge.cluster import Cluster
from naru.edge.config_dir import ConfigDir
from naru.model.cloud import CloudConfig
from naru.model.product import Product
from naru.model.words import Role
from naru.steps.effects import Effects
from naru.steps.promotion_ports import Wanted
from naru.steps.status import Site, StatusPorts
from naru.wiring.base import CLONE, state_dir
from naru.wiring.clusters import cluster
from naru.wiring.config import load_product, product_clouds
from naru.wiring.overlays import opened_config
from naru.wiring.people import people_keys
from naru.wiring.promotion import target

MANY = 12
"""With more sites than this, fields are compared only where asked for (`--drift`)."""


class NoLog:
    """For what only reads: an effect would be a fault."""

    def append(self, entry: dict[str, Any]) -> None:
        """Never called."""
        raise AssertionError(f"status changed something: {entry}")


@dataclass(frozen=True)
class ClusterSite:
    """A product on the real cluster of a cloud."""

    owner: Product
    cloud: CloudConfig
    fields: bool
    clusters: dict[str, Cluster]
    """Clusters by cloud, so that what one serves is asked once; each is used by one thread."""

    @property
    def product(self) -> str:
        """The product's name."""
        return self.owner.name

    def look(self, wanted: Wanted | None) -> Look:
        """Images and readiness, and with `fields` the server-side comparison."""
        if self.cloud.name not in self.clusters:
            self.clusters[self.cloud.name] = cluster(self.cloud, Role.target, state_dir())
        found = target(self.owner, self.cloud, Effects(NoLog(), SystemClock(), stage="status"), self.clusters[self.cloud.name])
        live, unready = found.live(), found.unready()
        drift = found.drift(wanted.rendered) if self.fields and wanted is not None else ()
        return Look(live, (*unready, *drift), self.fields)


def products(names: Sequence[str]) -> list[Product]:
    """The named products, or every one of this clone."""
    return [load_product(name) for name in names or ConfigDir(CLONE).product_names()]


def status_ports(chosen: Sequence[Product]) -> StatusPorts:
    """Fresh private copies of the config repositories."""
    return StatusPorts(
        config={product.name: opened_config(product) for product in chosen},
        people={product.name: people_keys(product) for product in chosen}, clock=SystemClock(),
    )


def sites(chosen: Sequence[Product], cloud: str, *, fields: bool | None) -> list[Site]:
    """Every cloud of every product, or the one that is asked for."""
    pairs = [(product, item) for product in chosen for item in product_clouds(product) if cloud in {"", item.name}]
    compared = len(pairs) <= MANY if fields is None else fields
    shared: dict[str, Cluster] = {}
    return [ClusterSite(product, item, compared, shared) for product, item in pairs]
