"""Connects holds, approvals, waivers, freezes and aborts to the config repository and to people's keys."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from naru.core.approvals import needed_approvals
from naru.edge.clock import SystemClock
from naru.model.overlays import Overlays
from naru.model.product import Product
from naru.model.release import Release
from naru.steps.statements import Maker, StatementPorts, add_approval, read
from naru.wiring.base import effects, release_folder, state_dir
from naru.wiring.config import load_product
from naru.wiring.overlays import opened_config
from naru.wiring.people import SANDBOX_KEY, people_keys, private_key_of


def statement_ports(product: Product, stage: str) -> StatementPorts:
    """What a person's statement needs; its log stands with the machine's state, since it belongs to no release folder."""
    log = release_folder(state_dir().folder("operations", product.name))
    return StatementPorts(config=opened_config(product), clock=SystemClock(), effects=effects(log, stage), product=product,
                          people=people_keys(product))


def asked(product_name: str, stage: str, by: str, reason: str, key: Path | None) -> tuple[StatementPorts, Maker]:
    """Ports and maker of one statement."""
    product = load_product(product_name)
    return statement_ports(product, stage), Maker(by, reason, private_key_of(product, by, key))


def approve_in_sandbox(product: Product, work: Path) -> tuple[str, ...]:
    """For the demo: as many of the sandbox's people as the line needs approve the release in the folder; their names.

    Each signs with an own key; nobody is asked twice. Does nothing where the line needs no approvals.
    """
    folder = release_folder(work)
    release, overlays = folder.read(Release, "release.json"), folder.read(Overlays, "overlays.json")
    line = next((line for line in product.lines if line.name == release.line), None)
    chosen = [name for name, person in product.people.items() if person.key == SANDBOX_KEY][: needed_approvals(product, line)]
    for name in chosen:
        ports = statement_ports(product, "approve")
        given = {(item.by, item.version, tuple(sorted(item.rendered.items()))) for item in read(ports).approvals.values()}
        rendered = tuple(sorted((entry.cloud, entry.rendered_sha256) for entry in overlays.clouds))
        if (name, release.version, rendered) not in given:
            maker = Maker(name, "the demo's own release", private_key_of(product, name, None))
            add_approval(ports, maker, release, overlays, clouds=(), valid=timedelta(days=7))
    return tuple(chosen)
