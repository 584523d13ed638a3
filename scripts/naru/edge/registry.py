"""Container registries, through skopeo: what a tag or digest holds, and copies that keep the digest.

Resting state: a tag that is there is never re-pointed by this edge's callers; this edge itself only reads and copies.
Every manifest that comes back is hashed again: a registry's own word for a digest is not believed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from naru.edge.command import CommandResult, run
from naru.edge.registry_errors import error_of, is_absent
from naru.errors import Judged, Malformed, Missing

LOOK_SECONDS = 60.0
COPY_SECONDS = 1800.0
MAX_MANIFEST = 4 * 1024 * 1024

REFERENCE = re.compile(
    r"(?P<host>[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::\d{1,5})?)/(?P<repository>[a-z0-9]+(?:[._/-]+[a-z0-9]+){0,20})"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})|@(?P<digest>sha256:[0-9a-f]{64}))",
    re.ASCII,
)
_LOOPBACK = re.compile(r"(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3})(:\d+)?", re.ASCII)
_KEPT = ("PATH", "TMPDIR", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True)
class ImageFacts:
    """An image as a registry serves it."""

    digest: str
    """sha256 of the manifest's own bytes."""
    media_type: str
    config_digest: str
    size: int
    """Bytes of all layers as stored."""


class Registry:
    """One way into registries: with the login file (docker's `auths` JSON) or with none."""

    def __init__(self, *, auth_file: Path | None = None) -> None:
        if auth_file is not None and not auth_file.is_file():
            raise Missing(f"The registry login {auth_file} is not there.", hint="It must be a docker `auths` JSON file.")
        self.auth_file = auth_file

    def manifest_bytes(self, reference: str) -> bytes | None:
        """The manifest as served, or None where there is none.

        Raises Judged where a digest was asked for and other bytes came, OutsideDown, Missing (login refused).
        """
        found = checked_reference(reference)
        words = ["inspect", "--raw", *self._words(reference), f"docker://{reference}"]
        result = _skopeo(words, timeout=LOOK_SECONDS, check=False)
        if not result.ok:
            if is_absent(result.stderr):
                return None
            raise error_of("Looking at", reference, result.stderr)
        data = result.stdout.encode()
        if found["digest"] and digest(data) != found["digest"]:
            raise Judged(f"{reference} answered a manifest with digest {digest(data)}.", hint="Do not trust this registry.")
        return data

    def digest_of(self, reference: str) -> str | None:
        """sha256 of the manifest that the reference leads to, or None."""
        data = self.manifest_bytes(reference)
        return None if data is None else digest(data)

    def facts(self, reference: str) -> ImageFacts | None:
        """Digest, config and size of an image, or None; raises Missing for anything but a single image's manifest."""
        data = self.manifest_bytes(reference)
        return None if data is None else image_facts(data, reference)

    def config(self, reference: str) -> dict[str, Any]:
        """The image's config, hashed again against its manifest; raises Missing where there is no such image."""
        facts = self.facts(reference)
        if facts is None:
            raise Missing(f"{reference} is not in its registry.")
        words = ["inspect", "--config", "--raw", *self._words(reference), f"docker://{reference}"]
        result = _skopeo(words, timeout=LOOK_SECONDS, check=False)
        if not result.ok:
            raise error_of("Looking at the config of", reference, result.stderr)
        data = result.stdout.encode()
        if digest(data) != facts.config_digest:
            raise Judged(f"{reference} answered a config with digest {digest(data)} for {facts.config_digest}.")
        return dict(json.loads(data))

    def copy_in(self, source: str, reference: str, *, source_access: Registry | None = None, timeout: float = COPY_SECONDS) -> str:
        """Copy an image to `reference` with all its digests kept; gives the manifest's digest.

        `source` is `oci:FOLDER`, `oci:FOLDER:TAG`, `oci-archive:FILE` or a registry reference.
        """
        checked_reference(reference)
        words = ["copy", "--quiet", "--preserve-digests", "--multi-arch", "system"]
        words += self._side("dest", reference) + _source_side(source, source_access or Registry())
        with tempfile.TemporaryDirectory(prefix="naru-copy-") as folder:
            file = Path(folder) / "digest"
            words += ["--digestfile", str(file), _transport(source), f"docker://{reference}"]
            result = _skopeo(words, timeout=timeout, check=False)
            if not result.ok:
                raise error_of("Copying to", reference, result.stderr)
            return file.read_text().strip()

    def _words(self, reference: str) -> list[str]:
        return [f"--tls-verify={_tls(reference)}", *(["--authfile", str(self.auth_file)] if self.auth_file else ["--no-creds"])]

    def _side(self, side: str, reference: str) -> list[str]:
        login = [f"--{side}-authfile", str(self.auth_file)] if self.auth_file else [f"--{side}-no-creds"]
        return [f"--{side}-tls-verify={_tls(reference)}", *login]


def checked_reference(reference: str) -> dict[str, str | None]:
    """host, repository, tag and digest of `host/repository:tag` or `host/repository@sha256:…`; raises Malformed."""
    found = REFERENCE.fullmatch(reference)
    if found is None:
        raise Malformed(f"'{reference[:120]}' is not an image reference.", hint="host/repository:tag or host/repository@sha256:…")
    return found.groupdict()


def digest(data: bytes) -> str:
    """`sha256:…` of bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def image_facts(manifest: bytes, where: str) -> ImageFacts:
    """What a manifest of one image says; raises Missing for an index or anything else."""
    try:
        value = json.loads(manifest)
        size = sum(int(layer["size"]) for layer in value["layers"])
        return ImageFacts(digest(manifest), str(value.get("mediaType", "")), str(value["config"]["digest"]), size)
    except (ValueError, KeyError, TypeError):
        raise Missing(f"{where} is not a single image but something else.", hint="Name one image by its digest.") from None


def _source_side(source: str, access: Registry) -> list[str]:
    return [] if source.startswith(("oci:", "oci-archive:")) else access._side("src", source)  # noqa: SLF001 (same class)


def _transport(source: str) -> str:
    if source.startswith(("oci:", "oci-archive:")):
        return source
    checked_reference(source)
    return f"docker://{source}"


def _tls(reference: str) -> str:
    """Plain http only where the bytes cannot leave this machine."""
    return "false" if _LOOPBACK.fullmatch(reference.split("/", 1)[0]) else "true"


def _skopeo(words: list[str], *, timeout: float, check: bool) -> CommandResult:
    with tempfile.TemporaryDirectory(prefix="naru-skopeo-") as home:
        env = {name: os.environ[name] for name in _KEPT if os.environ.get(name)}
        env |= {"HOME": home, "XDG_RUNTIME_DIR": home, "CONTAINERS_REGISTRIES_CONF": "/dev/null", "LC_ALL": "C"}
        return run(["skopeo", "--insecure-policy", *words], timeout=timeout, env=env, check=check)
