"""Files written so that a reader (or a crash) sees the old or the new text, never a part."""

from __future__ import annotations

import os
from pathlib import Path

from naru.errors import Missing


def write_durably(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Temp file in the same folder, fsync, rename, fsync of the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temp = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temp.replace(path)
    except BaseException:
        temp.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_capped(path: Path, limit: int) -> bytes:
    """The file's bytes; raises Missing where it is not there, not a plain file, or over `limit` bytes."""
    try:
        if not path.is_file():
            raise Missing(f"{path} is not there.")
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise Missing(f"{path} could not be read: {error.strerror}.") from None
    if len(data) > limit:
        raise Missing(f"{path} is larger than the limit of {limit} bytes.")
    return data
