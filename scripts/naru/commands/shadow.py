"""`naru shadow`: the proofs beside an existing job. Promotes nothing, blocks nothing, reports what would have been held."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from naru.commands.common import Json, plain_app, print_json
from naru.commands.product_options import DEFAULT_PRODUCT, PASS_ON, OptionalProduct, OptionalWork, names_of
from naru.core.release_names import names_from_tag
from naru.core.shadow import shadow_report, shadow_words, would_have_failed
from naru.edge.clock import SystemClock
from naru.errors import NaruError
from naru.model.nights import ShadowRun
from naru.steps.stage_runs import first_stop, records_of, run_list
from naru.wiring.config import load_product

app = plain_app(no_args_is_help=True, help="Run the proofs beside an existing job; promote nothing, block nothing.")


@app.command("run", context_settings=PASS_ON)
def run_command(
    context: typer.Context, *, product: OptionalProduct = DEFAULT_PRODUCT,
    tag: Annotated[str, typer.Option("--tag", help="The tag that the existing job is about to deploy; else the product's parameters.")] = "",
    work: OptionalWork = None,
    plan: Annotated[bool, typer.Option("--plan", help="List the commands; run none.")] = False,
) -> None:
    """Always exit 0 (what is wrong is in the report), so that a line in an existing job can never stop it."""
    try:
        _run(context, product, tag, work, plan=plan)
    except NaruError as error:
        print(f"naru shadow: {error} The job that called goes on.", file=sys.stderr)


@app.command("report")
def report_command(
    *, product: OptionalProduct = DEFAULT_PRODUCT, days: Annotated[int, typer.Option("--days", min=1, max=366)] = 7, as_json: Json = False,
) -> None:
    """Which releases of the last days would have been held, and why."""
    from naru.wiring.nightly import shadow_lines

    runs = shadow_lines(product).all()
    if as_json:
        print_json({"releases": [run.plain() | {"would_have_failed": would_have_failed(run)} for run in runs]})
        return
    print("\n".join(shadow_report(runs, SystemClock().now().date(), days)))


def _run(context: typer.Context, product: str, tag: str, work: Path | None, *, plan: bool) -> None:
    from naru.cli import main
    from naru.wiring.nightly import EvidenceFiles, shadow_lines

    loaded = load_product(product)
    names = names_from_tag(loaded, tag) if tag else names_of(loaded, context)
    folder = work or Path("work") / "shadow" / product / names.version
    words = shadow_words(str(folder), ("--tag", tag) if tag else tuple(context.args), loaded.clouds)
    if plan:
        print_json({"version": names.version, "stages": [list(entry) for entry in words]})
        return
    results = run_list(lambda entry: main(list(entry)), words)
    day = SystemClock().now().date().isoformat()
    run = ShadowRun(day=day, version=names.version, stopped_at=first_stop(results), proofs=tuple(records_of(EvidenceFiles(folder), day)))
    shadow_lines(product).add([run])
    reason = would_have_failed(run)
    print(f"Shadow of {names.version}: would have been {'held: ' + reason if reason else 'promoted'}. Nothing was promoted.")
