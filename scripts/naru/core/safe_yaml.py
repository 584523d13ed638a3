"""YAML as plain values: dicts, lists, text, numbers, booleans, None. See yaml_nodes for what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from naru.core.yaml_nodes import MAX_BYTES, MAX_NODES, Node, decode, read_nodes
from naru.core.yaml_scalars import Meaning, meaning, plain_value
from naru.errors import Missing


def load_plain(source: str | bytes, where: str, *, max_bytes: int = MAX_BYTES) -> Any:
    """The only document of a file of ours; raises Missing with file and line for anything unsafe or doubtful.

    `where` is the file's name for messages.
    """
    text = source if isinstance(source, str) else decode(source, where, max_bytes=max_bytes)
    if len(text) > max_bytes:
        raise Missing(f"{where} has {len(text)} characters; the limit is {max_bytes}.")
    documents = read_nodes(text, where)
    if len(documents) != 1:
        raise Missing(f"{where} holds {len(documents)} YAML documents where one is expected.")
    return plain_of(documents[0], lambda node: agreed_value(node, where))


def load_documents(
    source: str | bytes, where: str, scalar: Callable[[Node], Any], *, max_bytes: int = MAX_BYTES, max_nodes: int = MAX_NODES
) -> list[Any]:
    """All documents of a file; `scalar` gives the value of a plain scalar."""
    text = source if isinstance(source, str) else decode(source, where, max_bytes=max_bytes)
    return [plain_of(node, scalar) for node in read_nodes(text, where, max_nodes=max_nodes)]


def plain_of(node: Node, scalar: Callable[[Node], Any]) -> Any:
    """A node as plain values; depth is bounded by the reader."""
    if node.kind == "scalar":
        return node.text if node.style else scalar(node)
    if node.kind == "list":
        return [plain_of(item, scalar) for item in node.items]
    return {key.text: plain_of(item, scalar) for key, item in zip(node.keys, node.items, strict=True)}


def agreed_value(node: Node, where: str) -> Any:
    """A plain scalar's value; raises Missing where readers of YAML 1.1 and 1.2 would differ."""
    if meaning(node.text) is Meaning.doubtful:
        raise Missing(
            f"{where} line {node.line}: '{node.text[:80]}' means different things to different YAML readers.",
            hint="Put it in double quotes if it is text; else write true, false or a plain decimal number.",
        )
    return plain_value(node.text)
