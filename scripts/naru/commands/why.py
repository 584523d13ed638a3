"""Why was this allowed on a cloud? Answered from the config repository alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from naru.commands.common import Json, ProductName, checked_cloud, finish, plain_app

app = plain_app()


@app.command()
def why(
    cloud: str, *,
    clone: Annotated[Path | None, typer.Option("--clone", help="Any clone of the config repository, instead of the remote.", file_okay=False)] = None,
    commit: Annotated[str, typer.Option("--commit", help="An earlier commit of the cloud's branch, by its full id.")] = "",
    product: ProductName = "khan-monitoring", json: Json = False,
) -> None:
    """Which evidence allowed what the cloud runs, under which limits, and what was not proven."""
    from naru.steps.why import why_cloud
    from naru.wiring.config import load_product
    from naru.wiring.people import trusted_keys
    from naru.wiring.why import repository

    loaded = load_product(product)
    checked_cloud(cloud, loaded.clouds)
    finish(why_cloud(repository(loaded, clone), cloud, trusted_keys(loaded), commit=commit), as_json=json)
