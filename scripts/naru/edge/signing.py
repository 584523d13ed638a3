"""Key files: the private signing key (given to the verify stages only) and public keys. Leaves keys private (0600).

`NARU_SIGNING_KEY` names the private key's file; without it the sandbox's own key is used, made when first needed.
"""

from __future__ import annotations

import os
from pathlib import Path

from naru.edge.files import read_capped, write_durably
from naru.errors import Missing

VARIABLE = "NARU_SIGNING_KEY"
MAX_KEY = 16 * 1024


def private_key(sandbox: Path | None) -> bytes:
    """PEM text of the signing key; raises Missing where there is none and no sandbox to make one in."""
    named = os.environ.get(VARIABLE)
    if named:
        return private_file(Path(named))
    if sandbox is None:
        raise Missing(f"No signing key: {VARIABLE} is not set.", hint="Give it the path of an ed25519 key in PEM form.")
    ensure_key_pair(sandbox)
    return private_file(sandbox / "signing.pem")


def public_key(path: Path) -> bytes:
    """PEM text of a public key file."""
    return read_capped(path, MAX_KEY)


def ensure_key_pair(folder: Path) -> bool:
    """Make `signing.pem` and `signing.pub` in the folder; False where both are there."""
    private, public = folder / "signing.pem", folder / "signing.pub"
    if private.is_file() and public.is_file():
        return False
    # Imported where needed: most commands find their keys made.
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    text = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    write_durably(private, pem, mode=0o600)
    write_durably(public, text)
    return True


def private_file(path: Path) -> bytes:
    """PEM text of a private key file; raises Missing where others may read it."""
    data = read_capped(path, MAX_KEY)
    if path.stat().st_mode & 0o077:
        raise Missing(f"The signing key {path} can be read by others.", hint=f"Run chmod 600 {path}.")
    return data
