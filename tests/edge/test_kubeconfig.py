"""What a kubeconfig may not do, each refusal by its sentence."""

import base64
import hashlib
import subprocess
import sys

import pytest
import yaml

from naru.edge.exec_login import plugin_token
from naru.edge.kubeconfig import AllowedPlugin, ca_fingerprint, read_access
from naru.errors import Missing, OutsideDown


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ca")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", folder / "k", "-out", folder / "c", "-subj", "/CN=ca"],
                   check=True, capture_output=True)
    return (folder / "c").read_bytes()


@pytest.fixture
def config(ca, tmp_path):
    cluster = {"server": "https://10.0.0.1:6443/", "certificate-authority-data": base64.b64encode(ca).decode()}
    user = {"token": "secret-token"}
    whole = {"current-context": "a", "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u"}}],
             "clusters": [{"name": "c", "cluster": cluster}], "users": [{"name": "u", "user": user}]}

    class Config:
        def __init__(self):
            self.cluster, self.user, self.whole, self.path = cluster, user, whole, tmp_path / "config"

        def read(self, **options):
            self.path.write_text(yaml.safe_dump(self.whole))
            return read_access(self.path, **options)

        def refused(self, match, **options):
            with pytest.raises(Missing, match=match):
                self.read(**options)

    return Config()


def test_a_token_login_is_read_and_kept_out_of_the_printed_form(config):
    access = config.read()
    assert (access.server, access.token) == ("https://10.0.0.1:6443", "secret-token")
    assert "secret-token" not in repr(access)


def test_a_token_is_preferred_to_a_certificate(config):
    config.user.update({"client-certificate-data": "eA==", "client-key-data": "eA=="})
    assert config.read().certificate_pem == b""


@pytest.mark.parametrize(("where", "change", "match"), [
    ("cluster", {"insecure-skip-tls-verify": True}, "TLS verification off"),
    ("cluster", {"server": "http://10.0.0.1"}, "https"),
    ("cluster", {"server": "https://me:pw@10.0.0.1"}, "https"),
    ("cluster", {"proxy-url": "http://proxy"}, "proxy"),
    ("cluster", {"certificate-authority-data": None}, "no CA"),
    ("cluster", {"certificate-authority-data": "***"}, "not base64"),
    ("cluster", {"certificate-authority-data": None, "certificate-authority": "/etc/passwd"}, "outside its own folder"),
    ("cluster", {"certificate-authority-data": None, "certificate-authority": "../ca.pem"}, "outside its own folder"),
    ("user", {"username": "admin"}, "'username'"),
    ("user", {"as": "system:admin"}, "'as'"),
    ("user", {"auth-provider": {"name": "gcp"}}, "auth-provider"),
    ("user", {"token": ""}, "no login"),
    ("user", {"token": "", "tokenFile": "/var/run/token"}, "outside its own folder"),
])
def test_what_could_betray_a_cluster_is_refused(config, where, change, match):
    getattr(config, where).update(change)
    config.refused(match)


def test_an_unknown_context_is_named(config):
    config.refused("no entry 'b' under contexts", context="b")


@pytest.mark.parametrize("text", ["{", "a: [", "just text", "- a"])
def test_what_is_no_kubeconfig_says_so(tmp_path, text):
    path = tmp_path / "c"
    path.write_text(text)
    with pytest.raises(Missing):
        read_access(path)


def test_another_ca_than_the_pinned_one_stops(config, ca):
    assert config.read(pinned_ca=ca_fingerprint(ca)).ca_sha256 == ca_fingerprint(ca)
    config.refused("trusts another CA", pinned_ca="0" * 64)


def test_the_fingerprint_is_openssls(ca, tmp_path):
    (tmp_path / "c").write_bytes(ca)
    said = subprocess.run(["openssl", "x509", "-in", tmp_path / "c", "-noout", "-fingerprint", "-sha256"], check=True, capture_output=True, text=True).stdout
    assert said.strip().rpartition("=")[2].replace(":", "").lower() == ca_fingerprint(ca)


def plugin(tmp_path, text, arguments=("token",)):
    path = tmp_path / "ncp-iam-authenticator"
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return AllowedPlugin(str(path), hashlib.sha256(path.read_bytes()).hexdigest(), arguments)


def ask(config, found, arguments, command=None):
    config.user.clear()
    config.user["exec"] = {"command": command or found.path, "args": arguments, "env": [{"name": "LD_PRELOAD", "value": "x"}, {"name": "REGION", "value": "KR"}]}
    return {"allowed": (found,)}


def test_an_exec_plugin_runs_only_as_it_was_allowed(config, tmp_path):
    found = plugin(tmp_path, "")
    assert config.read(**ask(config, found, ["token"])).plugin == found
    assert config.read(**ask(config, found, ["token"])).plugin_environment == {"REGION": "KR"}
    config.refused("not on the allow-list", **ask(config, found, ["token", "--debug"]))
    config.refused("not on the allow-list", **ask(config, found, ["token"], command="/bin/sh"))
    config.user["exec"]["command"] = found.path
    config.refused("not on the allow-list")


def test_a_plugins_token_is_taken(tmp_path):
    found = plugin(tmp_path, 'import sys; print(\'{"status": {"token": "t-\' + sys.argv[1] + \'"}}\')')
    assert plugin_token(found, {}) == "t-token"


def test_a_plugin_that_was_exchanged_is_not_started(tmp_path):
    found = plugin(tmp_path, f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(Missing, match="not the allowed program"):
        plugin_token(AllowedPlugin(found.path, "0" * 64, found.arguments), {})
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(("text", "error"), [("print('no json')", Missing), ("print('{}')", Missing), ("raise SystemExit(3)", OutsideDown)])
def test_a_plugin_without_a_token_says_so(tmp_path, text, error):
    with pytest.raises(error):
        plugin_token(plugin(tmp_path, text), {})
