"""Decisions about a base image: which versions to ask for, what differs from the lock, which files stay."""

from __future__ import annotations

import hashlib
from fnmatch import fnmatchcase

from naru.errors import Missing
from naru.model.base_image import BaseDefinition, BasePackage
from naru.model.record import canonical_bytes

FORM = 2
"""Raised whenever the same definition gives other bytes than before."""

SANDBOX_PREFIX = "sandbox-"
PIN = 1001
"""apt takes a version of this priority even where it is older; where it is not to be had, the current one."""


def base_inputs(definition: BaseDefinition) -> str:
    """sha256 of everything that the base image is made from."""
    return hashlib.sha256(canonical_bytes({"form": FORM, "definition": definition.plain()})).hexdigest()


def apt_preferences(definition: BaseDefinition) -> str:
    """The preferences of apt: a file that asks for the locked versions."""
    return "\n".join(
        f"Package: {name}\nPin: version {version}\nPin-Priority: {PIN}\n" for name, version in sorted(definition.locked.items())
    )


def read_control(text: str) -> BasePackage:
    """One package from the fields of its control file; raises Missing where it has no name or version."""
    fields = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line and not line.startswith(" "))
    try:
        name, version = fields["Package"], fields["Version"]
        return BasePackage(
            name=name, version=version, architecture=fields["Architecture"], source=fields.get("Source", name).split(" ")[0]
        )
    except (KeyError, ValueError) as error:
        raise Missing(f"A Debian package came without a proper {error}.", hint="Check the mirror of this machine.") from None


def lock_differences(locked: dict[str, str], found: tuple[BasePackage, ...]) -> tuple[str, ...]:
    """One sentence for each package that is not there as locked."""
    have = {package.name: package.version for package in found}
    gone = [f"{name} {version} is locked and was not needed" for name, version in locked.items() if name not in have]
    other = [
        f"{name} {locked[name]} is no longer to be had, {version} was taken"
        for name, version in have.items() if locked.get(name, version) != version
    ]
    new = [f"{name} {version} is not locked" for name, version in have.items() if name not in locked]
    return tuple(sorted([*gone, *other, *new]))


def is_left_out(path: str, patterns: tuple[str, ...]) -> bool:
    """True if the absolute `path` is one that the definition leaves out."""
    return any(fnmatchcase(path, pattern) for pattern in patterns)
