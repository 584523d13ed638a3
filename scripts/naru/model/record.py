"""What every record shares: frozen, strict, unknown keys refused, one canonical form and one hash.

The hash of a document is the sha256 of its RFC 8785 JSON without the `run` block, so that a stage that is
repeated on an unchanged world writes the same hash. Evidence is the exception: its `run` block is signed too.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Self

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from naru.errors import Missing

Sha256 = Annotated[str, Field(pattern=r"\A[0-9a-f]{64}\Z")]
"""Lower-case hexadecimal sha256, without prefix."""

Digest = Annotated[str, Field(pattern=r"\Asha256:[0-9a-f]{64}\Z")]
"""A content address as registries write it."""

ObjectId = Annotated[str, Field(pattern=r"\A[0-9a-f]{40}\Z")]
"""A Git object id (SHA-1 form)."""

Name = Annotated[str, Field(pattern=r"\A[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?\Z")]
"""A name as Kubernetes and image repositories allow it: lower case, digits, dot and hyphen."""


class Record(BaseModel):
    """Base of every value that is written to or read from a file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, regex_engine="python-re")

    def plain(self) -> dict[str, Any]:
        """The record as JSON-ready plain values; fields that are None are left out."""
        return self.model_dump(mode="json", exclude_none=True)

    @classmethod
    def from_json(cls, text: str | bytes, *, where: str) -> Self:
        """Parse `text`; raises Missing that names `where`, the field and what was expected."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise Missing(f"{where} is not a valid {cls.__name__}: {first_fault(error)}.") from None


class Run(Record):
    """Ticking values of one execution; no content hash covers them (evidence excepted)."""

    started: str
    finished: str
    host: str
    naru_version: str
    build: str = ""


class Document(Record):
    """A file of the release folder."""

    schema_number: int = 1
    made_from: dict[str, Sha256] = Field(default_factory=dict)
    """File name in the release folder → content hash of the file that this one was made from."""
    run: Run | None = None


def first_fault(error: ValidationError) -> str:
    """The first fault as `path: what was expected`, and how many more there are."""
    faults = error.errors(include_url=False, include_input=False)
    path = ".".join(str(part) for part in faults[0]["loc"]) or "the document"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{path}: {faults[0]['msg']}{more}"


def canonical_bytes(value: Any) -> bytes:
    """RFC 8785 JSON of plain values: the only form that is ever hashed or signed."""
    return rfc8785.dumps(value)


def content_hash(document: Document) -> str:
    """sha256 of the canonical form without `run` (see the module's first lines)."""
    plain = document.plain()
    plain.pop("run", None)
    return hashlib.sha256(canonical_bytes(plain)).hexdigest()
