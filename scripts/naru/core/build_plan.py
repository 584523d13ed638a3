"""What a build is made of, as values: commands with their places filled in, labels, and the hash of all inputs."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

from naru.errors import Missing
from naru.model.product import ImageSpec, Product
from naru.model.record import canonical_bytes
from naru.model.release import Release

FORM = 1
"""Raised whenever the same inputs give other image bytes than before, so that no old image is taken for a new one."""

VERSION_ARGUMENT = "RELEASE_VERSION"
_PLACE = re.compile(r"\{([A-Za-z_]+)\}")


def places(release: Release) -> dict[str, str]:
    """What `{name}` in the product file's build commands may stand for, the parameters included. Not yet: `{cache}`."""
    own = {"version": release.version, "tag": release.tag, "commit": release.commit, "commit_time": str(release.commit_time)}
    return {**release.parameters, **own}


def filled(words: tuple[str, ...], values: dict[str, str], *, where: str) -> tuple[str, ...]:
    """The words with each `{name}` filled in; raises Missing for a name that there is not."""
    return tuple(_PLACE.sub(lambda found: _value(found[1], values, where), word) for word in words)


def _value(name: str, values: dict[str, str], where: str) -> str:
    if name not in values:
        raise Missing(f"{where}: there is no value {{{name}}}.", hint=f"Known: {', '.join(sorted(values))}.")
    return values[name]


def labels(release: Release, product: Product, image: ImageSpec, *, base_digest: str) -> dict[str, str]:
    """OCI labels of one image, all of them facts of the commit and the product file.

    An address that is a path of this machine is left out: the same commit would be another image elsewhere.
    """
    prefix = "org.opencontainers.image."
    source = {} if _is_path(product.source.url) else {prefix + "source": without_login(product.source.url)}
    return source | {
        prefix + "title": image.name,
        prefix + "version": release.version,
        prefix + "revision": release.commit,
        prefix + "created": datetime.fromtimestamp(release.commit_time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        prefix + "base.name": image.base,
        prefix + "base.digest": base_digest,
        prefix + "ref.name": release.tag,
    }


def _is_path(url: str) -> bool:
    return url.startswith(("/", "file:"))


def without_login(url: str) -> str:
    """The address without a user or password."""
    return re.sub(r"//[^/@]*@", "//", url)


def image_inputs(release: Release, product: Product, image: ImageSpec, *, base_digest: str) -> str:
    """sha256 of everything that decides an image's bytes: commit, commands, base, labels. Equal means: not built again."""
    value: dict[str, Any] = {
        "form": FORM,
        "commit": release.commit,
        "places": places(release),
        "build": product.build.plain(),
        "image": image.plain(),
        "base": base_digest,
        "labels": labels(release, product, image, base_digest=base_digest),
    }
    return hashlib.sha256(canonical_bytes(value)).hexdigest()
