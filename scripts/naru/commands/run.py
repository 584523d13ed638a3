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
from naru.commands.product_options import (
    DEFAULT_PRODUCT,
    PASS_ON,
    OptionalProduct,
    OptionalWork,
    names_of,
    product_help,
    work_of,
)
from naru.core.stage_list import Stage, main_job, seconds_left
from naru.edge.clock import SystemClock
from naru.edge.files import write_durably
from naru.edge.release_folder import last_times
from naru.errors import Judged, NaruError
from naru.model.timings import StageTime, Timings

app = plain_app()

Around = Callable[[Stage], AbstractContextManager[None]]

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
        raise Judged(f"{names.version} did not go through; the stage that stopped it says why above.", hint=f"The report is in {folder}/report.")


def run_stages(
    stages: tuple[Stage, ...], folder: Path, version: str, *, verbose: bool = False, around: Around = lambda _stage: nullcontext()
) -> int:
    """Run stages until one says no (those marked `always` run all the same); gives the first exit code that is not 0.

    `around` gives a context for each stage: the demo sends traffic while one promotes.
    """
    last = last_times(folder)
    done: list[StageTime] = []
    failed = 0
    for number, stage in enumerate(stages):
        if failed and not stage.always:
            continue
        left = seconds_left(stages, number, last)
        typer.echo(f"[{number + 1}/{len(stages)}] {stage.name}" + (f"   about {_minutes(left)} left" if left else ""), err=True)
        with around(stage):
            time = _run_one(stage, verbose=verbose)
        done.append(time)
        failed = failed or time.exit_code
        _write(folder, version, done)
    _remember(folder, done)
    return failed


def _run_one(stage: Stage, *, verbose: bool) -> StageTime:
    from importlib import import_module

    from naru.cli import COMMANDS
    from naru.commands.guard import call

    clock = SystemClock()
    begun = clock.monotonic()
    sentence, code = "", 0
    try:
        code = call(import_module(COMMANDS[stage.command][0]).app, [stage.command, *stage.words, *(["-v"] if verbose else [])])
    except NaruError as error:
        sentence, code = str(error), error.exit_code
        typer.echo(f"naru {stage.name}: {error}", err=True)
    return StageTime(name=stage.name, seconds=round(clock.monotonic() - begun, 3), exit_code=code, sentence=sentence)


def _write(folder: Path, version: str, done: list[StageTime]) -> None:
    text = Timings(version=version, stages=tuple(done)).model_dump_json(indent=2, exclude_none=True)
    write_durably(folder / "timings.json", text.encode() + b"\n")


def _remember(folder: Path, done: list[StageTime]) -> None:
    times = last_times(folder) | {time.name: time.seconds for time in done if not time.exit_code}
    write_durably(folder.parent / "last-times.json", json.dumps(times, indent=2).encode())


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
