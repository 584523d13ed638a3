"""Installs the shipped server-side update hook into a bare repository of this machine."""

from __future__ import annotations

from pathlib import Path

from naru.edge.files import write_durably

HOOK = Path(__file__).resolve().parents[2] / "hooks" / "update"


class UpdateHook:
    """The hook of the bare repositories in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has_hook(self, name: str) -> bool:
        """True where it is there, to the byte and executable."""
        path = self._folder / name / "hooks" / "update"
        return path.is_file() and path.read_bytes() == HOOK.read_bytes() and bool(path.stat().st_mode & 0o111)

    def install_hook(self, name: str) -> None:
        """Put the hook there."""
        write_durably(self._folder / name / "hooks" / "update", HOOK.read_bytes(), mode=0o755)
