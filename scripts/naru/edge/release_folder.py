"""The release folder (`--work`): documents and raw files, each wholly old or wholly new.

The folder can be lost and rebuilt: truth stands in Git, the registries and the clusters.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from naru.edge.files import read_capped, write_durably
from naru.errors import Malformed, Missing
from naru.model.record import Document, content_hash

D = TypeVar("D", bound=Document)

MAX_DOCUMENT = 16 * 1024 * 1024
MAX_RAW = 512 * 1024 * 1024

WRITERS = {
    "release.json": "tag-release",
    "images.json": "build-images",
    "overlays.json": "patch-overlays",
}
"""Which stage makes a file: the next step for a person who lacks it."""


class ReleaseFolder:
    """One release's folder; made when first written to."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str) -> Path:
        """The path of `name`; raises Malformed where it would lead out of the folder."""
        path = (self.root / name).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise Malformed(f"'{name}' leads out of the release folder.")
        return path

    def read(self, kind: type[D], name: str) -> D:
        """The document; raises Missing that says which stage writes it."""
        found = self.find(kind, name)
        if found is None:
            writer = WRITERS.get(name, "the stage before")
            raise Missing(f"{self.root / name} is not there.", hint=f"Run ./naru {writer} --work {self.root} first.")
        return found

    def find(self, kind: type[D], name: str) -> D | None:
        """The document or None where there is none; raises Missing where it does not parse."""
        path = self.path(name)
        if not path.exists():
            return None
        return kind.from_json(read_capped(path, MAX_DOCUMENT), where=str(path))

    def write(self, document: Document, name: str) -> bool:
        """Write durably; False (and nothing written) where the same content hash stands there already."""
        try:
            old = self.find(type(document), name)
        except Missing:
            old = None
        if old is not None and content_hash(old) == content_hash(document):
            return False
        text = document.model_dump_json(indent=2, exclude_none=True)
        write_durably(self.path(name), text.encode() + b"\n")
        return True

    def read_raw(self, name: str) -> bytes:
        """Bytes of a raw file."""
        return read_capped(self.path(name), MAX_RAW)

    def write_raw(self, name: str, data: bytes) -> None:
        """Write a raw file durably."""
        write_durably(self.path(name), data)

    def forget(self, name: str) -> None:
        """Remove a file that no longer holds true; nothing where there is none."""
        self.path(name).unlink(missing_ok=True)

    def names(self, pattern: str) -> list[str]:
        """Names of the files that fit a glob pattern, sorted."""
        return sorted(str(path.relative_to(self.root)) for path in self.root.glob(pattern) if path.is_file())


def last_times(root: Path) -> dict[str, float]:
    """Seconds that each stage took the last time, from beside the release folder; empty where nothing can be read."""
    try:
        return {str(name): float(value) for name, value in json.loads((root.parent / "last-times.json").read_text()).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
