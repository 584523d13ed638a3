"""Tag events: the product's source repository, its ledger, and the release job on Jenkins."""

from __future__ import annotations

import os
import random
from pathlib import Path

from naru.core.release_names import names_from_tag
from naru.edge.clock import SystemClock
from naru.edge.files import read_capped
from naru.edge.release_folder import ReleaseFolder
from naru.errors import Missing, OutsideDown
from naru.model.product import Product
from naru.model.waiting import Ending
from naru.steps.trigger import TriggerRequest, trigger
from naru.steps.webhook import WebhookPorts
from naru.wiring.base import effects, state_dir
from naru.wiring.git import ledger, source_repo
from naru.wiring.jenkins import build_server

FILES_VARIABLE = "NARU_WEBHOOK_SECRET_FILES"
APPROVED = {"APPROVAL": "given", "PART": "all"}
"""Given to a release job that declares them: the person who pushed the tag has decided."""


def webhook_secrets() -> tuple[str, ...]:
    """The secrets in the files that NARU_WEBHOOK_SECRET_FILES names (with `:` between); two while they are changed over."""
    paths = [Path(path) for path in os.environ.get(FILES_VARIABLE, "").split(":") if path]
    secrets = tuple(read_capped(path, 4096).decode("utf-8", "replace").strip() for path in paths)
    if not secrets or any(len(secret) < 16 for secret in secrets):
        raise Missing(f"{FILES_VARIABLE} names no file with a secret of 16 characters or more.", hint="See docs/jenkins.md, tag pushes.")
    return secrets


def webhook_ports(product: Product, job: str) -> WebhookPorts:
    """Remote, ledger and job of one product."""
    folder = ReleaseFolder(state_dir().folder("webhooks"))
    door = effects(folder, "webhook")

    def parameters(tag: str) -> dict[str, str]:
        return dict(names_from_tag(product, tag).parameters)

    def start(values: dict[str, str], request_id: str) -> str:
        return start_job(job, values, request_id)

    return WebhookPorts(source_repo(product), ledger(product), parameters, start, door)


def start_job(job: str, parameters: dict[str, str], request_id: str) -> str:
    """Queue the job once under this request id; raises Missing or OutsideDown where it was not queued."""
    server = build_server()
    declared = {parameter.name for parameter in server.definition(job).parameters}
    values = parameters | {name: value for name, value in APPROVED.items() if name in declared}
    request = TriggerRequest(job, values, request_id, known=True, wait=False)
    door = effects(ReleaseFolder(state_dir().folder("triggers", request_id)), "trigger")
    state = trigger(server, SystemClock(), door, request, say=_silent, line=_silent, jitter=lambda: random.uniform(0.5, 1))  # noqa: S311 (spreads retries only)
    if state.ending is not Ending.started:
        kind = OutsideDown if state.exit_code == 4 else Missing
        raise kind(f"Job '{job}' was not started: {state.ending.value if state.ending else ''} ({state.reason}).", hint="The next delivery or the nightly look starts it.")
    return f"job {job} was queued as request {request_id}"


def _silent(_text: str) -> None:
    """Nobody listens to the steps of a trigger that is not waited for."""
