"""Jenkins jobs as values: definitions as files say them, XML as a tree of plain nodes, and what a plan says."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from naru.model.record import Record


class JobForm(StrEnum):
    """How a job is rendered."""

    pipeline = "pipeline"
    """Declarative Pipeline from the repository: what a current Jenkins runs."""
    freestyle = "freestyle"
    """One shell step per script, for a controller without Pipeline; needs the Git plugin."""
    classic = "classic"
    """Freestyle without any plugin, in a fixed clone and with a classic schedule: runs on Hudson too."""


class XmlNode(Record):
    """One XML element; text is stripped of white space around it."""

    tag: str
    text: str = ""
    attributes: dict[str, str] = {}
    children: tuple[XmlNode, ...] = ()

    def child(self, tag: str) -> XmlNode | None:
        """The first child of that tag, or None."""
        return next((node for node in self.children if node.tag == tag), None)


class JobFile(Record):
    """One definition file as text."""

    path: str
    """Relative to the clone, with `/`."""
    text: str


class RenderedJob(Record):
    """One job as it shall stand on the server."""

    name: str
    source: str
    """The file that defines it."""
    xml: str


class ServerJob(Record):
    """One job of the server as its list shows it."""

    name: str
    description: str = ""


class XmlChange(Record):
    """One value that differs: `old` on the server, `new` in the definition; None where there is nothing."""

    path: str
    old: str | None
    new: str | None


class JobAction(StrEnum):
    """What a plan wants to do with a job."""

    create = "create"
    update = "update"
    keep = "keep"
    """Equal already."""
    foreign = "foreign"
    """A job of this name exists and is not ours: `jobs adopt` takes it over, nothing else touches it."""
    adopt = "adopt"
    delete = "delete"
    """Ours, but no file defines it any more; done only on the explicit flag."""
    orphan = "orphan"
    """As delete, without the flag: shown only."""


class JobPlan(Record):
    """One job's line of a plan."""

    name: str
    action: JobAction
    changes: tuple[XmlChange, ...] = ()
    seen: str = ""
    """The XML that the plan was made from; apply refuses where it has changed since."""


class LintFault(Record):
    """One fault of a definition file."""

    file: str
    line: int
    rule: str
    sentence: str


class ScriptFile(Record):
    """A Jenkinsfile that jobs point to."""

    path: str
    text: str


class ProductFacts(Record):
    """What the lint must know of the product: parameters, release lines, marks."""

    name: str
    parameters: tuple[str, ...]
    lines: tuple[str, ...]
    marked: dict[str, tuple[str, ...]] = {}
    """Mark → lines that bear it."""

    def variables(self) -> dict[str, Any]:
        """Values that definition files may name in braces."""
        marks = {f"release_lines_{mark}": list(lines) for mark, lines in self.marked.items()}
        return {"release_lines": list(self.lines), **marks}
