"""What every registry answers, real or fake: subclass RegistryContract and give `registry`, `address` and `layout`."""

import pytest

from naru.errors import Judged, Malformed, Missing

NOTHING = "sha256:" + "0" * 64


class RegistryContract:
    """`layout(content)` puts an image on this machine and gives (source, digest)."""

    def test_an_image_that_was_never_pushed_is_not_there(self, registry, address):
        assert registry.digest_of(f"{address}/khan/none:1") is None
        assert registry.digest_of(f"{address}/khan/none@{NOTHING}") is None
        assert registry.manifest_bytes(f"{address}/khan/none:1") is None
        assert registry.facts(f"{address}/khan/none:1") is None

    def test_content_goes_in_by_digest_before_any_tag_names_it(self, registry, address, layout):
        source, digest = layout(b"one")
        assert registry.copy_in(source, f"{address}/khan/a@{digest}") == digest
        assert registry.digest_of(f"{address}/khan/a@{digest}") == digest
        assert registry.digest_of(f"{address}/khan/a:1") is None
        assert registry.copy_in(f"{address}/khan/a@{digest}", f"{address}/khan/a:1") == digest
        assert registry.digest_of(f"{address}/khan/a:1") == digest

    def test_a_digest_that_the_image_does_not_have_is_refused(self, registry, address, layout):
        source, _ = layout(b"two")
        with pytest.raises(Judged):
            registry.copy_in(source, f"{address}/khan/b@{NOTHING}")
        assert registry.digest_of(f"{address}/khan/b@{NOTHING}") is None

    def test_the_same_image_twice_is_the_same_digest(self, registry, address, layout):
        source, digest = layout(b"three")
        assert [registry.copy_in(source, f"{address}/khan/c:1") for _ in range(2)] == [digest, digest]

    def test_facts_are_those_of_the_manifest(self, registry, address, layout):
        source, digest = layout(b"four")
        registry.copy_in(source, f"{address}/khan/d:1")
        facts = registry.facts(f"{address}/khan/d:1")
        assert facts.digest == digest
        assert facts.size > 0
        assert facts.config_digest.startswith("sha256:")

    def test_an_image_that_is_not_on_this_machine_cannot_be_pushed(self, registry, address, tmp_path):
        with pytest.raises(Missing):
            registry.copy_in(f"oci:{tmp_path}/nowhere", f"{address}/khan/e:1")

    @pytest.mark.parametrize("reference", ["", "egov:1", "h/egov", "h/EGOV:1", "h/egov:-x", "h/egov:1;x", "h/egov@sha256:12", "--x/y:1", "h/../y:1", "h/y:1 z"])
    def test_refuses_what_is_no_full_reference(self, registry, reference):
        with pytest.raises(Malformed):
            registry.digest_of(reference)
        with pytest.raises(Malformed):
            registry.copy_in("oci:/x", reference)
