"""A one-file OCI image made in the test, for registries that need something to hold."""

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def sha(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def write_layout(folder: Path, content: bytes, *, labels=None) -> dict:
    """An OCI layout whose only file holds `content`; gives digest, config_digest and size."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(data: bytes, media_type: str) -> dict:
        (blobs / sha(data).removeprefix("sha256:")).write_bytes(data)
        return {"mediaType": media_type, "digest": sha(data), "size": len(data)}

    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        member = tarfile.TarInfo("file")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    layer = put(gzip.compress(stream.getvalue(), mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip")
    config = {"architecture": "amd64", "os": "linux", "config": {"Labels": labels or {}},
              "rootfs": {"type": "layers", "diff_ids": [sha(stream.getvalue())]}}
    config_blob = put(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json")
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config_blob, "layers": [layer]}
    manifest_blob = put(json.dumps(manifest).encode(), MANIFEST)
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest_blob]}))
    return {"digest": manifest_blob["digest"], "config_digest": config_blob["digest"], "size": layer["size"]}
