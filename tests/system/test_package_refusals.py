"""The real programs against a package source that answers 403: Go's module proxy and Debian's mirror."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from naru.edge.debian import make_root
from naru.edge.go_build import GoBuilder, GoModule
from naru.edge.state_dir import StateDir
from naru.errors import Missing, OutsideDown
from naru.wiring.clouds import go_program
from system.registry_server import free_port

MODULE = GoModule(Path(__file__).resolve().parents[2] / "kind" / "modules" / "kind", {"kind": "sigs.k8s.io/kind"})


class Refusing(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"<html>blocked by policy</html>\n"
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_CONNECT = do_GET  # noqa: N815 (the name that http.server looks for)

    def log_message(self, *_):
        pass


@pytest.fixture
def refusing():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def dead():
    return f"http://127.0.0.1:{free_port()}"


def build(folder, proxy, monkeypatch):
    monkeypatch.setenv("GOPROXY", proxy)
    monkeypatch.setenv("GOSUMDB", "off")
    go = go_program()
    GoBuilder(lambda: go, StateDir(folder / "state")).build(MODULE, lambda _line: None)


def root(target, proxy, monkeypatch):
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("https_proxy", proxy)
    make_root(target, ["haproxy"], variant="extract")


def test_a_go_proxy_that_answers_403_is_a_missing_prerequisite_and_leaves_nothing_half_made(tmp_path, refusing, monkeypatch):
    with pytest.raises(Missing, match=r"go could not build kind: the Go module proxy refused this machine: .*: 403 Forbidden Set GOPROXY to"):
        build(tmp_path, refusing, monkeypatch)
    assert not list((tmp_path / "state" / "cache" / "programs").glob("kind-*"))


def test_a_go_proxy_that_does_not_answer_is_an_outage(tmp_path, dead, monkeypatch):
    with pytest.raises(OutsideDown, match=r"the Go module proxy did not answer: .*connection refused"):
        build(tmp_path, dead, monkeypatch)


def test_a_debian_mirror_that_answers_403_is_a_missing_prerequisite_and_leaves_nothing_half_made(tmp_path, refusing, monkeypatch):
    with pytest.raises(Missing, match=r"mmdebstrap could not make root\.tar: the Debian mirror refused this machine: E: Failed to fetch .*403  Forbidden"):
        root(tmp_path / "root.tar", refusing, monkeypatch)
    assert list(tmp_path.iterdir()) == []


def test_a_debian_mirror_that_does_not_answer_is_an_outage(tmp_path, dead, monkeypatch):
    with pytest.raises(OutsideDown, match=r"the Debian mirror did not answer: E: Failed to fetch"):
        root(tmp_path / "root.tar", dead, monkeypatch)
