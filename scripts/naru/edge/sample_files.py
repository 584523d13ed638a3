"""Reads a folder of the clone as plain files, without what builds and editors leave behind. Reads only."""

from __future__ import annotations

import os
from pathlib import Path

from naru.errors import Missing

LEFT_BEHIND = frozenset({"target", "node_modules", ".git", "__pycache__", ".idea", ".vscode", ".settings", ".DS_Store"})


def read_files(folder: Path) -> dict[str, tuple[bytes, bool]]:
    """Path below `folder` → (bytes, executable), sorted; raises Missing where the folder is not there or has a link."""
    if not folder.is_dir():
        raise Missing(f"{folder} is not there.", hint="Use a complete clone of this repository.")
    found = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if LEFT_BEHIND & set(relative.parts) or path.is_dir():
            continue
        if path.is_symlink():
            raise Missing(f"{path} is a link, which a sample may not have.")
        found[relative.as_posix()] = (path.read_bytes(), os.access(path, os.X_OK))
    return found
