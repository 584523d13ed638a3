"""`./naru verify-scaling`: stage 6, does the release scale under real traffic?"""

from __future__ import annotations

from typing import Annotated

import typer

from naru.commands.common import Json, Plan, Verbose, checked_cloud, finish, plain_app, print_json
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
def verify_scaling(
    context: typer.Context,
    *,
    cloud: Annotated[str, typer.Option("--cloud", help="Cloud whose stand-in is loaded.")],
    product: OptionalProduct = DEFAULT_PRODUCT,
    work: OptionalWork = None,
    reuse: Annotated[bool, typer.Option("--reuse", help="Passed evidence of the very same subject counts.")] = False,
    plan: Plan = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """An open-loop traffic step that the HPA must answer; writes signed evidence and plots."""
    from naru.steps.verify_scaling import plan_scaling
    from naru.steps.verify_scaling import verify_scaling as verify
    from naru.wiring.base import console, release_folder
    from naru.wiring.config import load_cloud
    from naru.wiring.scaling import scaling_ports, scaling_request

    folder = release_work(product, context, work)
    known = product_of(release_folder(folder), product)
    config = load_cloud(checked_cloud(cloud, known.clouds))
    ports = scaling_ports(config, folder, console(verbose=verbose, quiet=as_json or plan))
    request = scaling_request(config, reuse=reuse)
    if plan:
        print_json(plan_scaling(request, ports).plain)
        return
    finish(verify(request, ports), as_json=as_json)
