"""What a plain (unquoted) YAML scalar means, and whether all readers agree on it.

YAML 1.1 (PyYAML, the Go reader of kubectl) and YAML 1.2 (ruamel) differ: `no`, `0755`, `1_000` or `12:30` are text to
one and a boolean or number to another. Such scalars are called doubtful here.
"""

from __future__ import annotations

import re
from enum import StrEnum

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
TRUES = frozenset({"true", "True", "TRUE"})
FALSES = frozenset({"false", "False", "FALSE"})
OLD_TRUES = frozenset({"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"})
OLD_FALSES = frozenset({"n", "N", "no", "No", "NO", "off", "Off", "OFF"})

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_OCTAL = re.compile(r"[-+]?0[0-7]+")
_DOUBTFUL = re.compile(
    r"""[-+]?0[0-9_]+                                  # 0755: octal or decimal
      | [-+]?0[xXoObB][0-9a-fA-F_]+                    # 0x1F, 0o17, 0b1
      | [-+]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9_]+)?   # 1_000
      | [-+]?\.[0-9_]+([eE][-+]?[0-9_]+)?
      | [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?   # 12:30:45, base 60
      | [-+]?\.(inf|Inf|INF) | \.(nan|NaN|NAN)
      | [-+][0-9_]+                                    # -_: ruamel takes it for a number
      | = | <<""",
    re.VERBOSE,
)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?([ \t]*(Z|[-+][0-9]{1,2}(:?[0-9]{2})?))?)?"
)
MAX_DIGITS = 400
"""Longest number that is read; Python refuses very long integers and nobody writes them."""


class Meaning(StrEnum):
    """How readers take a plain scalar."""

    text = "text"
    null = "null"
    boolean = "boolean"
    integer = "integer"
    number = "number"
    moment = "moment"
    """Looks like a date: text to Kubernetes, a date to others."""
    doubtful = "doubtful"


def meaning(text: str) -> Meaning:
    """The meaning on which all readers agree, else `doubtful`."""
    for words, found in ((NULLS, Meaning.null), (TRUES | FALSES, Meaning.boolean), (OLD_TRUES | OLD_FALSES, Meaning.doubtful)):
        if text in words:
            return found
    for pattern, found in ((_INT, Meaning.integer), (_TIME, Meaning.moment)):
        if pattern.fullmatch(text):
            return found
    if _FLOAT.fullmatch(text) and not _OCTAL.fullmatch(text) and not re.fullmatch(r"[-+]?0[0-9]+", text):
        return Meaning.number
    return Meaning.doubtful if _DOUBTFUL.fullmatch(text) else Meaning.text


def is_text(text: str) -> bool:
    """Would this plain scalar load as text under YAML 1.1 and 1.2 alike?"""
    return meaning(text) is Meaning.text


def plain_value(text: str) -> str | int | float | bool | None:
    """The value of a scalar that is not doubtful; a moment stays text (JSON has no dates)."""
    found = meaning(text)
    if found is Meaning.null:
        return None
    if found is Meaning.boolean:
        return text in TRUES
    if found is Meaning.integer:
        return int(text) if len(text) <= MAX_DIGITS else text
    if found is Meaning.number:
        return float(text)
    return text


def kubernetes_value(text: str) -> str | int | float | bool | None:
    """The value as kubectl's reader takes it, doubtful scalars included."""
    if text in OLD_TRUES | OLD_FALSES:
        return text in OLD_TRUES
    if _OCTAL.fullmatch(text):
        return int(text, 8)
    bare = text.replace("_", "")
    if re.fullmatch(r"[-+]?0[xX][0-9a-fA-F]+|[-+]?0[oO][0-7]+|[-+]?0[bB][01]+", bare):
        return int(bare, 0)
    if bare != text and meaning(text) is Meaning.doubtful:
        return plain_value(bare)
    return plain_value(text)
