"""pipelines/products/NAME.yaml: what is released and how. Nothing about a product stands in the code."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from naru.model.record import Name, Record
from naru.model.words import RollbackPolicy

ShortText = Annotated[str, Field(min_length=1, max_length=500)]
ParameterName = Annotated[str, Field(pattern=r"\A[A-Z][A-Z0-9_]{0,62}\Z")]


class Parameter(Record):
    """One Jenkins parameter: environment variable `NAME`, option `--name` in lower case with hyphens."""

    name: ParameterName
    kind: Literal["line", "text"]
    """`line`: one of the release lines (a dropdown); `text`: anchored `pattern`."""
    pattern: ShortText = r"[0-9]{1,9}"
    """Full-match pattern of a text parameter; ASCII only, applied after the length cap."""
    max_length: int = Field(default=64, ge=1, le=200)
    description: str = ""


class Line(Record):
    """One release line; `fields` fill the placeholders of the tag (`ape_version`)."""

    name: ShortText
    fields: dict[str, ShortText] = {}
    branch: ShortText | None = None
    """Maintenance branch of this line; the source's branch where absent."""
    marks: tuple[str, ...] = ()
    """Words that rules refer to, such as `csap` (two approvers)."""
    rollback: RollbackPolicy = RollbackPolicy.auto


class Source(Record):
    """The product's own Git repository."""

    url: ShortText
    """Address without any secret; `sandbox:` stands for the bare repository of ensure_sandbox."""
    branch: ShortText
    maintenance_branches: tuple[ShortText, ...] = ()
    """Patterns, matched in full, of further branches that a hotfix commit may stand on."""
    credential_env: str = ""
    """Environment variable with the path of the login file; not looked at for `sandbox:`."""


class Tags(Record):
    """Both directions between parameters and tag names."""

    make: ShortText
    """`khan-monitoring-5-git-{BUG_FIX_VERSION}-ape-{ape_version}-{KHAN_RELEASE}`"""
    read: tuple[ShortText, ...] = Field(min_length=1)
    """Anchored patterns with named groups; the first that matches in full gives the parameters."""
    version: ShortText
    """`{KHAN_RELEASE}-{BUG_FIX_VERSION}`"""
    version_pattern: ShortText


class Build(Record):
    """How the tagged commit becomes files; commands are argument lists, never shell text."""

    command: tuple[ShortText, ...]
    test_command: tuple[ShortText, ...] = ()
    timeout_seconds: int = Field(default=1800, ge=1, le=14_400)
    outputs: tuple[ShortText, ...] = ()
    """Paths that must exist after the build."""
    environment: dict[str, str] = {}


class ImageSpec(Record):
    """One image of the product."""

    name: Name
    repository: ShortText
    containerfile: ShortText
    """Path in the source repository."""
    base: ShortText
    """`sandbox-jre` (built from Debian packages) or any `host/repository@sha256:…`."""


class IssueLinks(Record):
    """Which words of a commit subject are issue keys, and where they lead."""

    pattern: ShortText
    url: ShortText


class Person(Record):
    """Someone who may approve, waive, hold, freeze or abort, by a signature."""

    email: ShortText
    """As it stands in commits: an author of a release does not approve it."""
    key: ShortText
    """Public ed25519 key as PEM text, or `sandbox`."""


class Product(Record):
    """The product file, whole."""

    schema_number: Literal[1] = 1
    name: Name
    title: dict[Literal["en", "ko"], ShortText]
    source: Source
    config: Source = Source(url="sandbox:", branch="main")
    """The repository of overlays/ and releases/; its branch is where people write."""
    parameters: tuple[Parameter, ...] = Field(min_length=1)
    lines: tuple[Line, ...] = Field(min_length=1)
    tags: Tags
    build: Build
    images: tuple[ImageSpec, ...] = Field(min_length=1)
    clouds: tuple[Name, ...] = Field(min_length=1)
    """Clouds in the order of promotion."""
    release_registry: ShortText
    """`HOST[:PORT]`, or `sandbox:` for the one of kind/sandbox.yaml."""
    release_registry_env: str = ""
    """Environment variable with the path of the registry's login file; not looked at for `sandbox:`."""
    issues: IssueLinks | None = None
    evidence_age_hours: float = Field(default=24, gt=0, le=24 * 365)
    trusted_keys: tuple[ShortText, ...] = ()
    """Public keys (PEM text or `sandbox`) that evidence must be signed with."""
    approvals: dict[str, int] = {}
    """Mark of a line → number of distinct approvers."""
    people: dict[str, Person] = {}
    """Name → person; names are what `--by` takes."""
