"""Go programs, built from the committed module files of kind/modules: no checksum, no build.

Resting state: a finished program stands in the cache under the hash of its module files; a build that was cut off
leaves only Go's own cache, from which the next one goes on.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from naru.edge.command import run
from naru.edge.package_source import PackageSource, package_fault
from naru.edge.state_dir import StateDir
from naru.errors import Missing

OLDEST_GO = (1, 24)
"""Kubernetes 1.34 does not build with an older one."""

BUILD_SECONDS = 3600.0
PROXY = PackageSource("the Go module proxy", "Set GOPROXY to one that this machine may read")


@dataclass(frozen=True)
class GoModule:
    """One folder of kind/modules and what is built from it."""

    folder: Path
    packages: dict[str, str]
    """Program name → import path of its main package."""
    ldflags: str = "-s -w"


class GoBuilder:
    """Builds modules into the cache; `go` gives the program (see `find_go`), asked only when something is built."""

    def __init__(self, go: Callable[[], Path], state: StateDir) -> None:
        self._go = go
        self._state = state

    def build(self, module: GoModule, on_line: Callable[[str], None]) -> dict[str, Path]:
        """Program name → path; builds only what the cache does not hold. `on_line` gets each compiled package.

        Raises Missing where the disk is full or the module proxy refuses, OutsideDown where it does not answer.
        """
        programs = self._state.cache("programs") / f"{module.folder.name}-{module_hash(module)}"
        wanted = {name: programs / name for name in module.packages}
        if all(path.is_file() for path in wanted.values()):
            return wanted
        partial = self._state.cache("programs") / f".{programs.name}.partial"
        partial.mkdir(exist_ok=True)
        argv = [str(self._go()), "build", "-v", "-trimpath", "-ldflags", module.ldflags, "-o", f"{partial}/"]
        result = run(
            [*argv, *module.packages.values()], timeout=BUILD_SECONDS, cwd=module.folder, env=self.environment(),
            on_line=on_line, check=False,
        )
        if not result.ok:
            raise package_fault(f"go could not build {module.folder.name}", result, PROXY)
        self._settle(partial, programs, module.packages)
        return wanted

    def environment(self) -> dict[str, str]:
        """The caller's proxy settings, naru's own caches, nothing that changes the result."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GO") or name in {"GOPROXY", "GONOSUMDB", "GOSUMDB"}}
        return {
            **kept, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false -mod=readonly",
            "GOMODCACHE": str(self._state.cache("go-mod")), "GOCACHE": str(self._state.cache("go-build")),
        }

    def _settle(self, partial: Path, programs: Path, packages: dict[str, str]) -> None:
        for name, package in packages.items():
            built = partial / package.rsplit("/", 1)[-1]
            if not built.exists():  # a main package at a module's root with a version suffix is named by the part before it
                built = partial / package.rsplit("/", 2)[-2]
            built.rename(partial / name)
        shutil.rmtree(programs, ignore_errors=True)
        partial.rename(programs)


def module_hash(module: GoModule) -> str:
    """Twelve digits over go.mod, go.sum, sources, packages and flags."""
    text = hashlib.sha256(f"{sorted(module.packages.items())}{module.ldflags}".encode())
    for path in sorted(module.folder.iterdir()):
        if path.suffix in {".mod", ".sum", ".go"}:
            text.update(path.read_bytes())
    return text.hexdigest()[:12]


def find_go(candidates: Sequence[str | None]) -> Path:
    """The first Go that is new enough; raises Missing where there is none."""
    for candidate in candidates:
        if candidate and go_version(Path(candidate)) >= OLDEST_GO:
            return Path(candidate)
    raise Missing(f"No Go compiler of version {OLDEST_GO[0]}.{OLDEST_GO[1]} or newer was found.", hint="./naru clouds up installs one from its lock file.")


def go_version(go: Path) -> tuple[int, int]:
    """(major, minor); (0, 0) where it does not answer as Go does."""
    if not go.is_file():
        return (0, 0)
    answer = run([str(go), "version"], timeout=20, check=False).stdout
    found = re.search(r"\bgo(\d+)\.(\d+)", answer)
    return (int(found[1]), int(found[2])) if found else (0, 0)
