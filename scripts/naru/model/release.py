"""release.json and images.json: what is released, and the images that it became."""

from __future__ import annotations

from pydantic import Field

from naru.model.record import Digest, Document, ObjectId, Record, Sha256
from naru.model.words import RollbackPolicy


class Note(Record):
    """One commit between the previous release of the line and this one."""

    commit: ObjectId
    subject: str
    issues: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


class PreviousRelease(Record):
    """The release of the same line before this one, as its tag says."""

    version: str
    tag: str
    commit: ObjectId


class Release(Document):
    """release.json: one product, one version, one tag object, one commit."""

    product: str
    line: str
    version: str
    tag: str
    tag_object: ObjectId
    """The tag object; for a lightweight tag that a person pushed, the commit itself."""
    commit: ObjectId
    commit_time: int
    """Committer date, seconds since the epoch: the only time that enters a build."""
    parameters: dict[str, str]
    previous: PreviousRelease | None = None
    rollback: RollbackPolicy = RollbackPolicy.auto
    notes: tuple[Note, ...] = ()
    notes_omitted: int = Field(default=0, ge=0)
    """Commits since the previous release that are not listed, since there are too many."""


class Image(Record):
    """One image of the release; `repository` has no host, since it is equal in all registries."""

    name: str
    repository: str
    tag: str
    digest: Digest
    config_digest: Digest
    size: int
    """Bytes of all layers as stored in the registry."""
    labels: dict[str, str]
    sbom_sha256: Sha256
    inputs_sha256: Sha256
    """Hash of everything that the build read; equal inputs mean that nothing is built again."""


class Published(Record):
    """What was read back after publishing."""

    registry: str
    """Host (and port) of the release registry that was written."""
    tag_object: ObjectId
    commit: ObjectId


class Images(Document):
    """images.json: every image of the release, and after publishing where it was read back."""

    version: str
    commit: ObjectId
    images: tuple[Image, ...] = Field(min_length=1)
    published: Published | None = None
