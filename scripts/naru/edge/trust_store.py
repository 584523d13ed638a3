"""The files from which programs and Java learn whom to trust, made from PEM certificates; always the same bytes.

Java's form is its own key store (JKS), which every Java reads and which holds no random salt.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from collections.abc import Mapping

PASSWORD = "changeit"  # noqa: S105 (Java's default; it only guards against accidents, a trust store is public)
_MAGIC, _VERSION, _TRUSTED = 0xFEEDFEED, 2, 2
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----")


def pem_bundle(certificates: Mapping[str, bytes]) -> bytes:
    """All certificates one after the other, as /etc/ssl/certs/ca-certificates.crt has them."""
    return b"".join(certificates[name].rstrip() + b"\n" for name in sorted(certificates))


def java_store(certificates: Mapping[str, bytes], *, epoch: int) -> bytes:
    """A JKS with each certificate under its name in lower case; what is no PEM certificate is left out."""
    entries = [(name.lower(), base64.b64decode(found[1])) for name in sorted(certificates) if (found := _PEM.search(certificates[name].decode("ascii", "replace")))]
    body = struct.pack(">III", _MAGIC, _VERSION, len(entries))
    for name, data in entries:
        body += struct.pack(">I", _TRUSTED) + _text(name) + struct.pack(">Q", epoch * 1000) + _text("X.509")
        body += struct.pack(">I", len(data)) + data
    guard = hashlib.sha1(PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + body, usedforsecurity=False)
    return body + guard.digest()


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack(">H", len(data)) + data
