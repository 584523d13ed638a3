r"""Replaces scalars of a YAML text in place: every byte that is not part of such a scalar stays.

Paths are dotted (`images.0.newTag`), list items by index, a dot inside a key as `\.`; a number in front and `:` names
the document (`1:metadata.name`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from naru.core.yaml_nodes import Node, read_nodes
from naru.core.yaml_scalars import Meaning, is_text, meaning
from naru.errors import Malformed, Missing
from naru.model.overlays import FieldChange

_DOCUMENT = re.compile(r"([0-9]{1,4}):(.+)", re.DOTALL)
_STEP = re.compile(r"(?:[^.\\]|\\.)+")
_PLAIN_START = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`]|[-?:][^\s,\[\]{}]")
_FLOW_PLAIN = re.compile(r"[^\W_][\w.\-/@+:]*")
"""What may stand unquoted between `{` and `}`; readers disagree on the rest."""


@dataclass(frozen=True)
class Edit:
    """Set the scalar at `path` to the text `value`."""

    path: str
    value: str
    begins_with: str = ""
    """What the old value must begin with: keeps an edit by index from writing over a neighbour."""
    keep_type: bool = False
    """Leave a number a number: for values that are not text to Kubernetes."""


@dataclass(frozen=True)
class Spliced:
    """The text after the edits, and what was changed (nothing where all was so already)."""

    text: str
    changes: tuple[FieldChange, ...]


def splice(text: str, file: str, edits: Sequence[Edit]) -> Spliced:
    """Apply the edits; raises Missing with file and line where one does not fit, and then changes nothing."""
    if not edits:
        return Spliced(text, ())
    documents = read_nodes(text, file)
    return splice_nodes(text, file, documents, [(edit, find(documents, edit, file)) for edit in edits])


def splice_nodes(text: str, file: str, documents: list[Node], found: Sequence[tuple[Edit, Node]]) -> Spliced:
    """As `splice`, where the nodes are known already."""
    wanted = [(edit, node) for edit, node in found if not _is_so(node, edit)]
    _refuse_double(wanted, file)
    changed = text
    for edit, node in sorted(wanted, key=lambda pair: pair[1].start, reverse=True):
        changed = changed[: node.start] + _encoded(edit, node, documents) + changed[node.end :]
    changes = tuple(FieldChange(file=file, path=edit.path, old=node.text, new=edit.value) for edit, node in wanted)
    for edit, node in wanted:
        node.text = edit.value
    _prove_equal(documents, read_nodes(changed, file) if wanted else documents, file)
    return Spliced(changed, changes)


def find(documents: list[Node], edit: Edit, file: str) -> Node:
    """The scalar that the edit is about; raises Missing with the line to add or to mend."""
    number, path = _document(edit.path)
    if number >= len(documents):
        raise Missing(f"{file} has {len(documents)} documents; '{edit.path}' names document {number}.")
    node = documents[number]
    for step in steps_of(path):
        node = _below(node, step, edit, file)
    return _checked_scalar(node, edit, file)


def steps_of(path: str) -> list[str]:
    r"""The steps of a dotted path, `\.` undone; raises Malformed for an empty step."""
    steps = [re.sub(r"\\(.)", r"\1", step) for step in _STEP.findall(path)]
    if not steps or ".".join(_STEP.findall(path)) != path:
        raise Malformed(f"'{path[:120]}' is not a path of keys and list numbers with dots between.")
    return steps


def escaped(key: str) -> str:
    """A key as one step of a path."""
    return key.replace("\\", "\\\\").replace(".", "\\.")


def encoded(value: str, node: Node, *, in_flow: bool) -> str:
    """The value in the node's own style; a plain one is quoted only where it would not load as this text."""
    if node.style == "'":
        return "'" + value.replace("'", "''") + "'"
    if not node.style and _may_be_plain(value, in_flow=in_flow):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _encoded(edit: Edit, node: Node, documents: list[Node]) -> str:
    if edit.keep_type and not node.style and meaning(node.text) is meaning(edit.value) is not Meaning.doubtful:
        return edit.value
    return encoded(edit.value, node, in_flow=_in_flow(documents, node))


