"""Faults of configuration that no single field shows: names that must agree with each other."""

from __future__ import annotations

import re
from typing import TypeVar

from naru.errors import Missing
from naru.model.cloud import CloudConfig
from naru.model.product import Product


def check_cloud(cloud: CloudConfig, *, folder: str, where: str) -> CloudConfig:
    """The cloud as given; raises Missing where its names do not fit together."""
    names = [app.name for app in cloud.apps]
    ports = [app.endpoint_port for app in cloud.apps]
    faults = [
        (cloud.name != folder, f"name is '{cloud.name}' but the folder is '{folder}'"),
        (len(set(names)) != len(names), "an app is listed twice"),
        (len(set(ports)) != len(ports), "two apps have the same endpoint_port"),
        (cloud.proven_app not in names, f"proven_app '{cloud.proven_app}' is not among apps ({', '.join(names)})"),
        (cloud.apm_app is not None and cloud.apm_app not in names, f"apm_app '{cloud.apm_app}' is not among apps ({', '.join(names)})"),
    ]
    return _checked(cloud, faults, where)


def check_product(product: Product, *, file_name: str, clouds: tuple[str, ...], where: str) -> Product:
    """The product as given; raises Missing where its names or patterns do not fit together."""
    unknown = [name for name in product.clouds if name not in clouds]
    parameters = [parameter.name for parameter in product.parameters]
    faults = [
        (product.name != file_name, f"name is '{product.name}' but the file is '{file_name}.yaml'"),
        (bool(unknown), f"clouds names {', '.join(unknown)}, for which overlays/ has no cloud.yaml (known: {', '.join(clouds)})"),
        (len(set(product.clouds)) != len(product.clouds), "a cloud is listed twice"),
        (len(set(parameters)) != len(parameters), "a parameter is listed twice"),
    ]
    patterns = [*product.tags.read, product.tags.version_pattern, *(p.pattern for p in product.parameters)]
    return _checked(product, faults + [(True, fault) for fault in map(_pattern_fault, patterns) if fault], where)


C = TypeVar("C")


def _checked(config: C, faults: list[tuple[bool, str]], where: str) -> C:
    for is_fault, sentence in faults:
        if is_fault:
            raise Missing(f"{where}: {sentence}.", hint="Mend the file and try again.")
    return config


def _pattern_fault(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        return f"the pattern '{pattern}' does not compile: {error}"
    return ""
