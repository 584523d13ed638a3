"""Tells why a build failed: writes build-failure.json and gives the error with the right exit code."""

from __future__ import annotations

from collections.abc import Sequence

from naru.core.build_diagnosis import diagnose, sentence_of
from naru.errors import Judged, Missing, NaruError, OutsideDown
from naru.model.build import FailureRule
from naru.steps.build_log import FILE as LOG
from naru.steps.ports import Folder

KINDS: dict[str, type[NaruError]] = {"judged": Judged, "missing": Missing, "outside": OutsideDown}
SHOWN = 4


def explained(
    lines: list[str], rules: Sequence[FailureRule], folder: Folder, *, version: str, step: str, file: str
) -> NaruError:
    """The error to raise; its hint holds what to do and the lines that show the cause."""
    failure = diagnose(lines, rules, version=version, step=step, log=LOG)
    folder.write(failure, file)
    shown = "".join(f"\n  | {line}" for line in failure.lines[:SHOWN])
    return KINDS[failure.stop](sentence_of(failure), hint=f"{failure.hint} {failure.ko} (build.log){shown}")
