"""The fake registry answers as a real one does (tests/system/test_registry_contract.py runs the same)."""

import pytest

from fakes.registry import FakeRegistry, digest, manifest_of
from fakes.registry_contract import RegistryContract


class TestFakeRegistry(RegistryContract):
    @pytest.fixture
    def registry(self):
        return FakeRegistry()

    @pytest.fixture
    def address(self):
        return "127.0.0.1:5000"

    @pytest.fixture
    def layout(self, registry):
        def put(content):
            registry.layouts[f"oci:/{content.hex()}"] = manifest_of(content)
            return f"oci:/{content.hex()}", digest(manifest_of(content))

        return put
