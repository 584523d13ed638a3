"""What a release changes in one cloud's overlay: image names, tags and digests, and the declared fields.

Text in; text and the typed list of changes out. Files are named by their path in the config repository.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from naru.core.tree_paths import joined
from naru.core.yaml_nodes import Node, decode, read_nodes
from naru.core.yaml_splice import Edit, check_value, find, splice_nodes
from naru.errors import Missing
from naru.model.cloud import CloudConfig, PatchedField
from naru.model.overlays import FieldChange

KUSTOMIZATION = "kustomization.yaml"


@dataclass(frozen=True)
class NewImage:
    """An image of the release as an overlay refers to it."""

    name: str
    repository: str
    """Without host (`khan/egov`)."""
    tag: str
    digest: str


@dataclass(frozen=True)
class NewRelease:
    """The values that a release brings into overlays."""

    version: str
    tag: str
    commit: str
    images: tuple[NewImage, ...]

    def values(self) -> dict[str, str]:
        """Placeholders of `patched_fields`."""
        dns = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in self.version.lower()).strip("-")
        return {"version": self.version, "version_dns": dns, "tag": self.tag, "commit": self.commit}


@dataclass(frozen=True)
class OverlayPatch:
    """New bytes of the files that change, and what changes in them."""

    files: dict[str, bytes]
    changes: tuple[FieldChange, ...]


def overlay_folder(cloud: str) -> str:
    """Folder of a cloud's overlay in the config repository."""
    return f"overlays/{cloud}"


def patched_files(cloud: CloudConfig) -> tuple[str, ...]:
    """Every file that a release may change for this cloud."""
    files = {f"{overlay_folder(cloud.name)}/{KUSTOMIZATION}", *(_path(cloud, field) for field in cloud.patched_fields)}
    return tuple(sorted(files))


def patch_overlay(files: Mapping[str, bytes], cloud: CloudConfig, release: NewRelease) -> OverlayPatch:
    """The patch of one cloud; raises Missing with file and line, and then nothing may be written."""
    changed: dict[str, bytes] = {}
    changes: list[FieldChange] = []
    for file in patched_files(cloud):
        if file not in files:
            raise Missing(f"{file} is not there, and a release changes it for {cloud.name}.", hint="Mend patched_fields in its cloud.yaml.")
        text = decode(files[file], file)
        documents = read_nodes(text, file)
        result = splice_nodes(text, file, documents, [(edit, find(documents, edit, file)) for edit in _edits(file, documents, cloud, release)])
        if result.changes:
            changed[file] = result.text.encode()
            changes += result.changes
    return OverlayPatch(changed, tuple(changes))


def image_edits(documents: list[Node], file: str, image: NewImage, host: str) -> list[Edit]:
    """Edits of the one entry under `images` that is about this image; raises Missing if there is none or there are two."""
    full = f"{host}/{image.repository}"
    images = documents[0].get("images") if documents and documents[0].kind == "map" else None
    entries = list(enumerate(images.items)) if images is not None and images.kind == "list" else []
    mine = [(number, entry) for number, entry in entries if _name(entry) in {image.name, image.repository, full}]
    if not mine:
        names = ", ".join(filter(None, (_name(entry) for _, entry in entries))) or "none"
        raise Missing(f"{file} has no image '{image.name}' under images (found: {names}).", hint="Add it, or mend the product file.")
    if len(mine) > 1:
        lines = " and ".join(str(entry.line) for _, entry in mine)
        raise Missing(f"{file} has the image '{image.name}' more than once, in lines {lines}.", hint="Keep one entry.")
    number, entry = mine[0]
    edits = [Edit(f"images.{number}.newTag", image.tag), Edit(f"images.{number}.digest", image.digest)]
    if _name(entry) == full and entry.get("newName") is None:
        return edits
    return [Edit(f"images.{number}.newName", full), *edits]


def _edits(file: str, documents: list[Node], cloud: CloudConfig, release: NewRelease) -> list[Edit]:
    edits: list[Edit] = []
    if file == f"{overlay_folder(cloud.name)}/{KUSTOMIZATION}":
        for image in release.images:
            edits += image_edits(documents, file, image, cloud.registry.host)
    mine = [field for field in cloud.patched_fields if _path(cloud, field) == file]
    return edits + [_field_edit(field, release, cloud.name) for field in mine]


def _field_edit(field: PatchedField, release: NewRelease, cloud: str) -> Edit:
    value = field.value
    for name, text in release.values().items():
        value = value.replace("{" + name + "}", text)
    check_value(value, f"{field.path} (patched_fields of {cloud})")
    return Edit(field.path, value, begins_with=field.value.split("{", 1)[0])


def _path(cloud: CloudConfig, field: PatchedField) -> str:
    folder = overlay_folder(cloud.name)
    path = joined(folder, field.file)
    if path is None or not path.startswith(folder + "/"):
        raise Missing(f"patched_fields of {cloud.name} names '{field.file}', which is outside {folder}.", hint="Name a file of that folder.")
    return path


def _name(entry: Node) -> str:
    name = entry.get("name") if entry.kind == "map" else None
    return name.text if name is not None else ""
