"""The one folder of machine state: cluster locks, kubeconfigs, fault journal, cluster UIDs, build caches.

`NARU_STATE`, else `$XDG_STATE_HOME/naru`, else `~/.local/state/naru`; never the clone. Tests point NARU_STATE
at a subfolder of their own but keep `cache/` shared by NARU_CACHE, since only hashes of inputs name what is in it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from naru.errors import OutsideDown


class StateDir:
    """Paths and locks of the state folder; folders are made when first asked for."""

    def __init__(self, root: Path, cache: Path | None = None) -> None:
        self.root = root
        self._cache = cache or root / "cache"

    @classmethod
    def from_environment(cls) -> StateDir:
        """The state folder of this user on this machine."""
        base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
        root = Path(os.environ.get("NARU_STATE") or Path(base) / "naru")
        cache = os.environ.get("NARU_CACHE")
        return cls(root, Path(cache) if cache else None)

    def folder(self, *parts: str) -> Path:
        """A folder below the root, made private if it is not there."""
        path = self.root.joinpath(*parts)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def cache(self, *parts: str) -> Path:
        """A folder of the build caches: safe to delete at any time, named by hashes of inputs."""
        path = self._cache.joinpath(*parts)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    @contextmanager
    def lock(self, name: str, *, doing: str, wait: bool = False) -> Iterator[None]:
        """Hold the machine-wide lock `name`; the kernel frees it when the process ends, however it ends.

        Without `wait` raises OutsideDown at once where another process holds it, saying what that one does.
        """
        path = self.folder("locks") / name
        with path.open("a+") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                holder = path.read_text().strip() or "another naru"
                raise OutsideDown(f"{holder} holds the lock '{name}'.", hint="Wait for it to end, then try again.") from None
            stream.truncate(0)
            stream.write(f"{doing} (process {os.getpid()})")
            stream.flush()
            try:
                yield
            finally:
                stream.truncate(0)
