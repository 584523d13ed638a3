"""Builds images with buildah into OCI layouts of one image each; runs no daemon and needs no registry.

Resting state: `IMAGES/NAME-HEX` is a whole layout whose manifest's sha256 is HEX; buildah's own storage holds the bases
only (imported once) and no working container. Callers hold the build lock: one build at a time on a machine.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from naru.edge.base_store import BaseStore
from naru.edge.command import CommandResult, run
from naru.edge.files import read_capped, write_durably
from naru.edge.oci_layout import CHUNK, LAYER_GZIP, Blob, LayoutImage, OciLayout
from naru.errors import Judged, Missing
from naru.model.build import BuiltImage, ImageOrder, PackedFile

QUICK_SECONDS = 120.0
MAX_RECORD = 64 * 1024 * 1024
MAX_JAR = 256 * 1024 * 1024
_KEPT = ("PATH", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy")
_POLICY = b'{"default": [{"type": "insecureAcceptAnything"}]}\n'


class ImageBuildFailed(Judged):
    """buildah ended with an error; `lines` is what it printed."""

    def __init__(self, message: str, lines: tuple[str, ...]) -> None:
        super().__init__(message)
        self.lines = lines


class ImageBuilder:
    """buildah with a storage of its own in `storage`; images go to `images`, bases come from `bases`."""

    def __init__(self, storage: Path, images: Path, bases: BaseStore) -> None:
        self.storage = storage
        self.images = images
        self.bases = bases

    def layout(self, name: str, digest: str) -> OciLayout:
        """Where the image `name` with this digest lies (or would lie)."""
        return OciLayout(self.images / f"{name}-{digest.removeprefix('sha256:')}")

    def is_whole(self, name: str, digest: str) -> bool:
        """True if the image lies there with every blob; manifest and config are hashed again."""
        try:
            return self.layout(name, digest).read().digest == digest
        except Missing:
            return False

    def find_image(self, name: str, inputs: str) -> BuiltImage | None:
        """The image that these inputs gave and that is still whole, or None."""
        path = self._record(name, inputs)
        if not path.exists():
            return None
        try:
            built = BuiltImage.from_json(read_capped(path, MAX_RECORD), where=str(path))
        except Missing:
            return None
        return built if self.is_whole(name, built.digest) else None

    def remember_image(self, name: str, inputs: str, built: BuiltImage) -> None:
        """Note which inputs gave this image."""
        write_durably(self._record(name, inputs), built.model_dump_json(indent=2).encode())

    def build_image(self, order: ImageOrder, on_line: Callable[[str], None]) -> BuiltImage:
        """Build one image; raises ImageBuildFailed with what was printed, OutsideDown on the deadline."""
        self.images.mkdir(parents=True, exist_ok=True)
        base_name = self._import_base(order.base_digest)
        shop = Path(tempfile.mkdtemp(prefix=".making-", dir=self.images))
        try:
            identity = self._run_build(order, base_name, shop / "id", on_line)
            try:
                return self._keep(order, identity, shop)
            finally:
                self._buildah(["rmi", "--force", identity], check=False)
        finally:
            shutil.rmtree(shop, ignore_errors=True)

    def clear(self) -> None:
        """Remove what a killed build left: working containers and half-made folders."""
        if self.storage.exists():
            self._buildah(["rm", "--all"], check=False)
        for rest in self.images.glob(".making-*"):
            shutil.rmtree(rest, ignore_errors=True)

    def _record(self, name: str, inputs: str) -> Path:
        return self.images / "inputs" / f"{name}-{inputs}.json"

    def _import_base(self, digest: str) -> str:
        """Name of the base in buildah's storage; the same on every machine, since images' histories hold it."""
        name = f"localhost/base:{digest.removeprefix('sha256:')[:32]}"
        if not self._buildah(["images", "--quiet", name], check=False).ok:
            storage = f"[{storage_driver(self.storage)}@{self.storage / 'root'}+{self.storage / 'run'}]"
            words = ["--insecure-policy", "copy", "--quiet", f"oci:{self.bases.layout(digest).folder}", f"containers-storage:{storage}{name}"]
            run(["skopeo", *words], timeout=QUICK_SECONDS, env=self._environment())
        return name

    def _run_build(self, order: ImageOrder, base: str, id_file: Path, on_line: Callable[[str], None]) -> str:
        argv = ["build", "--isolation", "chroot", "--format", "oci", "--layers=false", "--pull=false", "--timestamp", str(order.epoch),
                "--identity-label=false", *self._trust(), "--iidfile", str(id_file), "--build-arg", f"BASE={base}"]
        argv += [word for name, value in sorted(order.arguments.items()) for word in ("--build-arg", f"{name}={value}")]
        argv += [word for name, value in sorted(order.labels.items()) for word in ("--label", f"{name}={value}")]
        argv += ["--file", order.containerfile, "."]  # relative: buildah would split a path at its commas
        result = self._buildah(argv, cwd=Path(order.context), timeout=order.timeout_seconds, on_line=on_line, check=False)
        if not result.ok:
            lines = tuple((result.stdout + "\n" + result.stderr).splitlines())
            raise ImageBuildFailed(f"buildah could not build {order.name}: {result.last_line()}", lines)
        return id_file.read_text().strip()

    def _keep(self, order: ImageOrder, identity: str, shop: Path) -> BuiltImage:
        """Take the built image out of the storage; the base's layers are linked, not packed again."""
        base = self.bases.layout(order.base_digest).read()
        draft = OciLayout(shop / "draft").begin()
        for diff_id in base.diff_ids:
            raw = self.bases.raw(order.base_digest, diff_id)
            if raw.exists():
                draft.link_blob(diff_id, raw)
        self._buildah(["push", "--quiet", "--disable-compression", *self._trust(), identity, f"oci:{draft.folder}"])
        built, final = draft.read(), OciLayout(shop / "final").begin()
        layers = tuple(self._packed(draft, final, base, *pair) for pair in zip(built.layers, built.diff_ids, strict=True))
        config = final.add_bytes(draft.config_bytes(built), built.config.media_type)
        digest = final.finish(config, layers)
        own = layers[len(base.layers):]
        files = tuple(entry for layer in own for entry in packed_files(final.blob_path(layer.digest)))
        final.settle(self.layout(order.name, digest).folder)
        return BuiltImage(
            digest=digest, config_digest=config.digest, size=sum(layer.size for layer in layers), labels=built.labels, files=files
        )

    def _packed(self, draft: OciLayout, final: OciLayout, base: LayoutImage, layer: Blob, diff_id: str) -> Blob:
        if diff_id in base.diff_ids:
            ready = base.layers[base.diff_ids.index(diff_id)]
            final.link_blob(ready.digest, self.bases.layout(base.digest).blob_path(ready.digest))
            return ready
        source = draft.blob_path(layer.digest)
        if layer.media_type == LAYER_GZIP:
            final.link_blob(layer.digest, source)
            return layer
        with source.open("rb") as stream:
            return final.add_layer(stream)[0]

    def _trust(self) -> list[str]:
        """Buildah's word for "take what I name": digests are checked here, not by signatures."""
        self.storage.mkdir(parents=True, exist_ok=True)
        policy = self.storage / "policy.json"
        if not policy.exists():
            policy.write_bytes(_POLICY)
        return ["--signature-policy", str(policy)]

    def _buildah(
        self, words: list[str], *, cwd: Path | None = None, timeout: float = QUICK_SECONDS,
        on_line: Callable[[str], None] | None = None, check: bool = True,
    ) -> CommandResult:
        own = ["--root", str(self.storage / "root"), "--runroot", str(self.storage / "run"), "--storage-driver", storage_driver(self.storage)]
        return run(["buildah", *own, *words], timeout=timeout, cwd=cwd, env=self._environment(), on_line=on_line, check=check)

    def _environment(self) -> dict[str, str]:
        env = {name: os.environ[name] for name in _KEPT if os.environ.get(name)}
        return env | {"HOME": str(self.storage), "TMPDIR": str(self.storage), "CONTAINERS_REGISTRIES_CONF": "/dev/null",
                      "BUILDAH_ISOLATION": "chroot", "LC_ALL": "C.UTF-8"}


