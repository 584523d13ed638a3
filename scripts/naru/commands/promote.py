"""Stage 8: gate, dry run, copy by digest, commit by compare-and-swap, apply, watch; or back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from naru.commands.common import Json, Plan, ProductName, Verbose, Work, finish, plain_app, print_json
from naru.commands.product_options import product_of
from naru.model.promotion import Promotion

app = plain_app()


@app.command()
def promote(
    *, work: Work,
    cloud: Annotated[str, typer.Option("--cloud", help="One cloud.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Every cloud of the product, in its order or in that of --order.")] = False,
    order: Annotated[str, typer.Option("--order", help="Clouds, separated by commas.")] = "",
    soak: Annotated[str, typer.Option("--soak", help="Watch each cloud so long before the next: 90s, 10m.")] = "",
    wait: Annotated[str, typer.Option("--wait-for-approvals", help="Wait at most so long for approvals: 30m, 2h.")] = "",
    override: Annotated[str, typer.Option("--override", help="Reason to go on outside windows, in a freeze, with expired evidence.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who overrides; kept and shown.", envvar="NARU_BY")] = "",
    product: ProductName = "khan-monitoring", plan: Plan = False, json: Json = False, verbose: Verbose = False,
) -> None:
    """Promote the proven release in --work to one cloud or to all."""
    from naru.core.promote_order import chosen_clouds, seconds_of
    from naru.steps.promote import plan_cloud
    from naru.steps.promote_all import promote_all
    from naru.wiring.base import console, release_folder, state_dir
    from naru.wiring.promotion import lock_of, override_of, promotions, run_by

    loaded = product_of(release_folder(work), product)
    names = chosen_clouds(loaded.clouds, cloud=cloud, every=every, order=order)
    ones = promotions(loaded, names, work, console(verbose=verbose), by=run_by(), override=override_of(override, by))
    if plan:
        print_json({"plans": [plan_cloud(one.ports, one.request) for one in ones]})
        return
    with state_dir().lock(lock_of(work), doing=f"promote in {work}"):
        finish(promote_all(ones, soak_seconds=seconds_of(soak, "--soak"), wait_seconds=seconds_of(wait, "--wait-for-approvals"),
                           tell=lambda found: _tell(found, loaded.name, work)), as_json=json)


def _tell(found: Sequence[Promotion], product: str, work: Path) -> None:
    """Held and rolled back clouds are told at once; what went well is told by the end of the run."""
    from naru.core.notification import promotion_events
    from naru.wiring.notify import announce

    announce(lambda at, build: promotion_events(found, product, build=build, at=at), work)
