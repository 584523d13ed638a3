"""Lint of a definition file's shape: allowed keys at every level, kinds of values, braces, secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from naru.core.yaml_nodes import Node

Fault = tuple[int, str, str]
"""(line, rule, sentence)"""

GENERAL = frozenset({
    "project-type", "sandbox", "pipeline-scm", "properties", "concurrent", "parameters", "triggers", "description", "disabled",
    "quiet-period", "display-name",
})
JOB = GENERAL | {"name", "defaults"}
INSIDE: dict[str, frozenset[str]] = {
    "pipeline-scm": frozenset({"scm", "script-path", "lightweight-checkout"}),
    "git": frozenset({"url", "credentials-id", "branches", "wipe-workspace", "timeout", "shallow-clone", "depth"}),
    "choice": frozenset({"name", "choices", "description"}),
    "string": frozenset({"name", "default", "trim", "description"}),
    "bool": frozenset({"name", "default", "description"}),
    "build-discarder": frozenset({"num-to-keep", "artifact-num-to-keep", "days-to-keep", "artifact-days-to-keep"}),
    "generic-webhook-trigger": frozenset({
        "token-credential-id", "cause", "silent-response", "print-post-content", "print-contrib-var", "post-content-params",
        "header-params", "request-params", "regex-filter-text", "regex-filter-expression",
    }),
    "post-content-params": frozenset({"type", "key", "value", "regex-filter", "default-value"}),
}
LISTS: dict[str, frozenset[str]] = {
    "scm": frozenset({"git"}),
    "properties": frozenset({"build-discarder"}),
    "parameters": frozenset({"choice", "string", "bool"}),
    "triggers": frozenset({"timed", "generic-webhook-trigger"}),
}
"""Key → kinds of entries that its list may hold."""

_FIELD = re.compile(r"(?<!{){(?:{{)*(?:obj:)?(\w*)[^{}]*}")
_SECRET = re.compile(r"(?i)(password|secret|token|passwd|api.?key)")


def shape_faults(root: Node, variables: frozenset[str], kind: str = "job") -> Iterator[Fault]:
    """Faults of one file that holds one entry of `kind` (`job` or `defaults`)."""
    entry = root.items[0] if root.kind == "list" and len(root.items) == 1 else None
    body = entry.get(kind) if entry is not None and entry.kind == "map" and len(entry.keys) == 1 else None
    if body is None or body.kind != "map":
        yield root.line, "one-per-file", f"the file must hold one list entry '- {kind}:' and nothing else."
        return
    own = variables if kind == "defaults" else frozenset()
    yield from _map_faults(body, JOB | own, kind)
    yield from _brace_faults(body, variables)


def _map_faults(node: Node, allowed: frozenset[str], where: str) -> Iterator[Fault]:
    for key, value in zip(node.keys, node.items, strict=True):
        if key.text not in allowed:
            near = ", ".join(sorted(allowed)) if len(allowed) <= 12 else _nearest(key.text, allowed)
            yield key.line, "unknown-key", f"'{key.text}' is no key of {where}, and the renderer would drop it silently. Known: {near}."
        elif key.text in LISTS:
            yield from _list_faults(key.text, value)
        elif key.text == "post-content-params" and value.kind == "list":
            for item in value.items:
                yield from _map_faults(item, INSIDE[key.text], key.text) if item.kind == "map" else ()
        elif key.text in INSIDE and value.kind == "map":
            yield from _map_faults(value, INSIDE[key.text], key.text)
        if _SECRET.search(key.text) and not key.text.endswith("-id"):
            yield key.line, "secret", f"'{key.text}' would put a secret into the definition; name a Jenkins credential instead."


def _list_faults(name: str, node: Node) -> Iterator[Fault]:
    if node.kind != "list":
        yield node.line, "shape", f"'{name}' must be a list."
        return
    for item in node.items:
        if item.kind != "map" or len(item.keys) != 1:
            yield item.line, "shape", f"each entry of '{name}' must be one of {', '.join(sorted(LISTS[name]))}, with its fields below it."
            continue
        key, value = item.keys[0], item.items[0]
        if key.text not in LISTS[name]:
            yield key.line, "unknown-key", f"'{key.text}' is no entry of '{name}'. Known: {', '.join(sorted(LISTS[name]))}."
        elif key.text in INSIDE:
            if value.kind == "map":
                yield from _map_faults(value, INSIDE[key.text], key.text)
            else:
                yield key.line, "shape", f"'{key.text}' needs its fields below it."


def _brace_faults(node: Node, variables: frozenset[str]) -> Iterator[Fault]:
    if node.kind != "scalar":
        for item in node.items:
            yield from _brace_faults(item, variables)
        return
    for match in _FIELD.finditer(node.text):
        if match[1] not in variables:
            yield (
                node.line, "braces",
                f"'{match[0]}' would be filled in by the renderer, which knows no '{match[1]}'; double the braces if you mean braces.",
            )
    rest = _FIELD.sub("", node.text).replace("{{", "").replace("}}", "")
    if "{" in rest or "}" in rest:
        yield node.line, "braces", "a single brace stands here without its partner; double it if you mean a brace."


def _nearest(word: str, allowed: frozenset[str]) -> str:
    import difflib

    return ", ".join(difflib.get_close_matches(word, sorted(allowed), n=3, cutoff=0.4) or sorted(allowed)[:12])
