"""OCI image layouts: folders that hold one image each, as blobs named by their sha256.

Resting state: a layout that is there is whole. It is made under another name and renamed when all its blobs are in;
`skopeo copy oci:FOLDER docker://…` pushes it as it is.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from naru.errors import Missing

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"

CHUNK = 1024 * 1024
LEVEL = 6
"""zlib's: better ones cost three times the time for two per cent."""


@dataclass(frozen=True)
class Blob:
    """A blob as manifests name it."""

    media_type: str
    digest: str
    size: int

    def plain(self) -> dict[str, Any]:
        """The descriptor."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}


@dataclass(frozen=True)
class LayoutImage:
    """The one image of a layout, read and checked."""

    digest: str
    config: Blob
    layers: tuple[Blob, ...]
    diff_ids: tuple[str, ...]
    """sha256 of each layer before compression, in the same order."""
    labels: dict[str, str]


class OciLayout:
    """One layout folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def blob_path(self, digest: str) -> Path:
        """Where the blob lies (or would lie)."""
        kind, _, value = digest.partition(":")
        return self.folder / "blobs" / kind / value

    def begin(self) -> OciLayout:
        """Make the empty folder anew; returns self."""
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "blobs" / "sha256").mkdir(parents=True)
        return self

    def add_bytes(self, data: bytes, media_type: str) -> Blob:
        """Store `data`."""
        blob = Blob(media_type, "sha256:" + hashlib.sha256(data).hexdigest(), len(data))
        self.blob_path(blob.digest).write_bytes(data)
        return blob

    def add_layer(self, source: IO[bytes]) -> tuple[Blob, str]:
        """Compress a layer's tar into the layout, the same bytes each time; gives its blob and diff id."""
        partial = self.folder / "layer.partial"
        plain, size = hashlib.sha256(), 0
        with partial.open("wb") as raw, gzip.GzipFile("", "wb", LEVEL, raw, mtime=0) as packed:
            while chunk := source.read(CHUNK):
                plain.update(chunk)
                packed.write(chunk)
        digest, size = _file_digest(partial)
        partial.rename(self.blob_path(digest))
        return Blob(LAYER_GZIP, digest, size), "sha256:" + plain.hexdigest()

    def link_blob(self, digest: str, source: Path) -> None:
        """Have the blob here too without a second copy of its bytes (a copy where the file system forbids links)."""
        target = self.blob_path(digest)
        if target.exists():
            return
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)

    def finish(self, config: Blob, layers: tuple[Blob, ...]) -> str:
        """Write manifest and index; gives the manifest's digest."""
        value = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config.plain(), "layers": [layer.plain() for layer in layers]}
        manifest = self.add_bytes(_json(value), MANIFEST)
        (self.folder / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
        (self.folder / "index.json").write_bytes(_json({"schemaVersion": 2, "manifests": [manifest.plain()]}))
        return manifest.digest

    def settle(self, target: Path) -> None:
        """Move the finished layout to `target`, in place of what is there."""
        shutil.rmtree(target, ignore_errors=True)
        self.folder.rename(target)
        self.folder = target

    def read(self) -> LayoutImage:
        """The image; manifest and config are hashed again, layers must be there in their sizes. Raises Missing."""
        try:
            index = json.loads((self.folder / "index.json").read_bytes())
            if len(index["manifests"]) != 1:
                raise Missing(f"{self.folder} holds {len(index['manifests'])} images where one is expected.")
            digest = str(index["manifests"][0]["digest"])
            manifest = json.loads(self._checked(digest))
            config = json.loads(self._checked(manifest["config"]["digest"]))
            layers = tuple(_blob(layer) for layer in manifest["layers"])
            diff_ids = tuple(str(one) for one in config["rootfs"]["diff_ids"])
            labels = dict(config.get("config", {}).get("Labels") or {})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Missing(f"{self.folder} is no whole image layout: {error}.", hint="Build it again.") from None
        for layer in layers:
            path = self.blob_path(layer.digest)
            if not path.is_file() or path.stat().st_size != layer.size:
                raise Missing(f"{self.folder} lacks the layer {layer.digest} or a part of it.", hint="Build it again.")
        return LayoutImage(digest, _blob(manifest["config"]), layers, diff_ids, labels)

    def config_bytes(self, image: LayoutImage) -> bytes:
        """The config as it is stored."""
        return self._checked(image.config.digest)

    def _checked(self, digest: str) -> bytes:
        data = self.blob_path(digest).read_bytes()
        if "sha256:" + hashlib.sha256(data).hexdigest() != digest:
            raise Missing(f"{self.folder} holds other bytes under {digest}.", hint="Delete it and build again.")
        return data


def _blob(value: dict[str, Any]) -> Blob:
    return Blob(str(value["mediaType"]), str(value["digest"]), int(value["size"]))


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _file_digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as stream:
        return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest(), path.stat().st_size
