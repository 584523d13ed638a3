"""`naru trigger JOB KEY=VALUE… [--wait]`: start a Jenkins job once, follow it, and end with its answer."""

from __future__ import annotations

import json
import random
import re
import sys
import uuid
from pathlib import Path
from typing import Annotated

import typer

from naru.commands.common import Json, plain_app, print_json
from naru.edge.clock import SystemClock, iso
from naru.edge.files import write_durably
from naru.edge.release_folder import ReleaseFolder
from naru.errors import Malformed
from naru.model.waiting import Ending, WaitLimits
from naru.steps.trigger import TriggerRequest, checked_parameters, result_of, trigger
from naru.wiring.base import effects, state_dir
from naru.wiring.jenkins import build_server

app = plain_app()
_ID = re.compile(r"[A-Za-z0-9._:-]{1,80}", re.ASCII)


@app.command()
def trigger_command(
    job: Annotated[str, typer.Argument(help="Name of the job; A/B for a job in a folder.")],
    pairs: Annotated[list[str] | None, typer.Argument(metavar="KEY=VALUE…", help="Parameters; the others take the job's defaults.")] = None,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the queue and the console to the end.")] = False,
    request_id: Annotated[str, typer.Option("--request-id", help="Go on with (or start once) the request of this id.")] = "",
    result: Annotated[Path | None, typer.Option("--result", help="File for the result as JSON; the state folder otherwise.")] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="On a signal or a time limit, cancel our own item or stop our own build.")] = False,
    queue_minutes: Annotated[float, typer.Option("--queue-minutes", min=0.01)] = 60,
    run_minutes: Annotated[float, typer.Option("--run-minutes", min=0.01)] = 300,
    silence_minutes: Annotated[float, typer.Option("--silence-minutes", min=0.01, help="Longest time without a new line.")] = 30,
    outage_minutes: Annotated[float, typer.Option("--outage-minutes", min=0.01, help="Longest time without an answer of Jenkins.")] = 15,
    poll_seconds: Annotated[float, typer.Option("--poll-seconds", min=0.05, help="Pause between two looks at the server.")] = 1,
    plan: Annotated[bool, typer.Option("--plan", help="Check the parameters against the job; start nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Exit codes: 0 success or started, 1 the build did not succeed, 2 and 3 refused, 4 lost, too long or no answer."""
    if request_id and not _ID.fullmatch(request_id):
        raise Malformed("--request-id takes letters, digits and . _ : - only, at most 80.")
    limits = WaitLimits(
        overall=60 * (queue_minutes + run_minutes + outage_minutes), queue=60 * queue_minutes, run=60 * run_minutes,
        silence=60 * silence_minutes, outage=60 * outage_minutes, poll=poll_seconds,
    )
    request = TriggerRequest(
        job, parsed(pairs or []), request_id or f"naru-{uuid.uuid4()}", known=bool(request_id), wait=wait, cancel_on_stop=cancel, limits=limits
    )
    if plan:
        print_json({"job": job, "request_id": request.request_id, "parameters": checked_parameters(build_server().definition(job), request.parameters)})
        return
    code = _run(request, result, as_json=as_json)
    raise typer.Exit(code)


def parsed(pairs: list[str]) -> dict[str, str]:
    """KEY=VALUE words as a dict; raises Malformed for a word without `=`, a bad name or a name given twice."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, mark, value = pair.partition("=")
        if not mark or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}", name, re.ASCII):
            raise Malformed(f"'{pair[:60]}' is not of the form KEY=VALUE.")
        if name in found:
            raise Malformed(f"Parameter {name} is given twice.")
        found[name] = value
    return found


def _run(request: TriggerRequest, result: Path | None, *, as_json: bool) -> int:
    clock = SystemClock()
    folder = ReleaseFolder(state_dir().folder("triggers", request.request_id))
    begun = iso(clock.now())
    print(f"request {request.request_id}", file=sys.stderr, flush=True)
    state = trigger(
        build_server(), clock, effects(folder, "trigger"), request,
        say=lambda text: print(f"naru trigger: {text}", file=sys.stderr, flush=True),
        line=lambda text: print(text, file=sys.stderr if as_json else sys.stdout, flush=True),
        jitter=lambda: random.uniform(0.5, 1),  # noqa: S311 (spreads retries only)
    )
    plain = result_of(request, state, begun, iso(clock.now()))
    write_durably(result or folder.root / "result.json", json.dumps(plain, ensure_ascii=False, indent=2).encode() + b"\n")
    if as_json:
        print_json(plain)
    number = f" #{state.number}" if state.number is not None else ""
    reason = f" ({state.reason})" if state.reason else ""
    print(f"naru trigger: {request.job}{number}: {state.ending.value if state.ending else ''}{reason}", file=sys.stderr)
    if state.exit_code == 4 and state.ending is not Ending.unknown:
        print(f"naru trigger: --request-id {request.request_id} goes on with the same request.", file=sys.stderr)
    return state.exit_code
