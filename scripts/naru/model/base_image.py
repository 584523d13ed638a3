"""pipelines/bases/NAME.yaml: a base image made from Debian packages, and what came out of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from naru.model.record import Digest, Name, Record, Sha256

PackageName = Annotated[str, Field(pattern=r"\A[a-z0-9][a-z0-9.+-]{0,100}\Z")]
PackageVersion = Annotated[str, Field(pattern=r"\A[0-9][A-Za-z0-9.+:~-]{0,100}\Z")]
InnerPath = Annotated[str, Field(pattern=r"\A(/[^/\s]+)+\Z", max_length=300)]


class BaseDefinition(Record):
    """How a base image is made. Its digest stands nowhere in Git: it is resolved when the image is built."""

    schema_number: Literal[1] = 1
    name: Name
    suite: Name
    distro: Name
    """As package URLs name it: `debian-12`."""
    packages: tuple[PackageName, ...] = Field(min_length=1)
    """Packages to unpack; what they depend on comes with them."""
    locked: dict[PackageName, PackageVersion]
    """Every package with its version. One that the mirror no longer has is taken as it is now, and that is recorded."""
    epoch: int = Field(ge=0)
    """Date of every file and of the image, seconds since the epoch."""
    left_out: tuple[str, ...] = ()
    """Patterns (`/usr/share/doc/*`; `*` also crosses folders) of files that nobody needs at run time."""
    links: dict[InnerPath, str] = {}
    """Link → target: what a package's own set-up would have made."""
    files: dict[InnerPath, str] = {}
    """File → text."""
    environment: dict[str, str] = {}


class BasePackage(Record):
    """One Debian package that is in the image."""

    name: PackageName
    version: PackageVersion
    architecture: str
    source: str


class BaseImage(Record):
    """A base image that lies ready on this machine."""

    name: str
    """Name of the definition, or the reference that the image was fetched by."""
    digest: Digest
    inputs_sha256: Sha256
    packages: tuple[BasePackage, ...] = ()
    """Empty for an image that came from a registry."""
    distro: str = ""
    not_as_locked: tuple[str, ...] = ()
    """One sentence for each package that is not there in its locked version."""
