"""Takes a cloud back to its last verified release, by Git commit; the cluster follows."""

from __future__ import annotations

from typing import Annotated

import typer

from naru.commands.common import Json, Plan, ProductName, Verbose, checked_cloud, finish, plain_app, print_json

app = plain_app()


@app.command()
def rollback(
    cloud: str, *,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the commit and in the hold.")] = "",
    product: ProductName = "khan-monitoring", plan: Plan = False, json: Json = False, verbose: Verbose = False,
) -> None:
    """Hold what the cloud runs now, and go back."""
    from naru.errors import Malformed
    from naru.steps.rollback import plan_back, roll_back
    from naru.wiring.base import console, state_dir
    from naru.wiring.config import load_product
    from naru.wiring.people import people_keys
    from naru.wiring.promotion import back_ports, run_by

    loaded = load_product(product)
    checked_cloud(cloud, loaded.clouds)
    ports = back_ports(loaded, cloud, console(verbose=verbose))
    if plan:
        print_json(plan_back(ports, loaded.name, cloud, people_keys(loaded)))
        return
    if not reason.strip():
        raise Malformed("A reason is needed.", hint="--reason 'why'")
    with state_dir().lock(f"rollback-{loaded.name}-{cloud}", doing=f"rollback {cloud}"):
        finish(roll_back(ports, loaded.name, cloud, people_keys(loaded), reason=reason, by=run_by()), as_json=json)
