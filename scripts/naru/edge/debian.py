"""Debian root file systems by mmdebstrap, from the package sources that this machine itself uses.

Resting state: a finished archive stands in the cache under the hash of what it was made from, or nothing does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from naru.edge.command import run
from naru.edge.package_source import PackageSource, package_fault

SUITE = "bookworm"
SECONDS = 1200.0
MIRROR = PackageSource("the Debian mirror", "Check the package sources of this machine (apt-get update shows them)")

EXCLUDED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/lintian/*", "/usr/share/i18n/*")
"""Paths left out of every root file system: nobody reads a manual in a node."""


def make_root(
    target: Path, packages: Sequence[str], *, variant: str, hooks: Sequence[str] = (), on_line: Callable[[str], None] | None = None
) -> None:
    """Write the archive of a root file system with these packages.

    `variant` is mmdebstrap's (`minbase`, or `extract` for files without any set-up). `hooks` are lines that
    mmdebstrap runs after unpacking, fixed texts of ours and never outside input. Raises Missing where the disk is
    full, the mirror refuses or mmdebstrap is not there, OutsideDown where the mirror does not answer.
    """
    partial = target.with_name(f".{target.name}.partial.tar")
    argv = ["mmdebstrap", f"--variant={variant}", f"--include={','.join(packages)}", "--format=tar"]
    argv += [f"--dpkgopt=path-exclude={path}" for path in EXCLUDED]
    argv += ["--aptopt=Apt::Install-Recommends false", "--skip=cleanup/reproducible"]
    argv += [f"--extract-hook={hook}" for hook in hooks]
    env = {**os.environ, "LC_ALL": "C.UTF-8"}  # apt's reasons are read, not only shown
    result = run([*argv, SUITE, str(partial)], timeout=SECONDS, env=env, on_line=on_line, check=False)
    if not result.ok:
        partial.unlink(missing_ok=True)
        raise package_fault(f"mmdebstrap could not make {target.name}", result, MIRROR)
    partial.rename(target)
