"""Loads the clone's configuration: clouds and products, checked as they are read."""

from __future__ import annotations

import re
from pathlib import Path

from naru.core.config_checks import check_cloud, check_product
from naru.core.config_file import parse_config
from naru.edge.config_dir import ConfigDir
from naru.errors import Malformed
from naru.model.cloud import CloudConfig
from naru.model.product import Product
from naru.wiring.base import CLONE

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")


def load_cloud(name: str, root: Path = CLONE) -> CloudConfig:
    """One cloud's cloud.yaml; raises Malformed for a bad name, Missing with file and line for a bad file."""
    data, where = ConfigDir(root).cloud_bytes(_checked(name, "cloud"))
    return check_cloud(parse_config(data, CloudConfig, where), folder=name, where=where)


def load_clouds(root: Path = CLONE) -> tuple[CloudConfig, ...]:
    """Every cloud in overlays/, by name. The order of promotion stands in the product file."""
    return tuple(load_cloud(name, root) for name in ConfigDir(root).cloud_names())


def load_product(name: str = "khan-monitoring", root: Path = CLONE) -> Product:
    """A product file; raises Malformed for a bad name, Missing with file and line for a bad file."""
    data, where = ConfigDir(root).product_bytes(_checked(name, "product"))
    return check_product(parse_config(data, Product, where), file_name=name, clouds=ConfigDir(root).cloud_names(), where=where)


def product_clouds(product: Product, root: Path = CLONE) -> tuple[CloudConfig, ...]:
    """The product's clouds in the order of promotion."""
    return tuple(load_cloud(name, root) for name in product.clouds)


def _checked(name: str, what: str) -> str:
    if not _NAME.fullmatch(name):
        raise Malformed(f"'{name[:60]}' cannot be the name of a {what}: lower case letters, digits, dot and hyphen only.")
    return name
