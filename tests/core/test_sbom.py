"""The SBOM of an image: valid CycloneDX, whole, and the same text each time."""

import json

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from fakes.build import build_product, digest, release
from naru.core.sbom import sbom_text
from naru.model.base_image import BaseImage, BasePackage
from naru.model.build import BuiltImage, PackedFile

BASE = BaseImage(
    name="sandbox-jre", digest="sha256:" + "ab" * 32, inputs_sha256="0" * 64, distro="debian-12",
    packages=(BasePackage(name="libssl3", version="3.0.22-1~deb12u2", architecture="amd64", source="openssl"),),
)
FILES = (
    PackedFile(path="/app/lib/web-5.jar", sha256="1" * 64, size=5, maven="kr.khan:web:5"),
    PackedFile(path="/app/run.sh", sha256="2" * 64, size=5),
    PackedFile(path="/app/run.sh", sha256="3" * 64, size=6),
)


def text(**changes):
    built = BuiltImage(digest=digest("x"), config_digest=digest("y"), size=1, labels={}, files=FILES).model_copy(update=changes)
    return sbom_text(release(), build_product().images[1], built, BASE)


def test_it_is_valid_cyclonedx():
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text()) is None


def test_it_names_base_packages_jars_and_plain_files_as_they_lie_in_the_top_layer():
    parts = {part["bom-ref"]: part for part in json.loads(text())["components"]}
    assert parts["base:" + BASE.digest]["type"] == "container"
    assert parts["pkg:deb/debian/libssl3@3.0.22-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl"]["version"] == "3.0.22-1~deb12u2"
    assert parts["pkg:maven/kr.khan/web@5#/app/lib/web-5.jar"]["purl"] == "pkg:maven/kr.khan/web@5"
    assert parts["file:/app/run.sh"]["hashes"][0]["content"] == "3" * 64
    assert len(parts) == 4


def test_the_subject_is_the_image_by_digest_and_the_date_is_the_commit_s():
    value = json.loads(text())
    assert value["metadata"]["component"]["purl"].startswith("pkg:oci/egov@sha256")
    assert value["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"


def test_the_same_image_gives_the_same_text_and_another_image_another_serial_number():
    assert text() == text()
    assert json.loads(text())["serialNumber"] != json.loads(text(digest=digest("z")))["serialNumber"]
