"""timings.json: how long each stage of the main job took, this time and the last."""

from __future__ import annotations

from naru.model.record import Document, Record


class StageTime(Record):
    """One stage of one run."""

    name: str
    seconds: float
    exit_code: int
    sentence: str = ""
    """What the stage said when it stopped; empty where it went well."""


class Timings(Document):
    """timings.json, written after each stage."""

    version: str
    stages: tuple[StageTime, ...] = ()
