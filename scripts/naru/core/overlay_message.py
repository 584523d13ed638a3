"""The candidate commit's message: old → new per cloud, and trailers that any clone can check."""

from __future__ import annotations

import re
from collections.abc import Sequence

from naru.model.overlays import CloudOverlay, FieldChange

_DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")


def candidate_branch(version: str) -> str:
    """Full ref name of a version's candidate."""
    return f"refs/heads/candidate/{version}"


def candidate_subject(product: str, version: str, clouds: Sequence[str]) -> str:
    """The message's first line."""
    return f"{product} {version} for {', '.join(clouds)}"


def candidate_message(product: str, version: str, tag: str, clouds: Sequence[CloudOverlay]) -> str:
    """Subject, what changes per cloud, trailers with version and rendered sha256 per cloud."""
    parts = [candidate_subject(product, version, [entry.cloud for entry in clouds]), *(_cloud(entry) for entry in clouds), _trailers(version, tag, clouds)]
    return "\n\n".join(parts) + "\n"


def shown(change: FieldChange, *, short: bool = False) -> str:
    """`images.0.newTag: 8.9.csap-998 → 8.9.csap-999`; `short` cuts digests to twelve digits."""
    line = f"{change.path}: {change.old} → {change.new}"
    return _DIGEST.sub(r"\1…", line) if short else line


def _cloud(entry: CloudOverlay) -> str:
    lines = [f"{entry.cloud}:"]
    for file in sorted({change.file for change in entry.changes}):
        lines += [f"  {file}", *(f"    {shown(change)}" for change in entry.changes if change.file == file)]
    return "\n".join(lines) if entry.changes else f"{entry.cloud}: unchanged"


def _trailers(version: str, tag: str, clouds: Sequence[CloudOverlay]) -> str:
    rows = [f"Naru-Version: {version}", f"Naru-Tag: {tag}"]
    return "\n".join(rows + [f"Naru-Rendered-{entry.cloud}: {entry.rendered_sha256}" for entry in clouds])
