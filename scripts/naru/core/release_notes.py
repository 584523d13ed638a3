"""The previous release of a line, and what was committed since."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from naru.core.release_names import line_name, read_tag, version_of
from naru.model.product import IssueLinks, Product
from naru.model.release import Note, PreviousRelease, Release

MAX_NOTES = 500
"""Commits that are listed; the count of further ones is told."""

FIRST_NOTES = 50
"""Commits that are listed for the first release of a line, which has no release before it."""

MAX_SUBJECT = 300


@dataclass(frozen=True)
class KnownTag:
    """A tag of the repository and the commit that it leads to."""

    name: str
    commit: str


def line_tags(product: Product, line: str, tags: Iterable[KnownTag], *, before: str) -> dict[str, PreviousRelease]:
    """Commit → the release of this line, lower than version `before`, that is tagged there (of several the highest)."""
    found: dict[str, PreviousRelease] = {}
    for tag in tags:
        values = read_tag(product, tag.name)
        if values is None or line_name(product, values) != line:
            continue
        version = version_of(product, values)
        if version is None or natural_key(version) >= natural_key(before):
            continue
        other = found.get(tag.commit)
        if other is None or natural_key(other.version) < natural_key(version):
            found[tag.commit] = PreviousRelease(version=version, tag=tag.name, commit=tag.commit)
    return found


def previous_release(released: Mapping[str, PreviousRelease], history: Iterable[str]) -> PreviousRelease | None:
    """The first tagged commit on the way back through `history` (newest first, beginning with the release's own)."""
    return next((released[commit] for commit in history if commit in released), None)


def notes_of(commits: Sequence[tuple[str, str]], links: IssueLinks | None) -> tuple[Note, ...]:
    """A note for each (commit, subject)."""
    return tuple(_note(commit, clean_line(subject), links) for commit, subject in commits)


def notes_text(release: Release, title: str) -> str:
    """The notes as Markdown, the same for the same release."""
    since = f"Since {release.previous.version} ({release.previous.tag})" if release.previous else "The first release of this line"
    head = [f"# {title} {release.version}", "", f"Tag {release.tag}, commit {release.commit}. {since}:", ""]
    rows = [f"- {_linked(note)} ({note.commit[:10]})" for note in release.notes] or ["- nothing was committed"]
    more = [f"- and {release.notes_omitted} earlier commits"] if release.notes_omitted else []
    return "\n".join([*head, *rows, *more]) + "\n"


def natural_key(version: str) -> list[tuple[int, int, str]]:
    """Sorts versions as people do: runs of digits as numbers."""
    parts = re.findall(r"\d+|\D+", version)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def clean_line(text: str) -> str:
    """One line without control, bidirectional or other invisible characters, at most MAX_SUBJECT long."""
    kept = "".join(" " if c == "\t" else c for c in text if c == "\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"})
    return kept[:MAX_SUBJECT]


def _note(commit: str, subject: str, links: IssueLinks | None) -> Note:
    issues = tuple(dict.fromkeys(re.findall(f"(?:{links.pattern})", subject, re.ASCII))) if links else ()
    urls = tuple(links.url.replace("{issue}", issue) for issue in issues) if links else ()
    return Note(commit=commit, subject=subject, issues=issues, links=urls)


def _linked(note: Note) -> str:
    text = re.sub(r"([\\`*_\[\]<>])", r"\\\1", note.subject)
    for issue, link in zip(note.issues, note.links, strict=True):
        text = text.replace(issue, f"[{issue}]({link})", 1)
    return text
