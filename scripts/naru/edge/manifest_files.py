"""Manifests in a folder of somebody else's: plain YAML and JSON files only, no link followed. Reads, changes nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from naru.edge.files import read_capped
from naru.errors import Missing

MAX_FILE = 1024 * 1024
MAX_FILES = 500
ENDINGS = (".yaml", ".yml", ".json")
KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})


def read_manifest_files(place: Path) -> dict[str, bytes]:
    """Path below `place` (or its own name, for a single file) → bytes; hidden folders are passed over."""
    if place.is_file():
        return {place.name: read_capped(place, MAX_FILE)}
    if not place.is_dir():
        raise Missing(f"{place} is not there.", hint="Give the folder that holds the application's manifests.")
    files: dict[str, bytes] = {}
    for base, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted([*folders, *names]):
            path = Path(base) / name
            if path.is_symlink():
                raise Missing(f"{path} is a symbolic link, which is not followed.", hint="Give a folder of plain files.")
            if name in names and (name.endswith(ENDINGS) or name in KUSTOMIZATIONS) and not name.startswith("."):
                files[path.relative_to(place).as_posix()] = read_capped(path, MAX_FILE)
        if len(files) > MAX_FILES:
            raise Missing(f"{place} has more than {MAX_FILES} YAML files.", hint="Give the folder that holds the manifests alone.")
    if not files:
        raise Missing(f"{place} holds no YAML or JSON file.", hint="Give the folder that holds the application's manifests.")
    return files


def is_kustomization(path: str) -> bool:
    """True for the file that makes a folder a kustomization."""
    return path.rpartition("/")[2] in KUSTOMIZATIONS


class CloneFiles:
    """The configuration files of a clone; what is there is never written over."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def there(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Those of the files that exist; raises Missing for a link or a path that leads out."""
        return {path: read_capped(target, MAX_FILE) for path in paths if os.path.lexists(target := self._target(path))}

    def write_new(self, path: str, data: bytes) -> None:
        """Write whole or not at all: temp file, fsync, then a link that fails where the name is taken."""
        target = self._target(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        temp = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            with temp.open("xb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.link(temp, target)
        except FileExistsError:
            raise Missing(f"{path} was made by someone else meanwhile; it was left as it is.", hint="Run the same command again.") from None
        finally:
            temp.unlink(missing_ok=True)

    def _target(self, path: str) -> Path:
        target = self._root / path
        if target.is_symlink() or not target.parent.resolve().is_relative_to(self._root.resolve()):
            raise Missing(f"{path} is a link or leads out of {self._root}; nothing is written there.", hint="Remove the link.")
        return target
