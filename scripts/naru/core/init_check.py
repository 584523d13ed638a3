"""Is what `init` would write good for the stages? Parsed, linted, patched and judged in memory, before a file is written."""

from __future__ import annotations

from collections.abc import Mapping

from naru.core.config_checks import check_product
from naru.core.config_file import parse_config
from naru.core.init_plan import InitPlan
from naru.core.manifests import objects_of
from naru.core.overlay_set import PatchedTree, clouds_of, patched_tree
from naru.core.release_names import names_from_parameters
from naru.core.static_checks import Schemas, refuse_blocking, static_findings
from naru.model.cloud import CloudConfig
from naru.model.product import Product


def parsed_product(name: str, files: Mapping[str, bytes], clouds: tuple[str, ...]) -> Product:
    """The product file as the stages read it; raises Missing with file and line."""
    where = f"pipelines/products/{name}.yaml"
    product = check_product(parse_config(files[where], Product, where), file_name=name, clouds=clouds, where=where)
    first = {parameter.name: product.lines[0].name if parameter.kind == "line" else "1" for parameter in product.parameters}
    if first.keys() == {"RELEASE_LINE", "BUILD_NUMBER"}:
        names_from_parameters(product, first)
    return product


def tried(plan: InitPlan, files: Mapping[str, bytes]) -> tuple[tuple[CloudConfig, ...], PatchedTree]:
    """The clouds as the stages read them, and their overlays with a release in them; raises Missing with file and line."""
    tree = {path: data for path, data in files.items() if path.startswith("overlays/")}
    clouds = clouds_of(tree, plan.cloud_names)
    return clouds, patched_tree(tree, clouds, plan.trial)


def weaknesses(cloud: CloudConfig, rendered: bytes, schemas: Schemas, version: str) -> tuple[str, ...]:
    """What the static checks say of a rendered overlay; raises Missing where the cloud could not run it at all."""
    findings = static_findings(objects_of(rendered, f"the rendered overlay of {cloud.name}"), cloud, schemas, version)
    refuse_blocking(cloud.name, findings)
    return tuple(f"{finding.object}: {finding.sentence} The {finding.proof} proof will show it." for finding in findings)
