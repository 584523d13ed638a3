"""What people decide, kept on the branch naru/state: holds, approvals, waivers, freezes, aborts and what takes them back.

Each stands in a file of its own, signed by its maker's key, and is never changed or removed: a `TakenBack` names it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from naru.model.record import Name, ObjectId, Record, Sha256

Words = Annotated[str, Field(min_length=1, max_length=500)]
Person = Annotated[str, Field(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._@-]{0,62}\Z")]
"""A person as the product file names them."""

EVERY_CLOUD = "all"


class Statement(Record):
    """What every kept statement says of itself."""

    product: Name
    by: Person
    at: str
    """When it was made, ISO 8601 with zone."""
    reason: Words


class Hold(Statement):
    """Stops promotion to one cloud or to all, of one release or of every release."""

    kind: Literal["hold"] = "hold"
    cloud: Name
    """`all` for every cloud."""
    version: str = ""
    """Empty: every release."""
    automatic: bool = False
    """Made by a promotion that went back, not by a person."""
    broke_on: str = ""
    """Cloud on which the held release broke; empty where a person holds."""


class Freeze(Statement):
    """Times in which nothing is promoted to one cloud or to all."""

    kind: Literal["freeze"] = "freeze"
    cloud: Name
    begin: str
    end: str


class Approval(Statement):
    """One person's yes to exactly these bytes on these clouds."""

    kind: Literal["approval"] = "approval"
    version: str
    commit: ObjectId
    rendered: dict[str, Sha256] = Field(min_length=1)
    """Cloud → sha256 of the rendered bytes that were approved."""
    until: str
    """The approval is worth nothing afterwards."""


class Waiver(Statement):
    """One person answers for a field class that no stand-in exercised."""

    kind: Literal["waiver"] = "waiver"
    version: str
    cloud: Name
    field_class: Words
    until: str


class Abort(Statement):
    """Stops a release for good."""

    kind: Literal["abort"] = "abort"
    version: str


class TakenBack(Statement):
    """Lifts a hold or freeze, or withdraws an approval or waiver, by its file name; an abort stays."""

    kind: Literal["taken-back"] = "taken-back"
    target: str


AnyStatement = Hold | Freeze | Approval | Waiver | Abort | TakenBack
