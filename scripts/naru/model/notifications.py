"""notifications.yaml: who is told of what, off where there is no such file; and the events themselves.

Credentials stand in files that environment variables name. The variables must begin with NARU_NOTIFY_, so that a
notifier can never be made to send a credential of something else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from naru.model.record import Name, Record

ShortText = Annotated[str, Field(min_length=1, max_length=500)]
FileVariable = Annotated[str, Field(pattern=r"\A(NARU_NOTIFY_[A-Z0-9_]{1,50})?\Z")]
"""Environment variable that holds the path of a file with a credential; empty for none."""
Address = Annotated[str, Field(pattern=r"\A[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,200}\Z")]
Language = Literal["en", "ko"]


class EventKind(StrEnum):
    """What is told."""

    run_finished = "run-finished"
    promotion_held = "promotion-held"
    promotion_rolled_back = "promotion-rolled-back"
    nightly_hold = "nightly-hold"


EVERY_KIND = tuple(EventKind)


class Webhook(Record):
    """One address that gets a POST with JSON."""

    name: Name
    url: str = Field(default="", max_length=500)
    """Address without any secret; else `url_env`."""
    url_env: FileVariable = ""
    """For an address that is a secret itself (chat services): the file holds it."""
    token_env: FileVariable = ""
    """The file's text is sent as `Authorization: Bearer`."""
    secret_env: FileVariable = ""
    """The file's text signs the body: `X-Naru-Signature-256: sha256=HMAC`."""
    events: tuple[EventKind, ...] = Field(default=EVERY_KIND, min_length=1)
    language: Language = "en"
    """Language of the field `text`; both stand in `sentence`."""


class Mail(Record):
    """One mail, to everybody listed."""

    name: Name
    host: ShortText
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` is refused together with a login, but on loopback."""
    user: str = Field(default="", max_length=200)
    password_env: FileVariable = ""
    sender: Address
    recipients: tuple[Address, ...] = Field(min_length=1, max_length=50)
    events: tuple[EventKind, ...] = Field(default=EVERY_KIND, min_length=1)
    language: Language = "en"


class Notifications(Record):
    """The file, whole."""

    schema_number: Literal[1] = 1
    webhooks: tuple[Webhook, ...] = Field(default=(), max_length=8)
    mails: tuple[Mail, ...] = Field(default=(), max_length=8)


class CloudResult(Record):
    """What an event says of one cloud."""

    cloud: str
    outcome: str
    sentence: str = ""
    proofs: dict[str, str] = {}
    """Proof → verdict."""


class Event(Record):
    """Something that happened, ready to be told."""

    kind: EventKind
    product: str
    version: str
    outcome: str
    sentence: dict[Language, str]
    clouds: tuple[CloudResult, ...] = ()
    report: str = ""
    """Path of the report on the machine that ran it."""
    build: str = ""
    """Address of the Jenkins build, where there is one."""
    at: str = ""
