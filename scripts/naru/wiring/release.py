"""Connects the stages tag_release and publish_release to Git, registries and the release folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from naru.core.config_file import parse_config
from naru.core.release_names import Names
from naru.edge.console import Console
from naru.edge.registry import Registry
from naru.model.product import Product
from naru.model.release import Image, Release
from naru.model.sandbox import Sandbox
from naru.steps.outcome import Outcome
from naru.steps.publish_release import PublishPorts, plan_publish, read_inputs
from naru.steps.publish_release import publish_release as publish
from naru.steps.tag_release import TagRequest, plan_release
from naru.steps.tag_release import tag_release as tag
from naru.wiring.base import CLONE, effects, release_folder, state_dir
from naru.wiring.git import SANDBOX, ledger, source_repo


def request_of(product: Product, names: Names, commit: str, *, from_tag: bool) -> TagRequest:
    """What tag_release is asked."""
    return TagRequest(product, names, commit, from_tag)


def tag_release(request: TagRequest, work: Path, progress: Console) -> Outcome:
    """Stage 1 on the real repository."""
    _prepare(request.product)
    return tag(request, source_repo(request.product, progress), release_folder(work))


def planned_release(request: TagRequest, work: Path, progress: Console) -> Release:
    """What stage 1 would write."""
    _prepare(request.product)
    return plan_release(request, source_repo(request.product, progress), release_folder(work))


def _prepare(product: Product) -> None:
    if product.source.url == SANDBOX:
        from naru.wiring.sandbox import ensure_sandbox

        ensure_sandbox()


def release_registry(product: Product) -> tuple[str, Registry]:
    """(address, way in) of the release registry; `sandbox:` is the one of kind/sandbox.yaml, without a login."""
    if product.release_registry == SANDBOX:
        place = CLONE / "kind" / "sandbox.yaml"
        return parse_config(place.read_bytes(), Sandbox, "kind/sandbox.yaml").release_registry.address, Registry()
    login = os.environ.get(product.release_registry_env, "") if product.release_registry_env else ""
    return product.release_registry, Registry(auth_file=Path(login) if login else None)


def publish_ports(product: Product, work: Path, registry: Registry, progress: Console) -> PublishPorts:
    """What stage 3 works with."""
    return PublishPorts(
        repo=source_repo(product, progress), registry=registry, ledger=ledger(product),
        effects=effects(release_folder(work), "publish_release"), progress=progress, layout=image_source,
    )


def publish_release(product: Product, work: Path, progress: Console) -> Outcome:
    """Stage 3 on the real repository and registry."""
    address, registry = release_registry(product)
    return publish(product, address, publish_ports(product, work, registry, progress), release_folder(work))


def planned_publish(product: Product, work: Path, progress: Console) -> dict[str, Any]:
    """What stage 3 would push, as plain values."""
    address, registry = release_registry(product)
    release, images = read_inputs(product, release_folder(work))
    plan = plan_publish(release, images, address, publish_ports(product, work, registry, progress))
    return {
        "registry": address, "tag": release.tag, "push_tag": plan.push_tag,
        "push_content": [f"{i.repository}@{i.digest}" for i in plan.push_content],
        "push_image_tags": [f"{i.repository}:{i.tag}" for i in plan.push_image_tags],
    }


def image_source(image: Image) -> str:
    """Where build_images left the image: an OCI layout of one image in the build cache."""
    name = f"{image.name}-{image.digest.removeprefix('sha256:')}"
    return f"oci:{state_dir().cache('images') / name}"
