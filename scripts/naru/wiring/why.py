"""The config repository for `why`: the remote's, or any clone that lies on this machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

from naru.edge.git_repo import GitRepo
from naru.errors import Missing
from naru.model.product import Product
from naru.wiring.base import state_dir
from naru.wiring.overlays import opened_config


def repository(product: Product, clone: Path | None) -> GitRepo:
    """A private copy of the clone (which is only read), or of the config repository itself."""
    if clone is None:
        return opened_config(product)
    if not clone.is_dir():
        raise Missing(f"{clone} is not a folder.", hint="Give a clone of the config repository.")
    address = str(clone.resolve())
    return GitRepo.clone_or_open(address, state_dir().folder("git") / (hashlib.sha256(address.encode()).hexdigest()[:16] + ".git"))
