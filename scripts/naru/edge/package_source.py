"""Why packages did not come: one sentence, what to do, and the exit code, for Go's proxy, Debian's mirror and PyPI alike.

A full disk and a refusal (401, 403, 407) are a missing prerequisite: nothing changes by itself, so no retry is due.
Whatever does not answer may answer later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from naru.edge.command import CommandResult
from naru.errors import Missing, NaruError, OutsideDown

FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
REFUSED = re.compile(r"\b(?:HTTP error )?(401|403|407)\b:? +(?:Unauthorized|Forbidden|Proxy Auth|Client Error)", re.IGNORECASE)
NOTHING_OFFERED = re.compile(r"\(from versions: none\)")
"""All that pip says of an index that answers 403."""
SILENT = re.compile(
    r"dial tcp|no such host|i/o timeout|connection refused|connection reset|could not resolve|temporary failure resolving|"
    r"(?:unable|could not) (?:to )?connect|connection (?:timed out|failed)|\b50[234]\b +\w",
    re.IGNORECASE,
)
SHOWN = 300


@dataclass(frozen=True)
class PackageSource:
    """Where a kind of package comes from, as the sentence calls it, and how another one is named."""

    title: str
    mend: str


def package_fault(tried: str, result: CommandResult, source: PackageSource) -> NaruError:
    """The error to raise for a program that could not get or unpack its packages. `tried`: "go could not build kind"."""
    lines = [line.strip() for line in f"{result.stderr}\n{result.stdout}".splitlines() if line.strip()]
    if _first(FULL, lines):
        return Missing(f"{tried}: the disk is full.", hint="Free disk space (./naru clean), then try again: it goes on where it stopped.")
    if line := _first(REFUSED, lines):
        return Missing(f"{tried}: {source.title} refused this machine: {line}", hint=f"{source.mend}, then try again.")
    if line := _first(NOTHING_OFFERED, lines):
        return Missing(f"{tried}: {source.title} offered nothing, as it does when it refuses this machine: {line}", hint=f"{source.mend}, then try again.")
    if line := _first(SILENT, lines):
        return OutsideDown(f"{tried}: {source.title} did not answer: {line}", hint=f"Try again later, or: {source.mend}.")
    return OutsideDown(f"{tried}: {_reason(lines) or result.last_line()}", hint="Try again: it goes on where it stopped; with -v more is shown.")


def _first(pattern: re.Pattern[str], lines: list[str]) -> str:
    """The first error line that says it, else the first line that does; empty where none does."""
    found = [line for line in lines if pattern.search(line)]
    return next((line for line in found if line.startswith("E:")), found[0] if found else "")[:SHOWN]


def _reason(lines: list[str]) -> str:
    """The reason that apt gave; that apt-get or mmdebstrap failed is none."""
    errors = [line for line in lines if line.startswith("E:") and "apt-get" not in line and "failed to run" not in line]
    return errors[0][:SHOWN] if errors else ""
