"""Reads which images a Containerfile builds on: nothing may come in by a tag, which can be moved."""

from __future__ import annotations

import re

from naru.errors import Missing

_FROM = re.compile(r"^\s*FROM\s+(?:--platform=\S+\s+)?(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?\s*$", re.IGNORECASE)
_COPY_FROM = re.compile(r"^\s*(?:COPY|ADD|RUN)\s.*?--(?:from=|mount=\S*?from=)(?P<image>[^\s,]+)", re.IGNORECASE)
_BY_DIGEST = re.compile(r"[a-z0-9][a-z0-9._/:-]*@sha256:[0-9a-f]{64}")
BASE = ("${BASE}", "$BASE")


def check_bases(text: str, where: str) -> None:
    """Raises Missing, with the line, where an image is named by anything but ${BASE}, a digest, a stage or `scratch`."""
    stages: set[str] = set()
    seen = False
    for number, line in enumerate(_joined(text), start=1):
        found = _FROM.match(line)
        if found:
            seen = True
            _check(found["image"], stages, f"{where} line {number}")
            stages |= {(found["stage"] or "").lower(), str(len(stages))}
        elif (other := _COPY_FROM.match(line)) is not None:
            _check(other["image"], stages, f"{where} line {number}")
        elif line.lstrip().upper().startswith("FROM "):
            raise Missing(f"{where} line {number}: '{line.strip()[:80]}' could not be read.", hint="Write FROM ${BASE}.")
    if not seen:
        raise Missing(f"{where} has no FROM line.", hint="Write FROM ${BASE}; the product file says what the base is.")


def check_base_reference(base: str, known: tuple[str, ...]) -> None:
    """Raises Missing where the product file's `base` is neither a known definition nor an image by digest."""
    if base not in known and not _BY_DIGEST.fullmatch(base):
        raise Missing(
            f"The base '{base[:120]}' is neither a base of pipelines/bases ({', '.join(known)}) nor an image by digest.",
            hint="Write host/repository@sha256:… in the product file: a tag can be moved.",
        )


def _check(image: str, stages: set[str], where: str) -> None:
    if image in BASE or image == "scratch" or image.lower() in stages or _BY_DIGEST.fullmatch(image):
        return
    raise Missing(
        f"{where}: the image '{image[:120]}' is not named by its digest.",
        hint="Write FROM ${BASE} (the product file says what the base is) or NAME@sha256:…: a tag can be moved.",
    )


def _joined(text: str) -> list[str]:
    """Lines with continuations joined; a continued line stands at its first number, blank lines fill the others."""
    result: list[str] = []
    open_line = False
    last = 0
    for line in text.splitlines():
        bare = "" if line.lstrip().startswith("#") else line
        if open_line:
            result[last] += " " + bare.rstrip("\\")
            result.append("")
        else:
            last = len(result)
            result.append(bare.rstrip().removesuffix("\\") if bare.rstrip().endswith("\\") else bare)
        open_line = bare.rstrip().endswith("\\") if bare or not open_line else open_line
    return result
