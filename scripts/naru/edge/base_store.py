"""Base images that lie ready on this machine, each an OCI layout.

Resting state: `FOLDER/HEX/layout` is whole and its manifest's sha256 is HEX; `FOLDER/HEX/raw` holds the layers before
compression, so that no build unpacks or packs them again; `FOLDER/inputs/KEY.json` says which base came from which inputs.
All of it is safe to delete.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from naru.edge import debian_base
from naru.edge.command import run
from naru.edge.files import read_capped, write_durably
from naru.edge.oci_layout import CONFIG, OciLayout
from naru.errors import Missing, OutsideDown
from naru.model.base_image import BaseDefinition, BaseImage

FETCH_SECONDS = 900.0


class BaseStore:
    """The folder of base images."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_base(self, inputs: str) -> BaseImage | None:
        """The base that these inputs gave and that is still whole, or None."""
        path = self._record(inputs)
        if not path.exists():
            return None
        try:
            base = BaseImage.from_json(read_capped(path, 1024 * 1024), where=str(path))
            whole = self.layout(base.digest).read().digest == base.digest
        except Missing:
            return None
        return base if whole else None

    def remember_base(self, base: BaseImage) -> None:
        """Remember which inputs gave this base."""
        write_durably(self._record(base.inputs_sha256), base.model_dump_json(indent=2).encode())

    def layout(self, digest: str) -> OciLayout:
        """The layout of the base with this digest."""
        return OciLayout(self.folder / digest.removeprefix("sha256:") / "layout")

    def raw(self, digest: str, diff_id: str) -> Path:
        """A layer of the base before compression; may be absent."""
        return self.folder / digest.removeprefix("sha256:") / "raw" / diff_id.removeprefix("sha256:")

    def make_base(
        self, definition: BaseDefinition, *, preferences: str, left_out: Callable[[str], bool], on_line: Callable[[str], None]
    ) -> tuple[str, tuple[str, ...]]:
        """Make a base from Debian packages; gives its digest and the control file of each package in it."""
        with self._workshop() as shop:
            wishes, packed, raw = shop / "preferences", shop / "packed.tar", shop / "layer.tar"
            wishes.write_text(preferences)
            debian_base.unpack_packages(
                packed, definition.suite, definition.packages, preferences=wishes, epoch=definition.epoch, on_line=on_line
            )
            controls = debian_base.control_texts(packed)
            files = {name: text.encode() for name, text in definition.files.items()}
            files |= debian_base.trust_files(packed, epoch=definition.epoch)
            debian_base.write_layer(packed, raw, left_out=left_out, links=definition.links, files=files, epoch=definition.epoch)
            layout = OciLayout(shop / "layout").begin()
            with raw.open("rb") as stream:
                layer, diff_id = layout.add_layer(stream)
            config = layout.add_bytes(json.dumps(_config(definition, diff_id), sort_keys=True).encode(), CONFIG)
            digest = layout.finish(config, (layer,))
            self._settle(layout, digest, {diff_id: raw})
        return digest, controls

    def fetch_base(self, reference: str) -> str:
        """Bring the image `host/repository@sha256:…` here; gives its digest. Raises OutsideDown."""
        with self._workshop() as shop:
            tls = "false" if reference.startswith(("127.", "localhost")) else "true"
            argv = ["skopeo", "--insecure-policy", "copy", "--quiet", f"--src-tls-verify={tls}", "--preserve-digests",
                    f"docker://{reference}", f"oci:{shop / 'layout'}"]
            result = run(argv, timeout=FETCH_SECONDS, check=False)
            if not result.ok:
                raise OutsideDown(f"The base {reference} could not be fetched: {result.last_line()}", hint="Check the registry.")
            layout = OciLayout(shop / "layout")
            image = layout.read()
            if not reference.endswith("@" + image.digest):
                raise OutsideDown(f"The base {reference} came as {image.digest}.", hint="Do not trust this registry.")
            self._settle(layout, image.digest, {})
        return image.digest

    def _settle(self, layout: OciLayout, digest: str, raw: dict[str, Path]) -> None:
        home = self.folder / digest.removeprefix("sha256:")
        (home / "raw").mkdir(parents=True, exist_ok=True)
        for diff_id, path in raw.items():
            path.replace(home / "raw" / diff_id.removeprefix("sha256:"))
        layout.settle(home / "layout")

    def _record(self, inputs: str) -> Path:
        return self.folder / "inputs" / f"{inputs}.json"

    @contextmanager
    def _workshop(self) -> Iterator[Path]:
        self.folder.mkdir(parents=True, exist_ok=True)
        shop = Path(tempfile.mkdtemp(prefix=".making-", dir=self.folder))
        try:
            yield shop
        finally:
            shutil.rmtree(shop, ignore_errors=True)


def _config(definition: BaseDefinition, diff_id: str) -> dict[str, Any]:
    created = datetime.fromtimestamp(definition.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "architecture": "amd64", "os": "linux", "created": created,
        "config": {"Env": [f"{name}={value}" for name, value in sorted(definition.environment.items())]},
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created": created, "created_by": f"naru base {definition.name}: {' '.join(definition.packages)}"}],
    }
