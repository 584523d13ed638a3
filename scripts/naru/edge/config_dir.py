"""Reads the configuration files of one folder tree: overlays/*/cloud.yaml and pipelines/products/*.yaml.

Resting state: reads only. Symbolic links and files that lead out of the tree are refused.
"""

from __future__ import annotations

from pathlib import Path

from naru.edge.files import read_capped
from naru.errors import Missing

MAX_CONFIG = 1024 * 1024


class ConfigDir:
    """The configuration of one clone or exported tree."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def cloud_names(self) -> tuple[str, ...]:
        """Names of the folders in overlays/ that have a cloud.yaml, sorted."""
        return tuple(sorted(path.parent.name for path in (self.root / "overlays").glob("*/cloud.yaml")))

    def product_names(self) -> tuple[str, ...]:
        """Names of the product files, sorted."""
        return tuple(sorted(path.stem for path in (self.root / "pipelines" / "products").glob("*.yaml")))

    def cloud_bytes(self, name: str) -> tuple[bytes, str]:
        """(text of cloud.yaml, its name for messages); raises Missing that lists the clouds there are."""
        return self._read(Path("overlays") / name / "cloud.yaml", f"cloud '{name}'", self.cloud_names())

    def product_bytes(self, name: str) -> tuple[bytes, str]:
        """(text of the product file, its name for messages); raises Missing that lists the products there are."""
        return self._read(Path("pipelines") / "products" / f"{name}.yaml", f"product '{name}'", self.product_names())

    def _read(self, relative: Path, what: str, known: tuple[str, ...]) -> tuple[bytes, str]:
        path = self.root / relative
        if not path.is_file():
            raise Missing(f"There is no {what}: {relative} is not there.", hint=f"Known: {', '.join(known) or 'none'}.")
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise Missing(f"{relative} is a link that leads out of {self.root}.")
        return read_capped(path, MAX_CONFIG), str(relative)
