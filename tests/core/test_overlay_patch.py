"""What a release changes in an overlay, and what stops it before anything is written."""

import pytest

from fakes.overlays import NEW, cloud_yaml, kustomization, new_release, tree
from naru.core.config_file import parse_config
from naru.core.overlay_message import candidate_message
from naru.core.overlay_patch import patch_overlay, patched_files
from naru.core.overlay_set import clouds_of, patched_tree, release_values
from naru.errors import Missing
from naru.model.cloud import CloudConfig
from naru.model.overlays import CloudOverlay

FILE = "overlays/naver/kustomization.yaml"


def cloud(more=""):
    return parse_config(cloud_yaml("naver", more), CloudConfig, "cloud.yaml")


def patched(text, more=""):
    return patch_overlay({FILE: text}, cloud(more), new_release())


def test_names_tags_digests_and_declared_fields_are_set_and_nothing_else():
    patch = patched(kustomization("naver"))
    assert patch.files == {FILE: kustomization("naver", "8.9.csap-999", NEW)}
    assert [(change.path, change.new) for change in patch.changes] == [
        ("images.0.newTag", "8.9.csap-999"), ("images.0.digest", NEW), ("images.1.newTag", "8.9.csap-999"), ("images.1.digest", NEW),
        ("configMapGenerator.0.literals.0", "RELEASE_VERSION=8.9.csap-999"),
    ]


def test_a_second_patch_changes_nothing():
    patch = patched(kustomization("naver", "8.9.csap-999", NEW))
    assert (patch.files, patch.changes) == ({}, ())


def test_the_registry_of_the_cloud_is_put_in_where_another_one_stands():
    patch = patched(kustomization("naver").replace(b"registry.naver.example/khan/egov", b"registry.old.example/khan/egov"))
    assert ("images.0.newName", "registry.naver.example/khan/egov") in [(change.path, change.new) for change in patch.changes]


def test_an_entry_by_its_full_name_needs_no_new_name():
    text = kustomization("naver").replace(b"name: egov #", b"name: registry.naver.example/khan/egov #").replace(b"    newName: registry.naver.example/khan/egov\n", b"")
    assert b"digest: " + NEW.encode() in patched(text).files[FILE]


@pytest.mark.parametrize(("old", "new", "says"), [
    (b"name: egov #", b"name: portal #", "has no image 'egov' under images (found: portal, openmaru-app)"),
    (b"name: openmaru-app", b"name: egov", "has the image 'egov' more than once, in lines 5 and 9"),
    (b"images:", b"pictures:", "has no image 'egov' under images (found: none)"),
    (b'    newTag: "0.0.0-0"\n', b"", "line 5: there is no 'newTag' for images.0.newTag"),
    (b"- RELEASE_VERSION=0.0.0-0", b"- CLOUD=naver\n      - RELEASE_VERSION=0", "is 'CLOUD=naver', where a value that begins with 'RELEASE_VERSION='"),
])
def test_what_does_not_fit_is_refused_with_file_and_line(old, new, says):
    with pytest.raises(Missing) as caught:
        patched(kustomization("naver").replace(old, new, 1))
    assert str(caught.value).startswith(FILE)
    assert says in str(caught.value)


@pytest.mark.parametrize("file", ["../naver/../../x.yaml", "/etc/passwd", "../ktcloud/kustomization.yaml", "."])
def test_a_patched_field_stays_inside_its_clouds_folder(file):
    with pytest.raises(Missing, match="which is outside overlays/naver"):
        patched_files(cloud(f"  - {{file: '{file}', path: a, value: b}}\n"))


def test_a_patched_file_that_the_kustomization_never_reads_is_refused():
    files = tree("naver", more="  - {file: other.yaml, path: a, value: '{version}'}\n") | {"overlays/naver/other.yaml": b"a: b\n"}
    with pytest.raises(Missing, match="its kustomization never reads it"):
        patched_tree(files, clouds_of(files, ["naver"]), new_release())


def test_a_cloud_without_configuration_is_named_with_those_that_have_one():
    with pytest.raises(Missing, match=r"no overlays/azure/cloud.yaml. Clouds there: ktcloud, naver"):
        clouds_of(tree(), ["azure"])


def test_files_of_two_releases_do_not_mix():
    from fakes.overlays import images, release

    with pytest.raises(Missing, match=r"release.json is of 8.9.csap-999 .*, images.json of 8.9.csap-998"):
        release_values(release(), images(version="8.9.csap-998"))


def test_the_version_in_object_names_has_no_dots():
    assert new_release("8.9.CSAP-999").values()["version_dns"] == "8-9-csap-999"


def test_the_message_lists_old_and_new_per_cloud_and_ends_in_trailers():
    entry = CloudOverlay(cloud="naver", changes=patched(kustomization("naver")).changes, rendered_sha256="1" * 64, applied_sha256="1" * 64)
    message = candidate_message("khan", "8.9.csap-999", "tag-999", [entry])
    assert message.startswith("khan 8.9.csap-999 for naver\n\nnaver:\n  overlays/naver/kustomization.yaml\n    images.0.newTag: 0.0.0-0 → 8.9.csap-999\n")
    assert message.endswith(f"\n\nNaru-Version: 8.9.csap-999\nNaru-Tag: tag-999\nNaru-Rendered-naver: {'1' * 64}\n")
