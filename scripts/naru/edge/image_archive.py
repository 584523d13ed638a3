"""Image archives (the `docker save` layout) of one layer, written without any engine and reproducibly."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import IO, Any


def write_archive(
    target: Path, *, name: str, program: Path, inner_path: str, entrypoint: list[str], base: Path | None = None
) -> None:
    """Write the image `name` with `program` at `inner_path`, on top of the root file system tar `base` if given."""
    layer = target.with_suffix(".layer")
    with layer.open("wb") as stream:
        _write_layer(stream, program, inner_path, base)
    diff_id = _sha256_of(layer)
    config = json.dumps(_config(entrypoint, diff_id), sort_keys=True).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = json.dumps([{"Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(target, "w") as archive:
        archive.add(layer, "layer.tar", filter=_plain)
        for inner, data in ((config_name, config), ("manifest.json", manifest)):
            archive.addfile(_member(inner, len(data)), io.BytesIO(data))
    layer.unlink()


def _write_layer(stream: IO[bytes], program: Path, inner_path: str, base: Path | None) -> None:
    with tarfile.open(fileobj=stream, mode="w") as layer:
        if base is not None:
            _copy_members(base, layer)
        else:
            for folder in ("tmp", "etc", "usr", "usr/bin"):
                member = tarfile.TarInfo(folder)
                member.type, member.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
                layer.addfile(member)
        member = _member(inner_path.lstrip("/"), program.stat().st_size)
        member.mode = 0o755
        with program.open("rb") as source:
            layer.addfile(member, source)


def _copy_members(base: Path, layer: tarfile.TarFile) -> None:
    with tarfile.open(base) as source:
        for member in source:
            if member.isdev():
                continue  # the runtime makes the devices
            layer.addfile(member, source.extractfile(member) if member.isreg() else None)


def _config(entrypoint: list[str], diff_id: str) -> dict[str, Any]:
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Entrypoint": entrypoint, "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff_id}"]},
        "history": [{"created_by": "naru"}],
    }


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    return member


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


def _sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
