"""Stage 4: the candidate commit with the release in every cloud's overlay, rendered and judged."""

from __future__ import annotations

from naru.commands.common import Json, Plan, ProductName, Verbose, Work, finish, plain_app, print_json
from naru.commands.product_options import product_of

app = plain_app()


@app.command()
def patch_overlays(
    work: Work, product: ProductName = "khan-monitoring", plan: Plan = False, json: Json = False, verbose: Verbose = False
) -> None:
    """Patch, render and compare the overlays of the release in --work; push candidate/VERSION; write overlays.json."""
    from naru.steps.patch_overlays import patch_overlays as step
    from naru.wiring.base import console, release_folder
    from naru.wiring.overlays import patch_ports

    loaded = product_of(release_folder(work), product)
    outcome = step(patch_ports(loaded, work, console(verbose=verbose)), loaded, plan_only=plan)
    if plan:
        print_json(outcome.plain)
    else:
        finish(outcome, as_json=json)
