"""Connects holds, approvals, waivers, freezes and aborts to the config repository and to people's keys."""

from __future__ import annotations

from pathlib import Path

from naru.edge.clock import SystemClock
from naru.model.product import Product
from naru.steps.statements import Maker, StatementPorts
from naru.wiring.base import effects, release_folder, state_dir
from naru.wiring.config import load_product
from naru.wiring.overlays import opened_config
from naru.wiring.people import people_keys, private_key_of


def statement_ports(product: Product, stage: str) -> StatementPorts:
    """What a person's statement needs; its log stands with the machine's state, since it belongs to no release folder."""
    log = release_folder(state_dir().folder("operations", product.name))
    return StatementPorts(config=opened_config(product), clock=SystemClock(), effects=effects(log, stage), product=product,
                          people=people_keys(product))


def asked(product_name: str, stage: str, by: str, reason: str, key: Path | None) -> tuple[StatementPorts, Maker]:
    """Ports and maker of one statement."""
    product = load_product(product_name)
    return statement_ports(product, stage), Maker(by, reason, private_key_of(product, by, key))
