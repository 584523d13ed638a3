"""A folder of overlays as path → bytes, and back: plain files only, no link followed.

Resting state: reading changes nothing; `write_tree` fills an empty folder of the caller's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from naru.errors import Missing

MAX_FILE = 1024 * 1024
MAX_FILES = 20_000


def read_tree(root: Path, folder: str) -> dict[str, bytes]:
    """Every file below `root/folder` by its path from `root`; raises Missing for links, devices and large files."""
    files: dict[str, bytes] = {}
    for base, folders, names in os.walk(root / folder):
        for name in sorted([*folders, *names]):
            path = Path(base) / name
            relative = path.relative_to(root).as_posix()
            if path.is_symlink():
                raise Missing(f"{relative} is a symbolic link, which overlays may not have.", hint="Commit the file itself.")
            if name in names:
                files[relative] = _bytes(path, relative)
        if len(files) > MAX_FILES:
            raise Missing(f"{folder} has more than {MAX_FILES} files.")
    return files


def write_tree(root: Path, files: Mapping[str, bytes]) -> None:
    """Write the files below `root`; paths come from a Git tree or from `read_tree`."""
    for path, data in files.items():
        target = root / path
        if not target.resolve().is_relative_to(root.resolve()):
            raise Missing(f"{path} leads out of the folder.")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _bytes(path: Path, relative: str) -> bytes:
    if not path.is_file():
        raise Missing(f"{relative} is not a plain file.")
    size = path.stat().st_size
    if size > MAX_FILE:
        raise Missing(f"{relative} has {size} bytes; the limit is {MAX_FILE}.")
    return path.read_bytes()
