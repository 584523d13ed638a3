"""Reads a kubeconfig ourselves before any library sees it, and refuses what could betray a cluster or a credential.

Refused: insecure TLS, files outside the kubeconfig's own folder, password logins, proxies, exec plugins that are not
allowed by absolute path, sha256 and arguments. Changes nothing outside; credentials stay in memory.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from naru.edge.files import read_capped
from naru.errors import Missing

MAX_KUBECONFIG = 256 * 1024
MAX_CREDENTIAL = 64 * 1024


@dataclass(frozen=True)
class AllowedPlugin:
    """One exec plugin that may be started for a login."""

    path: str
    sha256: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Access:
    """How to reach one API server; credentials are kept out of the printed form."""

    server: str
    ca_pem: bytes
    token: str = field(default="", repr=False)
    certificate_pem: bytes = field(default=b"", repr=False)
    key_pem: bytes = field(default=b"", repr=False)
    tls_server_name: str = ""
    plugin: AllowedPlugin | None = None
    plugin_environment: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def ca_sha256(self) -> str:
        """sha256 of the CA certificate's DER (as `openssl x509 -fingerprint -sha256`, without colons)."""
        return ca_fingerprint(self.ca_pem)


def read_access(
    path: Path, *, context: str = "", allowed: tuple[AllowedPlugin, ...] = (), pinned_ca: str = ""
) -> Access:
    """The access of the current (or named) context; raises Missing with what is refused and why."""
    plain = _parse(path)
    chosen = context or str(plain.get("current-context") or "")
    entry = _named(plain, "contexts", chosen, path).get("context") or {}
    cluster = _named(plain, "clusters", str(entry.get("cluster")), path).get("cluster") or {}
    user = _named(plain, "users", str(entry.get("user")), path).get("user") or {}
    access = _access(cluster, user, path, allowed)
    if pinned_ca and access.ca_sha256 != pinned_ca.replace(":", "").lower():
        raise Missing(
            f"{path} trusts another CA ({access.ca_sha256[:12]}…) than the pinned one ({pinned_ca[:12]}…).",
            hint="The kubeconfig was swapped, or the cluster's CA was renewed: check, then enter the new one in cloud.yaml.",
        )
    return access


def ca_fingerprint(ca_pem: bytes) -> str:
    """sha256 over the DER form of each certificate in the text."""
    blocks = re.findall(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", ca_pem, re.DOTALL)
    try:
        der = b"".join(ssl.PEM_cert_to_DER_cert(block.decode("ascii")) for block in blocks)
    except (ValueError, UnicodeDecodeError):
        der = b""
    if not der:
        raise Missing("The kubeconfig's CA is not a certificate in PEM form.")
    return hashlib.sha256(der).hexdigest()


def _parse(path: Path) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        plain = YAML(typ="safe", pure=True).load(read_capped(path, MAX_KUBECONFIG).decode("utf-8"))
    except (YAMLError, UnicodeDecodeError, RecursionError):
        raise Missing(f"{path} is not readable YAML.") from None
    if not isinstance(plain, dict):
        raise Missing(f"{path} is not a kubeconfig.")
    return plain


def _named(plain: dict[str, Any], group: str, name: str, path: Path) -> dict[str, Any]:
    entries = plain.get(group)
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and entry.get("name") == name:
            return entry
    raise Missing(f"{path} has no entry '{name[:60]}' under {group}.")


def _access(cluster: dict[str, Any], user: dict[str, Any], path: Path, allowed: tuple[AllowedPlugin, ...]) -> Access:
    _refuse_unsafe(cluster, user, path)
    plugin = _plugin(user.get("exec"), path, allowed)
    token = str(user.get("token") or "")
    if not token and user.get("tokenFile"):
        token = _file(user["tokenFile"], path).decode("ascii", "strict").strip()
    certificate, key = _bytes(user, "client-certificate", path), _bytes(user, "client-key", path)
    if not (token or plugin or (certificate and key)):
        raise Missing(f"{path} has no login: neither a token nor a client certificate.",
                      hint="Use a service account's token.")
    return Access(
        server=str(cluster["server"]).rstrip("/"), ca_pem=_bytes(cluster, "certificate-authority", path), token=token,
        certificate_pem=b"" if token else certificate, key_pem=b"" if token else key,
        tls_server_name=str(cluster.get("tls-server-name") or ""), plugin=None if token else plugin,
        plugin_environment=_environment(user.get("exec")),
    )


def _refuse_unsafe(cluster: dict[str, Any], user: dict[str, Any], path: Path) -> None:
    server = urlparse(str(cluster.get("server") or ""))
    if server.scheme != "https" or not server.hostname or server.username or server.password:
        raise Missing(f"{path}: the server's address is not a plain https:// address.")
    if cluster.get("insecure-skip-tls-verify"):
        raise Missing(f"{path} switches TLS verification off (insecure-skip-tls-verify), which is refused.",
                      hint="Enter the cluster's CA instead.")
    if cluster.get("proxy-url"):
        raise Missing(f"{path} names a proxy, which is refused.")
    if not (cluster.get("certificate-authority-data") or cluster.get("certificate-authority")):
        raise Missing(f"{path} names no CA, so that the server could not be told from another.")
    for word in ("username", "password", "auth-provider", "as", "as-uid", "as-groups"):
        if user.get(word):
            raise Missing(f"{path} uses '{word}', which is refused.", hint="Use a service account's token.")


def _bytes(entry: dict[str, Any], word: str, path: Path) -> bytes:
    """Inline data, else the file; empty where neither stands."""
    inline = entry.get(f"{word}-data")
    if inline:
        try:
            return base64.b64decode(str(inline), validate=True)
        except (binascii.Error, ValueError):
            raise Missing(f"{path}: {word}-data is not base64.") from None
    return _file(entry[word], path) if entry.get(word) else b""


def _file(named: Any, path: Path) -> bytes:
    target = (path.parent / str(named)).resolve()
    if not target.is_relative_to(path.parent.resolve()):
        raise Missing(f"{path} refers to {named}, which is outside its own folder; that is refused.",
                      hint="Put the data into the kubeconfig (kubectl config view --flatten --minify).")
    return read_capped(target, MAX_CREDENTIAL)


def _plugin(entry: Any, path: Path, allowed: tuple[AllowedPlugin, ...]) -> AllowedPlugin | None:
    """The allowed plugin that the kubeconfig asks for; what is started is the allowed path, never a searched name."""
    if not entry:
        return None
    command, arguments = str(entry.get("command") or ""), tuple(str(word) for word in entry.get("args") or ())
    for candidate in allowed:
        same = command in {candidate.path, Path(candidate.path).name} and arguments == candidate.arguments
        if same and Path(candidate.path).is_absolute():
            return candidate
    raise Missing(
        f"{path} would start '{command[:80]}' to log in, which is not on the allow-list with these arguments.",
        hint="Use a service account's token, or enter path, sha256 and arguments in cloud.yaml.",
    )


def _environment(entry: Any) -> dict[str, str]:
    pairs = (entry or {}).get("env") or [] if isinstance(entry, dict) else []
    unsafe = re.compile(r"LD_|DYLD_|PYTHON|PATH\Z|HOME\Z|BASH_ENV|ENV\Z|IFS\Z")
    return {str(p["name"]): str(p["value"]) for p in pairs if isinstance(p, dict) and not unsafe.match(str(p.get("name")))}
