"""Root file systems of base images: Debian packages unpacked by mmdebstrap, then written as one layer, byte for byte
the same for the same packages.

No package's own set-up is run and no shell need be in the image; what set-up would have made, the definition lists.
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from naru.edge.command import run
from naru.errors import Missing, OutsideDown

SECONDS = 900.0
STATUS = "var/lib/dpkg/status.d/"
"""Where images without a package manager keep their packages' control files, and where scanners look for them."""

_HOOKS = "/usr/share/mmdebstrap/hooks/merged-usr"
_KEEP_CONTROL = (
    'mkdir -p "$1/var/lib/dpkg/status.d"; for deb in "$1"/var/cache/apt/archives/*.deb; '
    'do dpkg-deb -f "$deb" > "$1/var/lib/dpkg/status.d/$(dpkg-deb -f "$deb" Package)"; done'
)
_FOLDERS = {"tmp": 0o1777, "var/tmp": 0o1777, "proc": 0o555, "sys": 0o555, "dev": 0o755, "run": 0o755, "root": 0o700, "app": 0o755}


def unpack_packages(
    target: Path, suite: str, packages: Sequence[str], *, preferences: Path, epoch: int, on_line: Callable[[str], None] | None = None
) -> None:
    """Write the tar `target` with the files of these packages and of what they depend on, and their control files.

    `preferences` is apt's file of wanted versions. The package sources are those of this machine's suite.
    Raises OutsideDown where the mirror fails, Missing where the disk is full or mmdebstrap is not there.
    """
    argv = [
        "mmdebstrap", "--variant=extract", "--format=tar", f"--include={','.join(packages)}", f"--hook-dir={_HOOKS}",
        "--aptopt=Apt::Install-Recommends false", f"--aptopt=Dir::Etc::Preferences \"{preferences}\"",
        f"--extract-hook={_KEEP_CONTROL}", suite, str(target),
    ]
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "LC_ALL": "C.UTF-8"}
    result = run(argv, timeout=SECONDS, env=env, on_line=on_line, check=False)
    if result.ok:
        return
    target.unlink(missing_ok=True)
    if "No space left" in result.stderr:
        raise Missing("The disk is full: the base image's packages could not be unpacked.", hint="Run ./naru clean, then try again.")
    raise OutsideDown(
        f"mmdebstrap could not make the base image: {_reason(result.stderr)}",
        hint="Check the package sources of this machine (apt-get update), then try again.",
    )


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("E:") and "apt-get" not in line]
    return (errors or lines or ["no output"])[0][:300]


def control_texts(packed: Path) -> tuple[str, ...]:
    """The control file of each package in the tar."""
    found = []
    with tarfile.open(packed) as tar:
        for member in tar:
            if _inner(member).startswith(STATUS) and (stream := tar.extractfile(member)):
                found.append(stream.read().decode("utf-8", "replace"))
    return tuple(found)


def write_layer(
    packed: Path, target: Path, *, left_out: Callable[[str], bool], links: Mapping[str, str], files: Mapping[str, str], epoch: int
) -> None:
    """The tar `packed` as a layer: sorted, every date `epoch`, owner by number, without devices and what is `left_out`."""
    with tarfile.open(packed) as source, tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as layer:
        made = {**{path: (mode, "") for path, mode in _FOLDERS.items()}}
        own = {path.lstrip("/") for path in (*links, *files)} | set(made)
        kept = {_inner(m): m for m in source if not m.isdev() and not left_out("/" + _inner(m)) and _inner(m) not in own}
        for name in sorted({*kept, *own} - {""}):
            _add(layer, source, name, kept.get(name), links, files, epoch)


def _add(
    layer: tarfile.TarFile, source: tarfile.TarFile, name: str, member: tarfile.TarInfo | None,
    links: Mapping[str, str], files: Mapping[str, str], epoch: int,
) -> None:
    data: IO[bytes] | None = None
    if member is not None:
        data = source.extractfile(member) if member.isreg() else None
        if member.islnk():
            member.linkname = member.linkname.removeprefix("./")
    else:
        member, data = _made(name, links, files)
    member.name, member.mtime, member.uname, member.gname, member.pax_headers = name, epoch, "", "", {}
    layer.addfile(member, data)


def _made(name: str, links: Mapping[str, str], files: Mapping[str, str]) -> tuple[tarfile.TarInfo, IO[bytes] | None]:
    member = tarfile.TarInfo(name)
    if "/" + name in links:
        member.type, member.linkname, member.mode = tarfile.SYMTYPE, links["/" + name], 0o777
        return member, None
    if "/" + name in files:
        text = files["/" + name].encode()
        member.size, member.mode = len(text), 0o644
        return member, io.BytesIO(text)
    member.type, member.mode = tarfile.DIRTYPE, _FOLDERS[name]
    return member, None


def _inner(member: tarfile.TarInfo) -> str:
    return member.name.removeprefix("./").strip("/").removeprefix(".")
