"""Connects the stages tag_release and publish_release to Git, registries and the release folder."""

from __future__ import annotations

from pathlib import Path

from naru.core.release_names import Names
from naru.model.product import Product
from naru.model.release import Release
from naru.steps.outcome import Outcome
from naru.steps.tag_release import TagRequest, plan_release
from naru.steps.tag_release import tag_release as tag
from naru.wiring.base import release_folder
from naru.wiring.git import SANDBOX, source_repo


def request_of(product: Product, names: Names, commit: str, *, from_tag: bool) -> TagRequest:
    """What tag_release is asked."""
    return TagRequest(product, names, commit, from_tag)


def tag_release(request: TagRequest, work: Path) -> Outcome:
    """Stage 1 on the real repository."""
    _prepare(request.product)
    return tag(request, source_repo(request.product), release_folder(work))


def planned_release(request: TagRequest, work: Path) -> Release:
    """What stage 1 would write."""
    _prepare(request.product)
    return plan_release(request, source_repo(request.product), release_folder(work))


def _prepare(product: Product) -> None:
    if product.source.url == SANDBOX:
        from naru.wiring.sandbox import ensure_sandbox

        ensure_sandbox()
