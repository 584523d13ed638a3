"""Values that `init` could not know: each stands in its file as a value that parses, marked behind with what to write there."""

from __future__ import annotations

from collections.abc import Mapping

from naru.model.record import Record

MARK = "# fill in:"
UNKNOWN_HOST = "fill-in.invalid"
"""Part of every address that is not known: a name that by its last word never resolves (RFC 2606)."""


class Mark(Record):
    """One value to fill in."""

    file: str
    line: int
    why: str


def marked(line: str, why: str) -> str:
    """The line with the mark behind it."""
    return f"{line} {MARK} {why}"


def marks_in(files: Mapping[str, bytes]) -> tuple[Mark, ...]:
    """Every marked value, in the order of the files."""
    return tuple(
        Mark(file=file, line=number, why=line.partition(MARK)[2].strip())
        for file, data in files.items()
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1) if MARK in line
    )


def as_planned(planned: bytes, there: bytes) -> bool:
    """True if the file says what is planned, marked lines apart: those are there to be changed."""
    wanted, found = planned.decode("utf-8", "replace").splitlines(), there.decode("utf-8", "replace").splitlines()
    return len(wanted) == len(found) and all(MARK in new or new == old for new, old in zip(wanted, found, strict=True))
