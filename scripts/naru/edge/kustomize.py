"""Renders overlays by the kustomize inside the hash-locked kubectl, never one from PATH.

Each render runs without network (a network namespace of its own where the kernel allows one), with an empty home, no
PATH, no plugins, no Helm, files from the overlay's own tree only, and limits on time, memory and output.
Resting state: nothing is left behind; the rendered folder is not changed.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

from naru.edge.command import run
from naru.errors import Missing, NaruError

TIMEOUT_SECONDS = 60.0
CPU_SECONDS = 30
MEMORY_BYTES = 4 * 1024**3
"""Address space, of which a Go program reserves far more than it uses."""
PINNED = Path(sys.prefix) / "bin" / "kubectl"


class Kustomize:
    """The pinned renderer."""

    def __init__(self, kubectl: Path = PINNED, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._kubectl = kubectl
        self._timeout = timeout

    @cached_property
    def version(self) -> str:
        """Version of kustomize (`v5.8.1`)."""
        answer = self._run(["version", "--client"], [])
        match = re.search(r"Kustomize Version: (v[0-9][0-9A-Za-z.+-]*)", answer)
        if match is None:
            raise Missing(f"{self._kubectl} did not tell its kustomize version.", hint="Run ./naru doctor.")
        return match[1]

    def render(self, root: Path, folder: str) -> bytes:
        """The rendered bytes of `root/folder`; raises Missing with kustomize's own reason."""
        words = ["kustomize", str(root / folder), "--load-restrictor=LoadRestrictionsRootOnly", "--network=false"]
        return self._run(words, self._walls, hide=str(root), what=f"{folder} does not render").encode()

    def render_all(self, root: Path, folders: Sequence[str]) -> dict[str, bytes]:
        """Several folders at once, as many as there are processors; the first failure is raised."""
        with ThreadPoolExecutor(max_workers=max(1, min(len(folders), os.cpu_count() or 1))) as pool:
            return dict(zip(folders, pool.map(lambda folder: self.render(root, folder), folders), strict=True))

    @cached_property
    def _walls(self) -> list[str]:
        """Words in front of the command that take its network away and limit it, as far as this machine allows."""
        words: list[str] = []
        unshare, limit = shutil.which("unshare"), shutil.which("prlimit")
        for options in (["--net"], ["--user", "--map-root-user", "--net"]):
            if unshare and _works([unshare, *options, "--", sys.executable, "-c", ""]):
                words = [unshare, *options, "--"]
                break
        if limit:
            words += [limit, f"--cpu={CPU_SECONDS}", f"--as={MEMORY_BYTES}", "--core=0", "--"]
        return words

    @property
    def isolated(self) -> bool:
        """Does this machine allow a network namespace?"""
        return any(word.endswith("unshare") for word in self._walls)

    def _run(self, words: Sequence[str], walls: Sequence[str], *, hide: str = "", what: str = "kubectl failed") -> str:
        if not self._kubectl.is_file():
            raise Missing(f"{self._kubectl} is not there.", hint="Run ./naru doctor.")
        with tempfile.TemporaryDirectory(prefix="naru-home-") as home:
            env = {"HOME": home, "PATH": home, "LC_ALL": "C.UTF-8", "GOMAXPROCS": "2", "GOGC": "400"}
            answer = run([*walls, str(self._kubectl), *words], timeout=self._timeout, env=env, check=False)
        if answer.truncated:
            raise Missing(f"{what}: the output is larger than Naru takes.")
        if not answer.ok:
            reason = answer.last_line().removeprefix("error: ").replace(hide + "/", "") if hide else answer.last_line()
            raise Missing(f"{what}: {reason[:600]}", hint="Mend the overlay and try again.")
        return answer.stdout


def _works(argv: Sequence[str]) -> bool:
    try:
        return run(argv, timeout=10, check=False).ok
    except NaruError:
        return False
