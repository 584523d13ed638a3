"""The three releases of the demo: a first one, an upgrade under traffic, and one that breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from naru.errors import Missing
from naru.model.load import Row

LINE = "8.9.csap"

BREAK_AT = "public static void main(String[] arguments) throws IOException {"
BREAK_WITH = """
        if (System.getenv("KHAN_LICENCE_SERVER") == null) {
            throw new IllegalStateException("KHAN_LICENCE_SERVER is not set: no licence, no service");
        }"""


@dataclass(frozen=True)
class DemoRelease:
    """One release of the demo."""

    number: str
    title: str
    broken: bool = False


FIRST = DemoRelease("999", "the first release")
UPGRADE = DemoRelease("1000", "an upgrade under traffic")
BROKEN = DemoRelease("1001", "a release that breaks", broken=True)


def broken_source(text: str) -> str:
    """The app's entry with a setting that nobody has made: it builds, its tests pass, and it dies in each cloud.

    Raises Missing where the entry is not of the form that the sample has.
    """
    if BREAK_WITH.strip() in text:
        return text
    if text.count(BREAK_AT) != 1:
        raise Missing("The sample's entry is not of the known form, so that the demo cannot break it.")
    return text.replace(BREAK_AT, BREAK_AT + BREAK_WITH)


def traffic_sentence(rows: Iterable[Row]) -> tuple[int, str]:
    """(lost requests, the sentence) of the traffic that ran while a release went through."""
    kept = list(rows)
    lost = [row for row in kept if not row.ok]
    versions = Counter(row.version for row in kept if row.ok)
    seen = ", ".join(f"{version} {count}" for version, count in sorted(versions.items())) or "none"
    return len(lost), f"{len(kept)} requests while it went through, {len(lost)} lost; answered by version: {seen}."
