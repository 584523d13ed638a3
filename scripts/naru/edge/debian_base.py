"""Root file systems of base images: Debian packages unpacked by mmdebstrap, written as one layer, always the same bytes.

No package's own set-up is run and no shell need be in the image; what set-up would have made, the definition lists.
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from naru.edge.command import run
from naru.edge.debian import MIRROR
from naru.edge.package_source import package_fault
from naru.edge.trust_store import java_store, pem_bundle

SECONDS = 900.0
STATUS = "var/lib/dpkg/status.d/"
"""Where images without a package manager keep their packages' control files, and where scanners look for them."""

CERTIFICATES = "usr/share/ca-certificates/"
BUNDLE, JAVA_STORE = "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/java/cacerts"

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
    Raises Missing where the disk is full, the mirror refuses or mmdebstrap is not there, OutsideDown where it does not answer.
    """
    argv = [
        "mmdebstrap", "--variant=extract", "--format=tar", f"--include={','.join(packages)}", f"--hook-dir={_HOOKS}",
        "--aptopt=Apt::Install-Recommends false", f'--aptopt=Dir::Etc::Preferences "{preferences}"',
        f"--extract-hook={_KEEP_CONTROL}", suite, str(target),
    ]
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "LC_ALL": "C.UTF-8"}
    result = run(argv, timeout=SECONDS, env=env, on_line=on_line, check=False)
    if result.ok:
        return
    target.unlink(missing_ok=True)
    raise package_fault("mmdebstrap could not make the base image", result, MIRROR)


def control_texts(packed: Path) -> tuple[str, ...]:
    """The control file of each package in the tar."""
    with tarfile.open(packed) as tar:
        streams = (tar.extractfile(member) for member in tar if _inner(member).startswith(STATUS))
        return tuple(stream.read().decode("utf-8", "replace") for stream in streams if stream)


def trust_files(packed: Path, *, epoch: int) -> dict[str, bytes]:
    """What the set-up of ca-certificates and ca-certificates-java would have made; empty where there are none."""
    with tarfile.open(packed) as tar:
        members = [member for member in tar if member.isreg() and _inner(member).startswith(CERTIFICATES) and member.name.endswith(".crt")]
        streams = {PurePosixPath(member.name).stem: tar.extractfile(member) for member in members}
        found = {name: stream.read() for name, stream in streams.items() if stream}
    return {BUNDLE: pem_bundle(found), JAVA_STORE: java_store(found, epoch=epoch)} if found else {}


def write_layer(
    packed: Path, target: Path, *, left_out: Callable[[str], bool], links: Mapping[str, str], files: Mapping[str, bytes], epoch: int
) -> None:
    """The tar `packed` as a layer: sorted, every date `epoch`, owner by number, without devices and what is `left_out`."""
    own = {name.lstrip("/"): _link(target) for name, target in links.items()}
    own |= {name.lstrip("/"): _file(data) for name, data in files.items()}
    own |= {name: _folder(mode) for name, mode in _FOLDERS.items()}
    with tarfile.open(packed) as source, tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as layer:
        members = {name: (member, b"") for member in source if (name := _inner(member)) and not member.isdev() and not left_out("/" + name)}
        everything = {**members, **own}
        for name in sorted(everything, key=lambda one: (everything[one][0].islnk(), one)):  # a hard link after its file
            member, text = everything[name]
            data = source.extractfile(member) if name not in own and member.isreg() else io.BytesIO(text)
            layer.addfile(_plain(member, name, epoch), data if member.isreg() else None)


def _plain(member: tarfile.TarInfo, name: str, epoch: int) -> tarfile.TarInfo:
    if member.islnk():
        member.linkname = member.linkname.removeprefix("./")
    return member.replace(name=name, mtime=epoch, uname="", gname="", deep=False)


def _link(target: str) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo()
    member.type, member.linkname, member.mode = tarfile.SYMTYPE, target, 0o777
    return member, b""


def _file(data: bytes) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo()
    member.size, member.mode = len(data), 0o644
    return member, data


def _folder(mode: int) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo()
    member.type, member.mode = tarfile.DIRTYPE, mode
    return member, b""


def _inner(member: tarfile.TarInfo) -> str:
    return member.name.removeprefix("./").strip("/").removeprefix(".")
