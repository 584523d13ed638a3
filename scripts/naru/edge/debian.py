"""Debian root file systems by mmdebstrap, from the package sources that this machine itself uses.

Resting state: a finished archive stands in the cache under the hash of what it was made from, or nothing does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from naru.edge.command import run
from naru.errors import OutsideDown

SUITE = "bookworm"
SECONDS = 1200.0

EXCLUDED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/lintian/*", "/usr/share/i18n/*")
"""Paths left out of every root file system: nobody reads a manual in a node."""


def make_root(
    target: Path, packages: Sequence[str], *, variant: str, hooks: Sequence[str] = (), on_line: Callable[[str], None] | None = None
) -> None:
    """Write the archive of a root file system with these packages.

    `variant` is mmdebstrap's (`minbase`, or `extract` for files without any set-up). `hooks` are lines that
    mmdebstrap runs after unpacking, fixed texts of ours and never outside input.
    """
    partial = target.with_name(f".{target.name}.partial.tar")
    argv = ["mmdebstrap", f"--variant={variant}", f"--include={','.join(packages)}", "--format=tar"]
    argv += [f"--dpkgopt=path-exclude={path}" for path in EXCLUDED]
    argv += ["--aptopt=Apt::Install-Recommends false", "--skip=cleanup/reproducible"]
    argv += [f"--extract-hook={hook}" for hook in hooks]
    result = run([*argv, SUITE, str(partial)], timeout=SECONDS, on_line=on_line, check=False)
    if not result.ok:
        partial.unlink(missing_ok=True)
        raise OutsideDown(f"mmdebstrap could not make {target.name}: {result.last_line()}", hint=_hint(result.stderr))
    partial.rename(target)


def _hint(stderr: str) -> str:
    if "No space left" in stderr:
        return "Free disk space (./naru clean), then try again."
    if "403" in stderr or "Could not resolve" in stderr or "Failed to fetch" in stderr:
        return "The Debian mirror refused or did not answer; check the package sources of this machine (apt-get update), then try again."
    return "Try again; with -v its whole output is shown."
