"""Connects the product file's Git addresses to repositories: real ones, or the sandbox's bare ones."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from naru.edge.git_access import GitAccess
from naru.edge.git_progress import Bars
from naru.edge.git_repo import GitRepo
from naru.edge.tag_ledger import TagLedger
from naru.model.product import Product, Source
from naru.wiring.base import state_dir

SANDBOX = "sandbox:"


def sandbox_name() -> str:
    """Name of the sandbox in use: demo and tests have different ones."""
    return os.environ.get("NARU_SANDBOX") or "demo"


def sandbox_folder(*parts: str) -> Path:
    """A folder of this sandbox in the state folder."""
    return state_dir().folder("sandbox", sandbox_name(), *parts)


def source_address(product: Product) -> str:
    """Address of the product's source repository; `sandbox:` becomes the bare repository of ensure_sandbox."""
    return _address(product.source, f"{product.name}.git")


def config_address(product: Product) -> str:
    """Address of the repository of overlays and releases."""
    return _address(product.config, "config.git")


def source_repo(product: Product, bars: Bars | None = None) -> GitRepo:
    """A fresh private copy of the source repository; `bars` show a transfer that takes long."""
    return _opened(product.source, source_address(product), bars)


def config_repo(product: Product, bars: Bars | None = None) -> GitRepo:
    """A fresh private copy of the config repository; `bars` as in source_repo."""
    return _opened(product.config, config_address(product), bars)


def ledger(product: Product) -> TagLedger:
    """Which tags of this product's source repository this machine has sent out."""
    return TagLedger(sandbox_folder() if product.source.url == SANDBOX else state_dir().folder("ledger"))


def _address(source: Source, name: str) -> str:
    return str(sandbox_folder("repos") / name) if source.url == SANDBOX else source.url


def _opened(source: Source, address: str, bars: Bars | None) -> GitRepo:
    if source.url == SANDBOX and not Path(address).is_dir():
        from naru.wiring.sandbox import ensure_sandbox

        ensure_sandbox()
    folder = state_dir().folder("git") / (hashlib.sha256(address.encode()).hexdigest()[:16] + ".git")
    return GitRepo.clone_or_open(address, folder, access=_access(source), bars=bars)


def _access(source: Source) -> GitAccess:
    """Reading needs no login where the repository lets everybody read: only a push fails for want of one."""
    name = source.credential_env
    return GitAccess.from_environment(name if source.url != SANDBOX and os.environ.get(name) else "")
