"""A real registry answers as the fake does (tests/edge/test_registry_contract.py runs the same), and keeps its door."""

import base64
import json

import bcrypt
import pytest

from fakes.registry_contract import RegistryContract
from naru.edge.registry import Registry
from naru.errors import Missing, OutsideDown
from system.registry_server import RegistryServer
from system.small_image import write_layout

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with RegistryServer(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture
def layout(tmp_path):
    def put(content):
        facts = write_layout(tmp_path / content.hex(), content)
        return f"oci:{tmp_path / content.hex()}", facts["digest"]

    return put


class TestRealRegistry(RegistryContract):
    @pytest.fixture
    def registry(self):
        return Registry()

    @pytest.fixture
    def address(self, server):
        return server.address


def test_config_is_hashed_against_its_manifest(server, tmp_path):
    facts = write_layout(tmp_path / "image", b"labelled", labels={"a": "b"})
    Registry().copy_in(f"oci:{tmp_path / 'image'}", f"{server.address}/khan/config:1")
    assert Registry().config(f"{server.address}/khan/config:1")["config"]["Labels"] == {"a": "b"}
    assert Registry().facts(f"{server.address}/khan/config:1").config_digest == facts["config_digest"]


def test_a_registry_with_a_login_lets_in_who_has_the_file_and_copies_from_one_without(server, tmp_path):
    source, digest = f"{server.address}/khan/from:1", write_layout(tmp_path / "image", b"moved")["digest"]
    Registry().copy_in(f"oci:{tmp_path / 'image'}", source)
    password = tmp_path / "htpasswd"
    password.write_text("naru:" + bcrypt.hashpw(b"s3cret", bcrypt.gensalt(4)).decode() + "\n")
    with RegistryServer(tmp_path / "closed", htpasswd=password) as closed:
        login = tmp_path / "login.json"
        login.write_text(json.dumps({"auths": {closed.address: {"auth": base64.b64encode(b"naru:s3cret").decode()}}}))
        target = f"{closed.address}/khan/to@{digest}"
        with pytest.raises(Missing, match="login"):
            Registry().digest_of(target)
        with pytest.raises(Missing, match="login"):
            Registry().copy_in(source, target)
        assert Registry(auth_file=login).copy_in(source, target, source_access=Registry()) == digest
        assert Registry(auth_file=login).digest_of(target) == digest


def test_a_registry_that_is_not_there_is_worth_another_try(tmp_path):
    with RegistryServer(tmp_path / "gone") as gone:
        address = gone.address
    with pytest.raises(OutsideDown, match="refused"):
        Registry().digest_of(f"{address}/khan/a:1")


def test_a_login_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Missing, match=r"nope\.json"):
        Registry(auth_file=tmp_path / "nope.json")
