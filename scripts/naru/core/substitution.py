"""Declared differences between the rendered bytes and what is applied to a stand-in, spliced into the rendered text."""

from __future__ import annotations

from collections.abc import Sequence

from naru.core.yaml_nodes import Node, decode, read_nodes
from naru.core.yaml_splice import Edit, find, splice_nodes
from naru.errors import Missing
from naru.model.overlays import Substitution

MAX_RENDERED = 8 * 1024 * 1024


def substituted(rendered: bytes, where: str, substitutions: Sequence[Substitution]) -> bytes:
    """The bytes to apply; the very same ones where nothing is declared. Raises Missing where one does not fit."""
    if not substitutions:
        return rendered
    text = decode(rendered, where, max_bytes=MAX_RENDERED)
    documents = read_nodes(text, where, max_nodes=500_000)
    edits = [Edit(f"{_number(documents, sub, where)}:{sub.path}", sub.value, keep_type=True) for sub in substitutions]
    return splice_nodes(text, where, documents, [(edit, find(documents, edit, where)) for edit in edits]).text.encode()


def _number(documents: list[Node], substitution: Substitution, where: str) -> int:
    for number, document in enumerate(documents):
        metadata = document.get("metadata") if document.kind == "map" else None
        name = metadata.get("name") if metadata is not None and metadata.kind == "map" else None
        kind = document.get("kind") if document.kind == "map" else None
        if name is not None and kind is not None and (kind.text, name.text) == (substitution.kind, substitution.name):
            return number
    raise Missing(f"{where} renders no {substitution.kind}/{substitution.name}, which cloud.yaml substitutes in.", hint="Mend substitutions in cloud.yaml.")
