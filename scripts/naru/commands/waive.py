"""A person's signed waiver: answers for a field class that no stand-in exercised."""

from __future__ import annotations

from typing import Annotated

import typer

from naru.commands.common import Json, ProductName, finish, plain_app
from naru.commands.statement_options import By, Cloud, Key, Reason, ValidFor, Version

app = plain_app()


@app.command()
def waive(
    *, version: Version, reason: Reason, by: By,
    field_class: Annotated[str, typer.Option("--field-class", help="As the scope of proof names it.")],
    cloud: Cloud = "all", valid_for: ValidFor = "7d", key: Key = None,
    product: ProductName = "khan-monitoring", json: Json = False,
) -> None:
    """Waive one field class of one release."""
    from naru.core.durations import duration
    from naru.steps.statements import add_waiver
    from naru.wiring.statements import asked

    ports, maker = asked(product, "waive", by, reason, key)
    valid = duration(valid_for, option="--valid-for")
    finish(add_waiver(ports, maker, version=version, cloud=cloud, field_class=field_class, valid=valid), as_json=json)
