"""How a job's XML on the server differs from its definition, value by value, without what a server adds by itself.

A server rewrites XML: it adds plugin versions, empty elements and defaults, and it drops empty ones. These say
nothing. Whatever carries a value is told, under the short path that a person knows from the job's page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from naru.core.jobs_xml import normal
from naru.model.jobs import XmlChange, XmlNode

EMPTY = frozenset({"", "false", "0", "-1", "null"})
"""Texts that mean nothing is set; an element with such a text alone equals an absent one."""

SERVER_OWN = frozenset({"actions", "PreserveStashesJobProperty", "DeclarativeJobPropertyTrackerAction", "displayNameOrNull"})
"""Elements that a server or a running Pipeline writes by itself."""

SERVER_DEFAULTS = frozenset({("canRoam", "true"), ("keepDependencies", "false"), ("authToken", ""), ("advancedAffinityChooser", "false")})
"""Values that a server adds to every job."""

SECRET_TAGS = ("password", "secret", "token")


def changes_between(old: XmlNode, new: XmlNode) -> tuple[XmlChange, ...]:
    """Every value that differs from the server's `old` to the definition's `new`, in the order of `new`."""
    return tuple(_node_changes(short(new.tag), normal(old), normal(new)))


def short(tag: str) -> str:
    """The last part of a Java class name: what people call the thing."""
    return tag.rpartition(".")[2].replace("__", "_")


def _node_changes(path: str, old: XmlNode, new: XmlNode) -> Iterator[XmlChange]:
    if short(old.tag) != short(new.tag):
        yield XmlChange(path=path, old=short(old.tag), new=path)  # at the root `path` is the kind; steps/jobs tells a changed kind by that
        return
    if _class(old) != _class(new):
        yield XmlChange(path=f"{path}@class", old=_class(old), new=_class(new))
    if old.text != new.text and not (old.text in EMPTY and new.text in EMPTY):
        yield _change(path, old.text, new.text)
    before, after = _keyed(old.children), _keyed(new.children)
    for key, node in after.items():
        if key in before:
            yield from _node_changes(f"{path}/{key}", before[key], node)
        elif not _means_nothing(node):
            yield from _whole(f"{path}/{key}", node, appears=True)
    for key, node in before.items():
        if key not in after and not _means_nothing(node):
            yield from _whole(f"{path}/{key}", node, appears=False)
    yield from _order(path, list(before), list(after))


def _class(node: XmlNode) -> str:
    """The Java class of the element, where it means something: containers may be of any kind."""
    name = node.attributes.get("class", "")
    return "" if name.startswith("java.util.") or name in {"vector", "list", "empty-list", "linked-list"} else name


def _whole(path: str, node: XmlNode, *, appears: bool) -> Iterator[XmlChange]:
    """A subtree that only one side has: each of its values."""
    if node.text or not node.children:
        text = node.text or "(present)"
        yield _change(path, None if appears else text, text if appears else None)
    for key, child in _keyed(node.children).items():
        if not _means_nothing(child):
            yield from _whole(f"{path}/{key}", child, appears=appears)


def _order(path: str, before: list[str], after: list[str]) -> Iterator[XmlChange]:
    """Order counts among repeated elements only (choices, build steps); between named ones it says nothing."""
    shared = set(before) & set(after)
    old, new = ([key for key in keys if key in shared and key.endswith("]") and "[#" not in key] for keys in (before, after))
    if old != new:
        yield XmlChange(path=f"{path} (order)", old=", ".join(old), new=", ".join(new))


def _keyed(nodes: tuple[XmlNode, ...]) -> dict[str, XmlNode]:
    """Children by tag; repeated ones by the name that they carry, else by number."""
    counts = Counter(node.tag for node in nodes)
    found: dict[str, XmlNode] = {}
    for node in nodes:
        key = short(node.tag)
        name = node.child("name") or node.child("key")
        if name is not None and name.text:
            key = f"{key}[{name.text}]"
        elif counts[node.tag] > 1:
            key = f"{key}[#{sum(other.startswith(key + '[') for other in found) + 1}]"
        found.setdefault(key, node)
    return found


def _means_nothing(node: XmlNode) -> bool:
    if short(node.tag) in SERVER_OWN or (short(node.tag), node.text) in SERVER_DEFAULTS:
        return True
    # A property or trigger without content is a switch: its presence is the value.
    if "." in node.tag and not node.children and not node.text:
        return False
    return node.text in EMPTY and all(_means_nothing(child) for child in node.children)


def _change(path: str, old: str | None, new: str | None) -> XmlChange:
    last = path.rpartition("/")[2].lower()
    if any(last.endswith(tag) for tag in SECRET_TAGS):
        return XmlChange(path=path, old=None if old is None else "(hidden)", new=None if new is None else "(hidden)")
    return XmlChange(path=path, old=old, new=new)
