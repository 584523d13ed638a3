"""YAML text as a tree of nodes that know their place in it, read with caps and without surprises.

Refused, each with its line: anchors and aliases (bombs), tags, duplicate keys, merge keys, keys that are not
scalars, deep nesting, too many nodes, too many bytes, text that is not UTF-8. The reader is libyaml, from which the
reader inside kustomize descends, so a file means here what it means there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from naru.errors import Missing

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 40
MAX_NODES = 100_000
BOM = "\ufeff"
OLD_BREAKS = re.compile("[\x85\u2028\u2029]")
"""Characters that end a line under YAML 1.1 and do not under 1.2."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Node:
    """One value: offsets (in characters) into the text, line from 1."""

    kind: str
    """`map`, `list` or `scalar`."""
    start: int
    end: int
    line: int
    text: str = ""
    """A scalar's value, unescaped."""
    style: str = ""
    """A scalar's quote or block mark: empty (plain), `'`, `"`, `|` or `>`; `{` or `[` for a flow map or list."""
    items: list[Node] = field(default_factory=list)
    """Values of a map or list, in order."""
    keys: list[Node] = field(default_factory=list)
    """Keys of a map, beside `items`."""

    def get(self, key: str) -> Node | None:
        """A map's value by key."""
        return next((item for name, item in zip(self.keys, self.items, strict=True) if name.text == key), None)


def decode(data: bytes, where: str, *, max_bytes: int = MAX_BYTES) -> str:
    """Text of a YAML file; raises Missing where it is too large, not UTF-8 or binary. A BOM is kept."""
    if len(data) > max_bytes:
        raise Missing(f"{where} has {len(data)} bytes; the limit is {max_bytes}.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Missing(f"{where} line {line}: this is not UTF-8 text.", hint="Save the file as UTF-8.") from None
    if "\0" in text:
        raise Missing(f"{where} line {text.count(chr(10), 0, text.index(chr(0))) + 1}: this file is binary, not YAML.")
    if (found := OLD_BREAKS.search(text)) is not None:
        line = text.count("\n", 0, found.start()) + 1
        raise Missing(f"{where} line {line}: the character U+{ord(found[0]):04X} ends a line for some YAML readers and not for others.",
                      hint="Write it as an escape in double quotes.")
    return text


def read_nodes(text: str, where: str, *, max_nodes: int = MAX_NODES) -> list[Node]:
    """The documents of the text as nodes; an empty document is a scalar with no text. Offsets count a BOM too."""
    shift = 1 if text.startswith(BOM) else 0
    builder = _Builder(where, shift, max_nodes)
    try:
        for event in _events(text[shift:]):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise Missing(_parse_fault(error, text[shift:], where)) from None
    except yaml.YAMLError as error:  # a character that YAML does not allow
        raise Missing(f"{where} is not YAML: {error}".replace("\n", " ")) from None
    return builder.documents


def _events(text: str) -> Iterator[Any]:
    yield from yaml.parse(text, Loader=_LOADER)


def _parse_fault(error: yaml.MarkedYAMLError, text: str, where: str) -> str:
    mark = error.problem_mark or error.context_mark
    problem = error.problem or "the text does not parse"
    if mark is None:
        return f"{where}: {problem}."
    if "tab" in problem or text[mark.index : mark.index + 1] == "\t":
        problem = "a tab stands where only spaces may indent"
    return f"{where} line {mark.line + 1}: {problem}."


class _Builder:
    """Builds nodes from events without recursion."""

    def __init__(self, where: str, shift: int, max_nodes: int) -> None:
        self.where = where
        self.shift = shift
        self.left = max_nodes
        self.open: list[Node] = []
        self.wanted: list[Node | None] = []
        """For each open map the key that waits for its value."""
        self.names: list[set[str]] = []
        self.documents: list[Node] = []

    def take(self, event: Any) -> None:
        """One parser event."""
        if isinstance(event, yaml.AliasEvent):
            raise self.fault(event, f"the alias '*{event.anchor}' is not allowed", "Write the value out.")
        if isinstance(event, yaml.NodeEvent):
            self._open_node(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            node = self.open.pop()
            self.wanted.pop()
            self.names.pop()
            node.end = event.end_mark.index + self.shift
            self._place(node)

    def _open_node(self, event: Any) -> None:
        self.left -= 1
        if self.left < 0:
            raise self.fault(event, "there are more values than a file of this kind may have", "Split the file.")
        if event.anchor is not None:
            raise self.fault(event, f"the anchor '&{event.anchor}' is not allowed", "Write the value out where it is used.")
        if event.tag is not None:
            raise self.fault(event, f"the tag '{event.tag[:80]}' is not allowed", "Remove it; quote a value that is text.")
        node = _node(event, self.shift)
        if node.kind == "scalar":
            self._place(node)
            return
        if self.open and self.open[-1].kind == "map" and self.wanted[-1] is None:
            raise self.fault(event, "a key must be a word, not a list or map", "")
        if len(self.open) >= MAX_DEPTH:
            raise self.fault(event, f"values are nested more than {MAX_DEPTH} deep", "")
        self.open.append(node)
        self.wanted.append(None)
        self.names.append(set())

    def _place(self, node: Node) -> None:
        if not self.open:
            self.documents.append(node)
            return
        parent = self.open[-1]
        if parent.kind == "list":
            parent.items.append(node)
        elif (key := self.wanted[-1]) is not None:
            parent.keys.append(key)
            parent.items.append(node)
            self.wanted[-1] = None
        else:
            self._key(node)

    def _key(self, node: Node) -> None:
        if node.text in self.names[-1]:
            raise Missing(f"{self.where} line {node.line}: the key '{node.text[:80]}' stands here twice.", hint="Keep one of them.")
        if node.text == "<<" and not node.style:
            raise Missing(f"{self.where} line {node.line}: the merge key '<<' is not allowed.", hint="Write the values out.")
        self.names[-1].add(node.text)
        self.wanted[-1] = node

    def fault(self, event: Any, what: str, hint: str) -> Missing:
        """The error at an event's line."""
        return Missing(f"{self.where} line {event.start_mark.line + 1}: {what}.", hint=hint)


def _node(event: Any, shift: int) -> Node:
    start, end, line = event.start_mark.index + shift, event.end_mark.index + shift, event.start_mark.line + 1
    if isinstance(event, yaml.ScalarEvent):
        return Node("scalar", start, end, line, text=event.value, style=event.style or "")
    if isinstance(event, yaml.MappingStartEvent):
        return Node("map", start, end, line, style="{" if event.flow_style else "")
    return Node("list", start, end, line, style="[" if event.flow_style else "")
