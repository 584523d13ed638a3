"""Options that come from the product file's parameters: `--khan-release`, or the environment variable KHAN_RELEASE."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from naru.core.product_parameters import described_options, given_parameters
from naru.core.release_names import Names, names_from_parameters
from naru.model.product import Product
from naru.model.release import Release

DEFAULT_PRODUCT = "khan-monitoring"

PASS_ON: dict[str, Any] = {"allow_extra_args": True, "ignore_unknown_options": True}
"""`context_settings` of a command that takes product options: words that it does not know are kept in `context.args`."""

OptionalWork = Annotated[
    Path | None, typer.Option("--work", help="Release folder (archived by Jenkins); work/PRODUCT/VERSION if not given.", file_okay=False)
]
OptionalProduct = Annotated[
    str, typer.Option("--product", help="Name of a file in pipelines/products.", envvar="NARU_PRODUCT")
]


def names_of(product: Product, context: typer.Context) -> Names:
    """Version and tag from the words and the environment of this call."""
    return names_from_parameters(product, given_parameters(product, context.args, os.environ))


def work_of(product: Product, names: Names, work: Path | None) -> Path:
    """The release folder: `--work`, else work/PRODUCT/VERSION."""
    return work if work is not None else Path("work") / product.name / names.version


def release_work(product_name: str, context: typer.Context, work: Path | None) -> Path:
    """The release folder of a later stage: `--work`, else found from the product's parameters."""
    from naru.wiring.config import load_product

    product = load_product(product_name)
    if work is not None:
        given_parameters(product, context.args, {})  # unknown words are refused all the same
        return work
    return work_of(product, names_of(product, context), None)


def product_of(folder: Any, product_name: str) -> Product:
    """The product that the release folder's release.json names, else the one given."""
    from naru.wiring.config import load_product

    release = folder.find(Release, "release.json")
    return load_product(release.product if release else product_name)


def product_help() -> str:
    """The products' own options, read only where `--help` asks for them."""
    if "--help" not in sys.argv:
        return ""
    from naru.edge.config_dir import ConfigDir
    from naru.wiring.base import CLONE
    from naru.wiring.config import load_product

    return "\n\n".join(described_options(load_product(name)) for name in ConfigDir(CLONE).product_names())
