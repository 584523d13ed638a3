"""Rule 8: which image a container really runs, against the digests that the release names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class ReleaseImage(NamedTuple):
    """One image of the release: repository without host, and every digest that may be reported for it."""

    repository: str
    digests: frozenset[str]
    """Manifest digest and config digest: a side-loaded image may be reported by the latter."""


def expected_digests(reference: str, images: Iterable[ReleaseImage]) -> frozenset[str]:
    """Digests that a container of this image reference may run; empty where the release says nothing of it."""
    named = DIGEST.search(reference)
    path = repository_of(reference)
    for image in images:
        if image.repository == path and (named is None or named.group() in image.digests):
            return image.digests
    return frozenset({named.group()}) if named else frozenset()


def repository_of(reference: str) -> str:
    """`khan/egov` of `host:5000/khan/egov:1.2@sha256:…`."""
    text = reference.partition("@")[0]
    first, slash, rest = text.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        text = rest
    head, colon, tag = text.rpartition(":")
    return head if colon and "/" not in tag else text


def reported_digest(image_id: str) -> str:
    """The digest of a container status' imageID; empty where it has none."""
    found = DIGEST.search(image_id)
    return found.group() if found else ""
