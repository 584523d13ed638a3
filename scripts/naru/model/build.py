"""What a build takes and gives: orders, built images, the files in them, and why it failed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from naru.model.record import Digest, Document, Name, Record, Sha256


class ImageOrder(Record):
    """One image to build; equal orders over equal files give equal digests."""

    name: Name
    context: str
    """Absolute path of the folder."""
    containerfile: str
    """Path in the context."""
    base_digest: Digest
    arguments: dict[str, str]
    labels: dict[str, str]
    epoch: int
    """Date of every file and of the image, seconds since the epoch."""
    timeout_seconds: float


class PackedFile(Record):
    """A file that the build put into an image, above its base."""

    path: str
    sha256: Sha256
    size: int
    maven: str = ""
    """`group:artifact:version` where a jar says so."""


class BuiltImage(Record):
    """An image that lies in the store of this machine."""

    digest: Digest
    config_digest: Digest
    size: int
    labels: dict[str, str]
    files: tuple[PackedFile, ...]


class FailureRule(Record):
    """One cause of failed builds: how its log line looks, and the sentence that names it."""

    id: Name
    pattern: Annotated[str, Field(min_length=3, max_length=500)]
    """Searched in each line of the log; named groups fill the sentences."""
    en: str
    ko: str
    hint: str
    stop: Literal["judged", "missing", "outside"] = "judged"
    """Whose fault: the source's (exit 1), the machine's (3), or something outside that may be back later (4)."""
    lines_after: int = Field(default=2, ge=0, le=10)
    """Lines after the matching one that also show it."""
    more: str = ""
    """Searched in the lines after; its named groups fill the sentences too."""


class FailureRules(Record):
    """A file of rules; the first rule that matches anywhere in the log wins."""

    schema_number: Literal[1] = 1
    rules: tuple[FailureRule, ...] = Field(min_length=1)


class BuildFailure(Document):
    """build-failure.json: why the build of a release failed, for a person, Jenkins and the report."""

    version: str
    step: str
    """`build`, `test` or `image NAME`."""
    cause: Name
    """Id of the rule, or `unknown`."""
    stop: Literal["judged", "missing", "outside"]
    en: str
    ko: str
    hint: str
    lines: tuple[str, ...]
    """The lines of the log that show it."""
    log: str
    """Name of the whole log in the release folder."""
