"""The mark by which a job is ours: an HTML comment at the end of its description, invisible in the browser."""

from __future__ import annotations

import re

RENDERER_MARK = "<!-- Managed by Jenkins Job Builder -->"
"""Put in by the renderer; taken out again, since with it `jenkins-jobs delete-all` or `--delete-old` would take the job."""

_MARK = re.compile(r"<!-- naru owns this job: (?P<owner>[a-z0-9.-]{1,63}) (?P<source>[A-Za-z0-9._/-]{1,200}) -->")


def marked(description: str, *, owner: str, source: str) -> str:
    """The description with our mark instead of any other."""
    plain = _MARK.sub("", description.replace(RENDERER_MARK, "")).strip()
    return f"{plain}\n<!-- naru owns this job: {owner} {source} -->".lstrip()


def owner_of(description: str) -> str | None:
    """Name of the product whose clone owns the job, or None for a job that is not ours."""
    match = _MARK.search(description)
    return match["owner"] if match else None
