"""`naru run`: the main job, stage by stage; a second call goes on where the first one stopped.

Nothing is remembered here: each stage looks at the world itself and says where there is nothing to do.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from naru.commands.common import Verbose, plain_app
from naru.commands.overall import Overall
from naru.commands.product_options import (
    DEFAULT_PRODUCT,
    PASS_ON,
    OptionalProduct,
    OptionalWork,
    names_of,
    product_help,
    work_of,
)
from naru.core.overview import expected_seconds, kept_times, times_to_remember
from naru.core.stage_list import Stage, main_job
from naru.edge.clock import SystemClock
from naru.edge.console import Console
from naru.edge.files import write_durably
from naru.edge.release_folder import ReleaseFolder, last_times
from naru.errors import Interrupted, Judged, Malformed, Missing, NaruError, OutsideDown
from naru.model.timings import StageTime, Timings
from naru.steps.ports import Clock

app = plain_app()

Around = Callable[[Stage], AbstractContextManager[None]]
CallStage = Callable[[Stage, list[str]], int]
"""(stage, words of its command) → exit code; lets a NaruError through."""

Skip = Annotated[list[str] | None, typer.Option("--without", help="A stage to leave out (a promotion then holds for want of evidence).")]


@app.command(context_settings=PASS_ON, epilog=product_help())
def run(
    context: typer.Context,
    *,
    product: OptionalProduct = DEFAULT_PRODUCT,
    tag: Annotated[str, typer.Option("--tag", help="A tag that was pushed, instead of the product's parameters.")] = "",
    work: OptionalWork = None,
    without: Skip = None,
    verbose: Verbose = False,
) -> None:
    """Tag, build, publish, patch, prove, promote, report."""
    from naru.core.release_names import names_from_tag
    from naru.wiring.config import load_product

    known = load_product(product)
    names = names_from_tag(known, tag) if tag else names_of(known, context)
    folder = work_of(known, names, work)
    first = ("--product", product, *(("--tag", tag) if tag else tuple(context.args)))
    stages = tuple(stage for stage in main_job(known.clouds, str(folder), first) if stage.command not in (without or []))
    code = run_stages(stages, folder, names.version, verbose=verbose)
    if code:
        raise stopped(code, f"{names.version} did not go through; the stage that stopped it says why above.", hint=f"The report is in {folder}/report.")


def stopped(code: int, message: str, *, hint: str) -> NaruError:
    """The end of a job that a stage stopped, with that stage's own exit code: 4 alone is worth a retry."""
    kinds: dict[int, type[NaruError]] = {kind.exit_code: kind for kind in (Judged, Malformed, Missing, OutsideDown)}
    error = kinds.get(code, NaruError)(message, hint=hint)
    error.exit_code = code
    return error


def call_stage(stage: Stage, words: list[str]) -> int:
    """The stage's own command, in this process."""
    from importlib import import_module

    from naru.cli import COMMANDS
    from naru.commands.guard import call

    return call(import_module(COMMANDS[stage.command][0]).app, words)


def run_stages(
    stages: tuple[Stage, ...], folder: Path, version: str, *, verbose: bool = False, around: Around = lambda _stage: nullcontext(),
    clock: Clock | None = None, call_stage: CallStage = call_stage,
) -> int:
    """Run stages until one says no (those marked `always` run all the same); gives the first exit code that is not 0.

    `around` gives a context for each stage: the demo sends traffic while one promotes. Times are kept after each stage, so
    that a job that was cut off knows the next time what it has behind itself.
    """
    clock = clock or SystemClock()
    last, earlier = last_times(folder), _went_well(folder)
    overall = Overall(Console(verbose=verbose), clock, stages, expected_seconds(stages, last, earlier))
    done: list[StageTime] = []
    failed = 0
    with overall.running(version):
        for number, stage in enumerate(stages):
            if failed and not stage.always:
                continue
            overall.begin(number)
            with around(stage):
                time = _run_one(stage, clock, call_stage, verbose=verbose)
            overall.end(time)
            done.append(time)
            failed = failed or time.exit_code
            if failed and not stage.timed:
                break  # the job itself has not begun: nothing to report
            _keep(folder, version, kept_times(stages, done, earlier), times_to_remember(last, done, earlier))
    return failed


def _run_one(stage: Stage, clock: Clock, call_stage: CallStage, *, verbose: bool) -> StageTime:
    begun = clock.monotonic()
    sentence, code = "", 0
    try:
        code = call_stage(stage, [stage.command, *stage.words, *(["-v"] if verbose else [])])
    except Interrupted:
        raise
    except NaruError as error:
        sentence, code = str(error), error.exit_code
        typer.echo(f"naru {stage.name}: {error}", err=True)
    return StageTime(name=stage.name, seconds=round(clock.monotonic() - begun, 3), exit_code=code, sentence=sentence)


def _went_well(folder: Path) -> dict[str, StageTime]:
    """Stages that went well in an earlier run of this folder; none where that cannot be read."""
    try:
        found = ReleaseFolder(folder).find(Timings, "timings.json")
    except NaruError:
        return {}
    return {time.name: time for time in found.stages if not time.exit_code} if found else {}


def _keep(folder: Path, version: str, times: tuple[StageTime, ...], last: dict[str, float]) -> None:
    text = Timings(version=version, stages=times).model_dump_json(indent=2, exclude_none=True)
    write_durably(folder / "timings.json", text.encode() + b"\n")
    write_durably(folder.parent / "last-times.json", json.dumps(last, indent=2).encode())
