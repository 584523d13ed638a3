"""The config repository for `why`: the remote's, or any clone that lies on this machine, which is only read."""

from __future__ import annotations

from pathlib import Path

from naru.edge.git_command import GitCommand
from naru.edge.git_reading import GitReader
from naru.errors import Missing
from naru.model.product import Product
from naru.wiring.overlays import opened_config


class AnyClone(GitReader):
    """A clone as people have them: its own branches first, then those of its origin as of its last fetch."""

    def find(self, ref: str) -> str | None:
        """The commit that a branch leads to, or None."""
        return super().find(ref) or super().find(f"refs/remotes/origin/{ref}")


def repository(product: Product, clone: Path | None) -> GitReader:
    """The clone, or the config repository itself."""
    if clone is None:
        return opened_config(product)
    folder = clone / ".git" if (clone / ".git").is_dir() else clone
    if not (folder / "HEAD").is_file():
        raise Missing(f"{clone} is not a clone.", hint="Give a clone of the config repository.")
    return AnyClone(GitCommand(folder.resolve(), where=str(clone)))
