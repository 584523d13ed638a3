"""A delivery of a Git provider, as values: what it claims. Nothing of it is believed before Git was asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Provider(StrEnum):
    """Who sends deliveries."""

    bitbucket_cloud = "bitbucket-cloud"
    bitbucket_server = "bitbucket-server"
    """Bitbucket Data Center."""
    github = "github"
    gitlab = "gitlab"


class TagEventKind(StrEnum):
    """What a delivery says happened to a tag."""

    pushed = "pushed"
    moved = "moved"
    deleted = "deleted"


@dataclass(frozen=True)
class TagEvent:
    """One tag of a delivery."""

    tag: str
    kind: TagEventKind = TagEventKind.pushed
    claimed: str | None = None
    """Object id as the delivery gives it: the tag object's or the commit's, providers differ; None where it gives none."""


@dataclass(frozen=True)
class Delivery:
    """One delivery whose signature was right."""

    provider: Provider
    delivery_id: str
    """For the log only: a provider gives a repeated delivery another id."""
    events: tuple[TagEvent, ...]
    look_for_all: bool = False
    """It says that something was pushed but not what (Bitbucket does so): compare all tags with the ledger."""
    ignored: str = ""
    """Why nothing of it concerns tags; empty otherwise."""


class TagState(StrEnum):
    """What the ledger says of a tag and the object that it is now."""

    new = "new"
    begun = "begun"
    """A trigger was begun and its end is not recorded: begin it again with the same request id."""
    triggered = "triggered"
    ours = "ours"
    """Naru pushed it itself, within a release that runs."""
    seen = "seen"
    """It was there before Naru looked for the first time."""
    moved = "moved"
    """The ledger knows the tag as another object."""


@dataclass(frozen=True)
class TagFound:
    """What came of one tag."""

    tag: str
    object_id: str | None
    state: str
    """`started`, `known`, `moved`, `gone`, `not a release tag` or `refused`."""
    sentence: str
    request_id: str = ""
