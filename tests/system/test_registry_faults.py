"""A registry that fails, cuts the line or lies, spoken to over real HTTP: told apart, nothing believed."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from naru.edge import registry as edge
from naru.edge.registry import Registry
from naru.errors import Judged, Missing, OutsideDown
from system.small_image import MANIFEST, write_layout

pytestmark = pytest.mark.system


def sha(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Scripted(ThreadingHTTPServer):
    """`answers` maps (method, path's beginning) to (status, body, headers) or to a function of the handler."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = {("GET", "/v2/"): (200, b"{}", {})}
        self.asked = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def answer(self):
        self.server.asked.append((self.command, self.path))
        fitting = [key for key in self.server.answers if key[0] == self.command and self.path.startswith(key[1])]
        found = self.server.answers[max(fitting, key=lambda key: len(key[1]))] if fitting else (404, b"{}", {})
        if callable(found):
            found(self)
            return
        status, body, headers = found
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Docker-Distribution-Api-Version": "registry/2.0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = answer  # noqa: N815 (the base class calls them so)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    running = Scripted()
    yield running
    running.shutdown()
    running.server_close()


def cut(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{")
    handler.close_connection = True


def drop(handler):
    handler.close_connection = True


def unknown(code):
    return json.dumps({"errors": [{"code": code, "message": "x"}]}).encode()


@pytest.mark.parametrize(("answer", "error"), [
    ((500, b"broken", {}), OutsideDown),
    ((502, b"", {}), OutsideDown),
    ((503, b"", {}), OutsideDown),
    ((403, unknown("DENIED"), {}), Missing),
    ((401, unknown("UNAUTHORIZED"), {}), Missing),
    (cut, OutsideDown),
    (drop, OutsideDown),
], ids=["500", "502", "503", "403", "401", "cut body", "cut"])
def test_each_fault_while_looking_has_its_own_exit_code(server, answer, error):
    server.answers["GET", "/v2/khan/egov/manifests/"] = answer
    with pytest.raises(error) as stop:
        Registry().digest_of(f"{server.address}/khan/egov:1")
    assert server.address in stop.value.message
    assert "\n" not in str(stop.value)


@pytest.mark.parametrize("code", ["MANIFEST_UNKNOWN", "NAME_UNKNOWN"])
def test_what_a_registry_does_not_have_is_absent_and_no_fault(server, code):
    server.answers["GET", "/v2/khan/egov/manifests/"] = (404, unknown(code), {"Content-Type": "application/json"})
    assert Registry().digest_of(f"{server.address}/khan/egov:1") is None


def test_other_bytes_than_the_digest_names_are_never_taken(server):
    """The header may claim what it likes; the bytes are hashed."""
    wanted, other = sha(b"wanted"), b'{"schemaVersion": 2}'
    server.answers["GET", "/v2/khan/egov/manifests/"] = (200, other, {"Content-Type": MANIFEST, "Docker-Content-Digest": wanted})
    with pytest.raises(Judged):
        Registry().digest_of(f"{server.address}/khan/egov@{wanted}")
    assert Registry().digest_of(f"{server.address}/khan/egov:1") == sha(other)


def test_a_registry_that_never_answers_is_left_at_the_deadline(server, monkeypatch):
    release = threading.Event()
    server.answers["GET", "/v2/khan/"] = lambda handler: release.wait(30)
    monkeypatch.setattr(edge, "LOOK_SECONDS", 1.0)
    with pytest.raises(OutsideDown, match="did not end within 1 s"):
        Registry().digest_of(f"{server.address}/khan/egov:1")
    release.set()


@pytest.mark.parametrize("answer", [(500, b"", {}), drop], ids=["500", "cut"])
def test_a_push_that_fails_half_way_names_no_manifest(server, tmp_path, answer):
    write_layout(tmp_path / "image", b"half")
    server.answers["POST", "/v2/khan/egov/blobs/uploads/"] = answer
    with pytest.raises(OutsideDown):
        Registry().copy_in(f"oci:{tmp_path / 'image'}", f"{server.address}/khan/egov:1")
    assert not [path for method, path in server.asked if method == "PUT" and "/manifests/" in path]


def test_no_login_of_the_user_is_sent_unasked(server, tmp_path, monkeypatch):
    """Only the file that is named lets us in; the user's own docker login stays at home."""
    home = tmp_path / "home"
    (home / ".docker").mkdir(parents=True)
    (home / ".docker" / "config.json").write_text(json.dumps({"auths": {server.address: {"auth": "dXNlcjpzZWNyZXQ="}}}))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(home / ".docker" / "config.json"))
    seen = []
    server.answers["GET", "/v2/"] = lambda handler: (
        seen.append(handler.headers.get("Authorization")), handler.send_response(401),
        handler.send_header("WWW-Authenticate", 'Basic realm="x"'), handler.send_header("Content-Length", "0"), handler.end_headers(),
    )
    with pytest.raises(Missing, match="login"):
        Registry().digest_of(f"{server.address}/khan/egov:1")
    assert seen
    assert "dXNlcjpzZWNyZXQ=" not in str(seen)
