"""`./naru verify-failover`: stage 7, does the release survive the loss of a cloud, and come back?"""

from __future__ import annotations

from typing import Annotated

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
def verify_failover(
    context: typer.Context,
    *,
    faults: Annotated[str, typer.Option("--faults", help="Faults by name, comma separated; also `default` and `all`.")] = "default",
    full: Annotated[bool, typer.Option("--full", help="Full lengths instead of the fast windows (nightly).")] = False,
    no_dns: Annotated[bool, typer.Option("--no-dns", help="Without DNS mode.")] = False,
    product: OptionalProduct = DEFAULT_PRODUCT,
    work: OptionalWork = None,
    reuse: Annotated[bool, typer.Option("--reuse", help="Passed evidence of the very same subject counts.")] = False,
    plan: Plan = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Break clouds under load and measure: detection, error window, RTO, fail-back; writes signed evidence and a plot."""
    from naru.core.failover_faults import chosen_faults
    from naru.core.failover_plan import Timings
    from naru.steps.verify_failover import FailoverRequest, plan_failover
    from naru.steps.verify_failover import verify_failover as verify
    from naru.wiring.base import console, release_folder
    from naru.wiring.config import product_clouds
    from naru.wiring.failover import failover_ports

    chosen = chosen_faults(faults)
    folder = release_work(product, context, work)
    known = product_of(release_folder(folder), product)
    request = FailoverRequest(
        product_clouds(known), chosen, Timings.full() if full else Timings(), with_dns=not no_dns, reuse=reuse,
    )
    ports = failover_ports(request, folder, console(verbose=verbose, quiet=as_json or plan))
    if plan:
        print_json(plan_failover(request, ports).plain)
        return
    finish(verify(request, ports), as_json=as_json)
