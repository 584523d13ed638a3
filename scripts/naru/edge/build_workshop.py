"""Folders in which commits are built, and the commands that build them.

Resting state: no workshop is left; what a killed build left is removed by the next one. The caller holds the build lock.
A command sees a short list of environment variables, so that no secret of ours and no accident of a shell reaches it.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from naru.edge.command import run
from naru.errors import Missing, OutsideDown

PREFIX = "workshop-"
KEPT = (
    "PATH", "HOME", "USER", "JAVA_HOME", "MAVEN_HOME", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS",
)
"""Variables that a build gets from ours: where tools are and how the network is reached, nothing else."""


class BuildWorkshop:
    """Makes folders below `root` and runs commands in them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def free_bytes(self) -> int:
        """Bytes that are free where the builds take place."""
        self.root.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self.root).free

    @contextmanager
    def opened(self) -> Iterator[Path]:
        """A new empty folder, removed at the end; files made meanwhile are readable by all."""
        self.root.mkdir(parents=True, exist_ok=True)
        for rest in self.root.glob(PREFIX + "*"):
            shutil.rmtree(rest, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self.root))
        before = os.umask(0o022)
        try:
            yield folder
        finally:
            os.umask(before)
            shutil.rmtree(folder, ignore_errors=True)

    def run_build(
        self, argv: Sequence[str], folder: Path, environment: Mapping[str, str], *, timeout: float, on_line: Callable[[str], None]
    ) -> int | None:
        """Run to the end; gives the exit status, or None where the deadline came first. Lines come one at a time."""
        env = {name: os.environ[name] for name in KEPT if os.environ.get(name)}
        env |= {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "CI": "true", **environment}
        guard = threading.Lock()

        def one_at_a_time(line: str) -> None:
            with guard:
                on_line(line)

        program = [str(folder / argv[0]) if "/" in argv[0] else argv[0], *argv[1:]]
        try:
            return run(program, timeout=timeout, cwd=folder, env=env, on_line=one_at_a_time, check=False).code
        except OutsideDown:
            return None

    def read_file(self, folder: Path, name: str) -> str | None:
        """Text of a file in the folder, or None where it is not there or leads out of it."""
        path = (folder / name).resolve()
        if not path.is_file() or not path.is_relative_to(folder.resolve()):
            return None
        return path.read_text("utf-8", "replace")

    def exists(self, folder: Path, name: str) -> bool:
        """True if the build made this path."""
        return (folder / name).exists()

    def settle_times(self, folder: Path, epoch: int) -> None:
        """Give every file and folder the same date, since dates of copied files enter images' histories."""
        for parent, folders, files in os.walk(folder):
            for name in (*folders, *files):
                os.utime(Path(parent) / name, (epoch, epoch), follow_symlinks=False)


@contextmanager
def full_disk_told(doing: str) -> Iterator[None]:
    """Turns "no space left" of our own writing into the sentence that says so."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise Missing(f"The disk is full: {doing} was stopped and left nothing half-made.", hint="Run ./naru clean, then again.") from None
