"""`naru report`: stage 9."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from naru.commands.common import Json, Plan, Verbose, finish, plain_app, print_json
from naru.commands.product_options import (
    DEFAULT_PRODUCT,
    PASS_ON,
    OptionalProduct,
    OptionalWork,
    product_help,
    product_of,
    release_work,
)

if TYPE_CHECKING:
    from naru.core.report_view import Documents
    from naru.model.product import Product
    from naru.steps.outcome import Outcome

app = plain_app()


@app.command(context_settings=PASS_ON, epilog=product_help())
def report(
    context: typer.Context,
    *,
    product: OptionalProduct = DEFAULT_PRODUCT,
    work: OptionalWork = None,
    notify: Annotated[bool, typer.Option("--notify", help="Tell the notifiers that the run is over (off unless some are configured).")] = False,
    plan: Plan = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Write report/index.html, report/junit.xml and report/report.json of a release folder."""
    from naru.edge.release_folder import last_times
    from naru.steps.report import report as write
    from naru.wiring.base import release_folder

    del verbose  # nothing of this stage streams
    root = release_work(product, context, work)
    folder = release_folder(root)
    known = product_of(folder, product)
    if plan:
        print_json({"writes": [str(root / "report" / name) for name in ("index.html", "junit.xml", "report.json")]})
        return
    outcome = write(folder, known.clouds, page, last_seconds=last_times(root))
    finish(outcome, as_json=as_json)
    if notify:
        _notify(outcome, known, root)


def _notify(outcome: Outcome, product: Product, root: Path) -> None:
    from naru.core.notification import run_finished
    from naru.wiring.notify import announce

    place = str((root / "report" / "index.html").resolve())
    announce(lambda at, build: [run_finished(outcome.plain, product.name, product.clouds, place=place, build=build, at=at)], root)


def page(documents: Documents) -> str:
    """The report page of these documents."""
    from naru.core import report_view as view
    from naru.core.report_words import COVERAGE, TEXTS, VERDICTS
    from naru.edge.report_page import render_page

    kind, words = view.headline(documents)
    return render_page(
        "report.html.j2", version=documents.version, kind=kind, headline=words, text=TEXTS, coverage=COVERAGE, verdicts=VERDICTS,
        proofs=view.proof_rows(documents), scope=view.scope_rows(documents.overlays), promotions=documents.promotions,
        release=documents.release, images=documents.images, overlays=documents.overlays, timings=view.timing_rows(documents),
        figure=view.figure, sentence_of=view.sentence_of,
    )