def check_value(value: str, what: str) -> None:
    """Raises Missing where a value is not one line of printable text."""
    if not value or not value.isprintable():
        raise Missing(f"The new value of {what} must be one line of printable text; it is {value[:60]!r}.")


def _document(path: str) -> tuple[int, str]:
    match = _DOCUMENT.fullmatch(path)
    return (int(match[1]), match[2]) if match else (0, path)


def _below(node: Node, step: str, edit: Edit, file: str) -> Node:
    below = None
    if node.kind == "map":
        below = node.get(step)
    elif node.kind == "list" and step.isdecimal() and int(step) < len(node.items):
        below = node.items[int(step)]
    if below is not None:
        return below
    if node.kind == "map":
        raise Missing(
            f"{file} line {node.line}: there is no '{step}' for {edit.path} (found: {_names(node)}).",
            hint=f"Add the line '{step}: \"{edit.value}\"' there." if edit.path.endswith(step) else f"Add '{step}:' there.",
        )
    what = f"a list of {len(node.items)}" if node.kind == "list" else "a single value"
    raise Missing(f"{file} line {node.line}: '{step}' of {edit.path} leads into {what}.", hint="Mend the path or the file.")


def _names(node: Node) -> str:
    names = [key.text for key in node.keys]
    return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "") or "nothing"


def _checked_scalar(node: Node, edit: Edit, file: str) -> Node:
    key = steps_of(_document(edit.path)[1])[-1]
    line = f"Write it as '{key}: \"{edit.value}\"'." if not key.isdecimal() else f"Write it as '- \"{edit.value}\"'."
    check_value(edit.value, f"{edit.path} in {file}")
    if node.kind != "scalar":
        raise Missing(f"{file} line {node.line}: {edit.path} is a {node.kind}, not a single value.", hint=line)
    if node.style in {"|", ">"}:
        raise Missing(f"{file} line {node.line}: {edit.path} is a block of text, which is not patched.", hint=line)
    if node.start == node.end:
        raise Missing(f"{file} line {node.line}: {edit.path} has no value.", hint=line)
    if not node.text.startswith(edit.begins_with):
        raise Missing(
            f"{file} line {node.line}: {edit.path} is '{node.text[:80]}', where a value that begins with '{edit.begins_with}' is expected.",
            hint="Mend the path in patched_fields of cloud.yaml, or the file.",
        )
    return node


def _is_so(node: Node, edit: Edit) -> bool:
    return node.text == edit.value and (bool(node.style) or edit.keep_type or is_text(edit.value))


def _may_be_plain(value: str, *, in_flow: bool) -> bool:
    if not is_text(value) or value != value.strip() or not _PLAIN_START.match(value):
        return False
    if value in {"---", "..."} or ": " in value or " #" in value or value.endswith(":"):
        return False
    return not in_flow or _FLOW_PLAIN.fullmatch(value) is not None


def _in_flow(documents: list[Node], node: Node) -> bool:
    """Does the node stand inside `{...}` or `[...]`?"""
    around = next((document for document in documents if document.start <= node.start < max(document.end, document.start + 1)), None)
    while around is not None and around is not node:
        if around.style in {"{", "["}:
            return True
        around = next((item for item in around.items if item.start <= node.start < item.end), None)
    return False


def _refuse_double(wanted: list[tuple[Edit, Node]], file: str) -> None:
    seen: dict[int, Edit] = {}
    for edit, node in wanted:
        other = seen.setdefault(node.start, edit)
        if other is not edit:
            raise Missing(f"{file} line {node.line}: {edit.path} is to become both '{other.value}' and '{edit.value}'.")


def _prove_equal(expected: list[Node], got: list[Node], file: str) -> None:
    """The text after the change must say what was wanted and nothing else."""
    if [_meaning(node) for node in expected] != [_meaning(node) for node in got]:
        raise Missing(f"{file} would not say what is wanted after the change; nothing was written.", hint="Report this file to us.")


def _meaning(node: Node) -> object:
    if node.kind == "scalar":
        return node.text
    if node.kind == "list":
        return [_meaning(item) for item in node.items]
    return [(key.text, _meaning(item)) for key, item in zip(node.keys, node.items, strict=True)]
