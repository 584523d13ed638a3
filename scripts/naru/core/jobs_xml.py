"""A server's job XML brought into the shape of a definition: references followed, containers flattened.

Servers store the same job in other ways: a dropdown's choices in one of several Java lists, and Hudson keeps build
steps and triggers a second time under `project-properties` and refers to them.
"""

from __future__ import annotations

import re

from naru.model.jobs import XmlNode

MAX_DEPTH = 60
_STEP = re.compile(r"([^\[\]]+)(?:\[(\d+)\])?")
_HUDSON_OWN = frozenset({"project-properties", "creationTime", "cascadingChildrenNames", "cleanWorkspaceRequired"})


def normal(root: XmlNode) -> XmlNode:
    """The job as a definition would say it."""
    resolved = _resolved(root, (root,))
    stored = resolved.child("project-properties")
    return _flat(resolved if stored is None else _unfolded(resolved, stored))


def _resolved(node: XmlNode, above: tuple[XmlNode, ...]) -> XmlNode:
    reference = node.attributes.get("reference")
    if reference is not None:
        target = _target(reference, above)
        return node if target is None else target.model_copy(update={"tag": node.tag})
    if len(above) > MAX_DEPTH:
        return node
    return node.model_copy(update={"children": tuple(_resolved(child, (*above, child)) for child in node.children)})


def _target(reference: str, above: tuple[XmlNode, ...]) -> XmlNode | None:
    """The node that a relative reference (`../../a/b[2]`) means; None where it leads nowhere."""
    steps = reference.split("/")
    up = sum(step == ".." for step in steps)
    if up >= len(above):
        return None
    node = above[len(above) - 1 - up]
    for step in steps[up:]:
        match = _STEP.fullmatch(step)
        same = [child for child in node.children if match and child.tag == match[1]]
        number = int(match[2] or 1) if match else 1
        if number > len(same):
            return None
        node = same[number - 1]
    return node


def _unfolded(root: XmlNode, stored: XmlNode) -> XmlNode:
    values = {name.text: value for name, value in (_entry(entry) for entry in stored.children) if name is not None and value is not None}
    children = [child for child in root.children if child.tag not in _HUDSON_OWN | {"builders", "triggers"}]
    if "builders" in values:
        children.append(XmlNode(tag="builders", children=values["builders"].children))
    triggers = tuple(
        XmlNode(tag=value.attributes["class"], text=value.text, children=value.children)
        for name, value in values.items() if ".triggers." in value.attributes.get("class", "") and "rigger" in name
    )
    if triggers:
        children.append(XmlNode(tag="triggers", children=triggers))
    for name in ("quietPeriod", "jdk", "assignedNode"):
        if name in values and root.child(name) is None and values[name].text:
            children += [XmlNode(tag=name, text=values[name].text)]
    return root.model_copy(update={"children": tuple(children)})


def _entry(entry: XmlNode) -> tuple[XmlNode | None, XmlNode | None]:
    holder = next((child for child in entry.children if child.tag != "string"), None)
    return entry.child("string"), holder.child("originalValue") if holder is not None else None


def _flat(node: XmlNode) -> XmlNode:
    """Choices as a plain list of strings, whatever list class holds them."""
    if node.tag == "choices":
        return XmlNode(tag="choices", children=tuple(_strings(node)))
    return node.model_copy(update={"children": tuple(_flat(child) for child in node.children)})


def _strings(node: XmlNode) -> list[XmlNode]:
    if node.tag == "string":
        return [node]
    return [found for child in node.children for found in _strings(child)]
