"""Paths inside a tree, as text only: nothing here looks at a disk."""

from __future__ import annotations


def joined(folder: str, reference: str) -> str | None:
    """`reference` as seen from `folder`, `.` and `..` worked out; None where it leads out of the tree or is absolute."""
    if reference.startswith("/"):
        return None
    parts: list[str] = []
    for part in f"{folder}/{reference}".split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)
