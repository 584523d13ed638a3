"""samples/history/NAME.yaml: the commits that the sandbox's source repository is made of."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from naru.model.record import Record


class HistoryCommit(Record):
    """One commit: the sample's files at or below `paths`; tags are lightweight, as people push them."""

    subject: str = Field(min_length=1, max_length=200)
    paths: tuple[str, ...]
    tags: tuple[str, ...] = ()


class SampleHistory(Record):
    """The file, whole."""

    schema_number: Literal[1] = 1
    branch: str
    commits: tuple[HistoryCommit, ...] = Field(min_length=1)
