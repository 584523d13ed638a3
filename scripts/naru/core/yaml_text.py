"""Plain values as YAML text on whose meaning readers of YAML 1.1 and 1.2 agree; `safe_yaml` reads the same values back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from naru.core.yaml_scalars import is_text

_PLAIN = re.compile(r"[A-Za-z0-9_/.가-힣](?:[A-Za-z0-9_/.@%+=()가-힣-]| (?=[A-Za-z0-9_/.(가-힣])|:(?=[A-Za-z0-9_/.-]))*")
"""Text that may stand without quotes, if it means text at all: no indicator, no `: `, no ` #`, no space at an end."""

_BREAKS = frozenset("\x85\u2028\u2029\ufeff")


def yaml_text(value: Any) -> str:
    """One document, block style, keys in their order, ended by a line break."""
    if isinstance(value, (dict, list)) and value:
        return "\n".join(_lines(value, "")) + "\n"
    return scalar(value) + "\n"


def yaml_documents(values: list[Any]) -> str:
    """Several documents, separated by `---`."""
    return "---\n".join(map(yaml_text, values))


def scalar(value: Any) -> str:
    """A scalar (or an empty list or map) as it may stand behind a key, on one line."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) and is_text(value) else quoted(value)
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value)


def quoted(text: str) -> str:
    """Text in double quotes, whatever is in it."""
    return '"' + "".join(map(_escaped, text)) + '"'


def indented(text: str, spaces: int) -> str:
    """The lines of a text, each further in; empty lines stay empty."""
    return "".join(" " * spaces + line if line.strip() else line for line in text.splitlines(keepends=True))


def _escaped(sign: str) -> str:
    if sign in {'"', "\\"}:
        return "\\" + sign
    if sign.isprintable() and sign not in _BREAKS:
        return sign
    number = ord(sign)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _lines(value: Any, indent: str) -> Iterator[str]:
    for key, item in value.items() if isinstance(value, dict) else ((None, item) for item in value):
        lead = f"{indent}- " if key is None else f"{indent}{scalar(str(key))}:"
        if isinstance(item, (dict, list)) and item:
            yield from _nested(lead, item, indent, in_list=key is None)
        else:
            yield from _leaf(lead if key is None else lead + " ", item, indent)


def _nested(lead: str, item: Any, indent: str, *, in_list: bool) -> Iterator[str]:
    below = list(_lines(item, indent + "  "))
    if in_list:
        yield lead + below[0].lstrip(" ")
        yield from below[1:]
    else:
        yield lead
        yield from below


def _leaf(lead: str, item: Any, indent: str) -> Iterator[str]:
    lines = _literal(item) if isinstance(item, str) else None
    if lines is None:
        yield lead + scalar(item)
        return
    yield lead + ("|" if item.endswith("\n") else "|-")
    yield from (f"{indent}  {line}" if line else "" for line in lines)


def _literal(text: str) -> list[str] | None:
    """The lines of a text that may stand as a literal block, else None."""
    body = text.removesuffix("\n")
    lines = body.split("\n")
    plain = all(line == line.rstrip() and all(sign.isprintable() and sign not in _BREAKS for sign in line) for line in lines)
    return lines if len(lines) > 1 and plain and lines[-1] and lines[0] and not lines[0].startswith(" ") else None