def storage_driver(storage: Path) -> str:
    """`overlay` where this user may mount there (its options end at a comma or colon), else `vfs`, which copies."""
    can_mount = os.geteuid() == 0 and not set(",:") & set(str(storage))
    return os.environ.get("NARU_STORAGE_DRIVER") or ("overlay" if can_mount else "vfs")


def packed_files(layer: Path) -> Iterator[PackedFile]:
    """The files of a layer, by path."""
    with tarfile.open(layer, "r:*") as tar:
        for member in sorted((m for m in tar if m.isreg()), key=lambda m: m.name):
            stream = tar.extractfile(member)
            assert stream is not None
            digest = _sha256(stream)
            stream.seek(0)
            maven = _coordinates(stream) if member.name.endswith(".jar") and member.size <= MAX_JAR else ""
            yield PackedFile(path="/" + member.name.removeprefix("./"), sha256=digest, size=member.size, maven=maven)


def _sha256(stream: IO[bytes]) -> str:
    value = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        value.update(chunk)
    return value.hexdigest()


def _coordinates(stream: IO[bytes]) -> str:
    """`group:artifact:version` of a jar that was built by Maven and says so exactly once."""
    try:
        with zipfile.ZipFile(io.BytesIO(stream.read())) as jar:
            names = [name for name in jar.namelist() if re.fullmatch(r"META-INF/maven/[^/]+/[^/]+/pom\.properties", name)]
            if len(names) != 1 or jar.getinfo(names[0]).file_size > 64 * 1024:
                return ""
            lines = jar.read(names[0]).decode("utf-8", "replace").splitlines()
    except (zipfile.BadZipFile, OSError):
        return ""
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    parts = [fields.get(name, "") for name in ("groupId", "artifactId", "version")]
    return ":".join(parts) if all(parts) else ""
