"""What is in an image, as a CycloneDX 1.6 document: the same text for the same image."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from packageurl import PackageURL

from naru.model.base_image import BaseImage, BasePackage
from naru.model.build import BuiltImage, PackedFile
from naru.model.product import ImageSpec
from naru.model.release import Release

if TYPE_CHECKING:
    from cyclonedx.model.component import Component


def sbom_text(release: Release, image: ImageSpec, built: BuiltImage, base: BaseImage) -> str:
    """The document as JSON text: base image, its Debian packages, and every file that the build put in."""
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion

    subject = Component(
        name=image.repository, version=release.version, type=ComponentType.CONTAINER, bom_ref=built.digest,
        purl=PackageURL("oci", None, image.repository.rsplit("/", 1)[-1], built.digest, {"tag": release.version}),
    )
    parts: list[Component] = [_base(base), *(_package(package, base.distro) for package in base.packages), *map(_file, _once(built.files))]
    bom = Bom(
        components=parts,
        metadata=BomMetaData(timestamp=datetime.fromtimestamp(release.commit_time, UTC), component=subject),
    )
    bom.register_dependency(subject, parts)
    value = json.loads(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string())
    return json.dumps({**value, "serialNumber": _serial(built.digest)}, indent=2, sort_keys=True) + "\n"


def _serial(digest: str) -> str:
    """A UUID that follows from the digest, in the form of version 8 (free use)."""
    text = hashlib.sha256(digest.encode()).hexdigest()
    return f"urn:uuid:{text[:8]}-{text[8:12]}-8{text[13:16]}-a{text[17:20]}-{text[20:32]}"


def _base(base: BaseImage) -> Component:
    from cyclonedx.model.component import Component, ComponentType

    return Component(name=base.name, version=base.digest, type=ComponentType.CONTAINER, bom_ref=f"base:{base.digest}")


def _package(package: BasePackage, distro: str) -> Component:
    from cyclonedx.model.component import Component, ComponentType

    qualifiers = {"arch": package.architecture, "distro": distro}
    if package.source != package.name:
        qualifiers["upstream"] = package.source
    purl = PackageURL("deb", "debian", package.name, package.version, qualifiers)
    return Component(name=package.name, version=package.version, type=ComponentType.LIBRARY, purl=purl, bom_ref=purl.to_string())


def _file(file: PackedFile) -> Component:
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.component import Component, ComponentType

    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=file.sha256)]
    where = [Property(name="naru:path", value=file.path)]
    if not file.maven:
        return Component(name=file.path, type=ComponentType.FILE, hashes=hashes, bom_ref=f"file:{file.path}")
    group, artifact, version = file.maven.split(":", 2)
    purl = PackageURL("maven", group, artifact, version)
    return Component(
        name=artifact, group=group, version=version, type=ComponentType.LIBRARY, purl=purl, hashes=hashes, properties=where,
        bom_ref=f"{purl.to_string()}#{file.path}",
    )


def _once(files: Iterable[PackedFile]) -> list[PackedFile]:
    """Each path once: a later layer's file hides an earlier one's."""
    return list({file.path: file for file in files}.values())
