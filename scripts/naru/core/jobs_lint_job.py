"""Lint of one job's content: name, script, schedule, parameters, and that parameters and scripts agree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from naru.core.jobs_cron import fault_of
from naru.core.jobs_lint_shape import Fault
from naru.core.jobs_reads import ANYWHERE, reads_of
from naru.core.yaml_nodes import Node
from naru.model.jobs import ProductFacts

_JOB_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", re.ASCII)
_PARAMETER = re.compile(r"[A-Z][A-Z0-9_]{0,62}", re.ASCII)
_SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|PASSWD|APIKEY|API_KEY")


def job_faults(root: Node, scripts: Mapping[str, str], default_script: str, product: ProductFacts) -> Iterator[Fault]:
    """Faults of a job whose shape is right."""
    body = root.items[0].items[0]
    yield from _name_faults(body)
    yield from _value_faults(body)
    yield from _wipe_faults(body)
    for trigger in _entries(body, "triggers"):
        yield from _trigger_faults(trigger)
    parameters = [item.items[0] for item in _entries(body, "parameters")]
    yield from _parameter_faults(parameters, product)
    yield from _agreement_faults(body, parameters, scripts, default_script, product)


def _entries(body: Node, key: str) -> list[Node]:
    node = body.get(key)
    return node.items if node is not None else []


def _name_faults(body: Node) -> Iterator[Fault]:
    name = body.get("name")
    if name is None:
        yield body.line, "job-name", "the job has no name."
    elif not _JOB_NAME.fullmatch(name.text):
        yield name.line, "job-name", f"'{name.text[:60]}' is no job name: letters, digits, '_', '-' and '.' only, at most 100."
    if body.get("defaults") is None:
        yield body.line, "defaults", "'defaults: naru' is missing, so none of pipelines/defaults.yaml would hold."


def _value_faults(body: Node) -> Iterator[Fault]:
    concurrent = body.get("concurrent")
    if concurrent is not None and concurrent.text != "false":
        yield concurrent.line, "concurrent", "two builds of a job would use the same clusters and folder; leave 'concurrent' out."
    kind = body.get("project-type")
    if kind is not None and kind.text != "pipeline":
        yield kind.line, "project-type", "jobs are defined as pipeline; --form freestyle makes the other forms."


def _wipe_faults(body: Node) -> Iterator[Fault]:
    source = body.get("pipeline-scm")
    for item in _entries(source, "scm") if source is not None else []:
        wipe = item.items[0].get("wipe-workspace")
        if wipe is None or wipe.text != "false":
            yield item.line, "wipe-workspace", "the renderer's default wipes the workspace, and the release folder with it; say 'wipe-workspace: false'."


def _trigger_faults(trigger: Node) -> Iterator[Fault]:
    if trigger.keys[0].text == "timed":
        value = trigger.items[0]
        fault = fault_of(value.text) if value.kind == "scalar" else "the schedule is no text"
        if fault:
            yield value.line, "cron", f"{fault}; Jenkins would refuse or ignore it."


def _parameter_faults(parameters: list[Node], product: ProductFacts) -> Iterator[Fault]:
    seen: set[str] = set()
    for parameter in parameters:
        name = parameter.get("name")
        text = name.text if name is not None else ""
        line = name.line if name is not None else parameter.line
        if not _PARAMETER.fullmatch(text):
            yield line, "parameter-name", f"'{text[:60]}' is no parameter name: capital letters, digits and '_'."
        if text in seen:
            yield line, "duplicate-parameter", f"'{text}' is declared twice; Jenkins would show both and pass one."
        if _SECRET.search(text):
            yield line, "secret", f"'{text}' would show a secret on the build's page; use a credential in the Jenkinsfile."
        seen.add(text)
        yield from _choice_faults(parameter, text, product) if parameter.get("choices") else _text_faults(parameter, text)


def _choice_faults(parameter: Node, name: str, product: ProductFacts) -> Iterator[Fault]:
    choices = parameter.get("choices")
    assert choices is not None
    if choices.kind == "scalar":
        if not choices.text.startswith("{obj:"):
            yield choices.line, "empty-choices", f"the choices of '{name}' must be a list or '{{obj:NAME}}'."
        return
    texts = [item.text for item in choices.items]
    if not texts or "" in texts:
        yield choices.line, "empty-choices", f"'{name}' has no choice, or an empty one; a build could not be started properly."
    if len(set(texts)) != len(texts):
        yield choices.line, "empty-choices", f"'{name}' lists a choice twice."
    foreign = [text for text in texts if text not in product.lines]
    if name in product.parameters and foreign:
        yield choices.line, "release-lines", f"'{foreign[0]}' is no line of {product.name}'s product file; write '{{obj:release_lines}}'."


def _text_faults(parameter: Node, name: str) -> Iterator[Fault]:
    trim = parameter.get("trim")
    default = parameter.get("default")
    if default is not None and default.text in {"true", "false"}:
        return
    if trim is None or trim.text != "true":
        yield parameter.line, "untrimmed", f"'{name}' would carry the spaces that people paste; say 'trim: true'."


def _agreement_faults(
    body: Node, parameters: list[Node], scripts: Mapping[str, str], default_script: str, product: ProductFacts
) -> Iterator[Fault]:
    source = body.get("pipeline-scm")
    node = source.get("script-path") if source is not None else None
    path = node.text if node is not None else default_script
    if path not in scripts:
        yield (node or body).line, "script", f"'{path}' is not there; the job would fail at its first line."
        return
    names = {name.text: name.line for name in (item.get("name") for item in parameters) if name is not None}
    needed = reads_of(scripts[path], product.parameters)
    for name in sorted(set(names) - needed - ANYWHERE):
        yield names[name], "unread-parameter", f"'{name}' is read by nothing that {path} calls."
    for name in sorted(needed - set(names)):
        yield body.line, "undeclared-parameter", f"{path} needs '{name}', and the job does not declare it."
