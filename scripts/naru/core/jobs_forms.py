"""The same job in three forms: Pipeline, freestyle, and classic (freestyle without any plugin).

The freestyle forms call in one shell step what the job's Jenkinsfile calls in its stages; a test holds both together.
"""

from __future__ import annotations

from typing import Any

from naru.core.jobs_cron import classic
from naru.model.jobs import JobForm

SHELLS: dict[str, str] = {
    "Jenkinsfile": "./naru jobs stages",
    "pipelines/tag-push.Jenkinsfile": "./naru webhook --from-job",
    "pipelines/nightly.Jenkinsfile": "./naru nightly --work work/nightly",
}
"""Jenkinsfile → the one line that a freestyle job runs instead; `jobs stages` runs the stages that PART names."""

NOT_IN_FREESTYLE = frozenset({"APPROVAL"})
"""Parameters that only a Pipeline can honour: nobody can be asked in the middle of a freestyle build."""

PLUGIN_TRIGGERS = frozenset({"generic-webhook-trigger"})
LABEL = "naru"


def in_form(data: dict[str, Any], form: JobForm, *, clone: str) -> dict[str, Any]:
    """The job's data (as the renderer expanded it) in that form; `clone` is where a classic job runs."""
    if form is JobForm.pipeline:
        return data
    kept = {key: value for key, value in data.items() if key not in {"pipeline-scm", "sandbox", "project-type", "triggers"}}
    kept["project-type"] = "freestyle"
    kept["parameters"] = [item for item in data.get("parameters", []) if _name(item) not in NOT_IN_FREESTYLE]
    kept["builders"] = [{"shell": "#!/bin/sh -eu\n" + SHELLS[data["pipeline-scm"]["script-path"]] + "\n"}]
    kept["triggers"] = _triggers(data, form)
    if form is JobForm.classic:
        kept["workspace"] = clone
        kept["properties"] = []
        kept["parameters"] = [_without_trim(item) for item in kept["parameters"]]
    else:
        kept["node"] = LABEL
        kept["scm"] = data["pipeline-scm"]["scm"]
        kept["publishers"] = [
            {"archive": {"artifacts": "work/**", "allow-empty": True}},
            {"junit": {"results": "work/**/report/junit.xml", "allow-empty-results": True}},
        ]
    return kept


def _triggers(data: dict[str, Any], form: JobForm) -> list[Any]:
    found = []
    for trigger in data.get("triggers", []):
        name, value = next(iter(trigger.items()))
        if form is JobForm.classic and name in PLUGIN_TRIGGERS:
            continue
        found.append({"timed": classic(value, data["name"])} if form is JobForm.classic and name == "timed" else trigger)
    return found


def _name(parameter: dict[str, Any]) -> str:
    return str(next(iter(parameter.values()))["name"])


def _without_trim(parameter: dict[str, Any]) -> dict[str, Any]:
    kind, fields = next(iter(parameter.items()))
    return {kind: {key: value for key, value in fields.items() if key != "trim"}}
