"""Which release runs where, since when, held or not, and where a cluster is not as its branch says."""

from __future__ import annotations

from typing import Annotated

import typer

from naru.commands.common import Json, finish, plain_app

app = plain_app()


@app.command()
def status(
    *, product: Annotated[list[str] | None, typer.Option("--product", help="Only this product; may be given several times.")] = None,
    cloud: Annotated[str, typer.Option("--cloud", help="Only this cloud.")] = "",
    drift: Annotated[bool | None, typer.Option("--drift/--no-drift", help="Compare every field on the server; by itself for up to 12 sites.")] = None,
    json: Json = False,
) -> None:
    """Ask Git and every cloud; a cloud that does not answer within 5 seconds is shown as unknown."""
    from naru.steps.status import read_status, status_outcome
    from naru.wiring.status import products, sites, status_ports

    chosen = products(product or [])
    ports = status_ports(chosen)
    rows = read_status(ports, sites(chosen, cloud, fields=drift))
    finish(status_outcome(ports, rows, every_cloud=not cloud), as_json=json)
