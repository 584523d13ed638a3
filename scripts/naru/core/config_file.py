"""A YAML file of ours as a record: every fault names file, line, field and what was expected."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import ValidationError

from naru.core.safe_yaml import agreed_value, plain_of
from naru.core.yaml_nodes import Node, decode, read_nodes
from naru.errors import Missing
from naru.model.record import Record

R = TypeVar("R", bound=Record)


def parse_config(source: str | bytes, kind: type[R], where: str) -> R:
    """The record that the file says; raises Missing with file, line, field and what was expected."""
    text = source if isinstance(source, str) else decode(source, where)
    documents = read_nodes(text, where)
    if len(documents) != 1:
        raise Missing(f"{where} holds {len(documents)} YAML documents where one is expected.")
    value = plain_of(documents[0], lambda node: agreed_value(node, where))
    try:
        # By way of JSON, since the strict records take lists for tuples only from there.
        return kind.model_validate_json(json.dumps(value, ensure_ascii=False))
    except ValidationError as error:
        raise Missing(_sentence(error, documents[0], where), hint="Mend the file and try again.") from None


def _sentence(error: ValidationError, root: Node, where: str) -> str:
    faults = error.errors(include_url=False)
    path: tuple[Any, ...] = faults[0]["loc"]
    field = ".".join(str(part) for part in path) or "the document"
    line = line_of(root, path)
    more = f" ({len(faults) - 1} more faults follow it)" if len(faults) > 1 else ""
    return f"{where} line {line}: {field}: {_expected(faults[0])}{more}."


def _expected(fault: Any) -> str:
    if fault["type"] == "extra_forbidden":
        return "there is no such field here"
    if fault["type"] == "missing":
        return "this field is required and not there"
    got = fault.get("input")
    shown = f", got {json.dumps(got, ensure_ascii=False)[:60]}" if isinstance(got, (str, int, float, bool)) or got is None else ""
    return f"{fault['msg'][:1].lower()}{fault['msg'][1:]}{shown}"


def line_of(root: Node, path: tuple[Any, ...]) -> int:
    """Line of the deepest node on the path that the file has."""
    node, line = root, root.line
    for part in path:
        if node.kind == "map":
            place = next((i for i, key in enumerate(node.keys) if key.text == str(part)), None)
            if place is None:
                return line
            line, node = node.keys[place].line, node.items[place]
        elif node.kind == "list" and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            line = node.line
        else:
            return line
    return line
