"""`./naru publish-release`: stage 3."""

from __future__ import annotations

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

app = plain_app()


@app.command(context_settings=PASS_ON, epilog=product_help())
def publish_release(
    context: typer.Context,
    *,
    product: OptionalProduct = DEFAULT_PRODUCT,
    work: OptionalWork = None,
    plan: Plan = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Tag and images out, each by what it is made of, and read back."""
    from naru.wiring.base import console, release_folder
    from naru.wiring.release import planned_publish
    from naru.wiring.release import publish_release as publish

    folder = release_work(product, context, work)
    known = product_of(release_folder(folder), product)
    shown = console(verbose=verbose, quiet=as_json or plan)
    if plan:
        print_json(planned_publish(known, folder, shown))
        return
    finish(publish(known, folder, shown), as_json=as_json)
