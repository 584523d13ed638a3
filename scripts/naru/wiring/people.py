"""People's keys: public ones as the installed product file has them, a person's own private one from a file.

In the sandbox (`key: sandbox`) each person has a key pair in the sandbox's folder, made when first asked for.
"""

from __future__ import annotations

import os
from pathlib import Path

from naru.edge.files import read_capped
from naru.edge.signing import ensure_key_pair, private_file, public_key
from naru.errors import Malformed, Missing
from naru.model.product import Product
from naru.wiring.git import sandbox_folder

SANDBOX_KEY = "sandbox"
KEY_ENV = "NARU_PERSON_KEY"
"""Environment variable with the path of the private key of whoever signs."""


def people_keys(product: Product) -> dict[str, bytes]:
    """Person → public key."""
    return {name: _public(name, person.key) for name, person in product.people.items()}


def trusted_keys(product: Product) -> tuple[bytes, ...]:
    """Public keys that evidence may be signed with."""
    return tuple(_trusted(text) for text in product.trusted_keys)


def private_key_of(product: Product, name: str, file: Path | None) -> bytes:
    """The private key that signs for the person: the file given, else NARU_PERSON_KEY, else the sandbox's own."""
    named = file or (Path(os.environ[KEY_ENV]) if os.environ.get(KEY_ENV) else None)
    if named is not None:
        return private_file(named)
    person = product.people.get(name)
    if person is None:
        raise Malformed(f"The product file does not name '{name[:60]}'.", hint=f"It names {', '.join(product.people) or 'nobody'}.")
    if person.key != SANDBOX_KEY:
        raise Missing(f"No private key of {name}.", hint=f"Give --key FILE, or its path in {KEY_ENV}.")
    return read_capped(_pair(name) / "signing.pem", 16 * 1024)


def _public(name: str, key: str) -> bytes:
    return public_key(_pair(name) / "signing.pub") if key == SANDBOX_KEY else key.encode()


def _trusted(key: str) -> bytes:
    if key != SANDBOX_KEY:
        return key.encode()
    ensure_key_pair(sandbox_folder())
    return public_key(sandbox_folder() / "signing.pub")


def _pair(name: str) -> Path:
    folder = sandbox_folder("people", name)
    ensure_key_pair(folder)
    return folder
