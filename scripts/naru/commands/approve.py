"""A person's signed yes to exactly the bytes of a release."""

from __future__ import annotations

from typing import Annotated

import typer

from naru.commands.common import Json, ProductName, Work, finish, plain_app
from naru.commands.product_options import product_of
from naru.commands.statement_options import By, Key, Reason, ValidFor

app = plain_app()


@app.command()
def approve(
    *, work: Work, by: By, reason: Reason = "approved",
    cloud: Annotated[list[str] | None, typer.Option("--cloud", help="Only this cloud; may be given several times.")] = None,
    valid_for: ValidFor = "7d", key: Key = None,
    withdraw: Annotated[str, typer.Option("--withdraw", help="File name of an approval to withdraw instead.")] = "",
    product: ProductName = "khan-monitoring", json: Json = False,
) -> None:
    """Approve the release in --work, signed with your key; a line marked csap needs two people, none of them an author."""
    from naru.core.durations import duration
    from naru.model.overlays import Overlays
    from naru.model.release import Release
    from naru.steps.statements import add_approval, take_back
    from naru.wiring.base import release_folder
    from naru.wiring.statements import asked

    folder = release_folder(work)
    ports, maker = asked(product_of(folder, product).name, "approve", by, reason, key)
    if withdraw:
        finish(take_back(ports, maker, target=withdraw), as_json=json)
        return
    valid = duration(valid_for, option="--valid-for")
    release, overlays = folder.read(Release, "release.json"), folder.read(Overlays, "overlays.json")
    finish(add_approval(ports, maker, release, overlays, clouds=tuple(cloud or ()), valid=valid), as_json=json)
