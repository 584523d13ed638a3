"""The faults of job definitions that the renderer lets through, each with file, line and the name of its rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from naru.core.jobs_lint_job import job_faults
from naru.core.jobs_lint_shape import shape_faults
from naru.core.safe_yaml import load_plain
from naru.core.yaml_nodes import Node, read_nodes
from naru.errors import Missing
from naru.model.jobs import JobFile, LintFault, ProductFacts, ScriptFile

_CONFLICT = re.compile(r"^(<{7}|>{7}|={7}|\|{7})( |$)")
_YAML_LINE = re.compile(r" line (\d+)")


def lint(
    defaults: JobFile, files: Iterable[JobFile], scripts: Iterable[ScriptFile], product: ProductFacts
) -> tuple[LintFault, ...]:
    """Every fault of every file; none means that rendering and applying are worth trying."""
    known_scripts = {script.path: script.text for script in scripts}
    found: list[LintFault] = []
    shared = _parsed(defaults, found)
    variables = frozenset(product.variables()) | _own_variables(shared)
    script = _default_script(shared)
    names: dict[str, str] = {}
    for file in files:
        node = _parsed(file, found)
        if node is None:
            continue
        faults = list(shape_faults(node, variables))
        if not faults:
            faults = list(job_faults(node, known_scripts, script, product))
        found += [LintFault(file=file.path, line=line, rule=rule, sentence=sentence) for line, rule, sentence in faults]
        found += _double_name(file, node, names)
    if shared is not None:
        found += [
            LintFault(file=defaults.path, line=line, rule=rule, sentence=sentence)
            for line, rule, sentence in shape_faults(shared, variables, kind="defaults")
        ]
    return tuple(sorted(found, key=lambda fault: (fault.file, fault.line, fault.rule)))


def _parsed(file: JobFile, found: list[LintFault]) -> Node | None:
    """The file's tree, or None and a fault."""
    conflicts = list(_conflicts(file))
    if conflicts:
        found += conflicts
        return None
    try:
        load_plain(file.text, file.path)
        return read_nodes(file.text, file.path)[0]
    except Missing as error:
        match = _YAML_LINE.search(error.message)
        found.append(LintFault(file=file.path, line=int(match[1]) if match else 1, rule="yaml", sentence=error.message))
        return None


def _conflicts(file: JobFile) -> Iterator[LintFault]:
    for number, line in enumerate(file.text.splitlines(), 1):
        if _CONFLICT.match(line):
            yield LintFault(
                file=file.path, line=number, rule="conflict-marker",
                sentence=f"'{line[:20]}' is left over from a merge; decide which side holds and remove it.",
            )


def _own_variables(shared: Node | None) -> frozenset[str]:
    body = _body(shared, "defaults")
    return frozenset(key.text for key in body.keys) if body else frozenset()


def _default_script(shared: Node | None) -> str:
    body = _body(shared, "defaults")
    source = body.get("pipeline-scm") if body else None
    path = source.get("script-path") if source else None
    return path.text if path else ""


def _body(root: Node | None, kind: str) -> Node | None:
    if root is None or root.kind != "list" or not root.items or root.items[0].kind != "map":
        return None
    body = root.items[0].get(kind)
    return body if body is not None and body.kind == "map" else None


def _double_name(file: JobFile, node: Node, names: dict[str, str]) -> list[LintFault]:
    body = _body(node, "job")
    name = body.get("name") if body else None
    if name is None:
        return []
    first = names.setdefault(name.text, file.path)
    if first == file.path:
        return []
    return [LintFault(file=file.path, line=name.line, rule="duplicate-job", sentence=f"'{name.text}' is defined in {first} already.")]
