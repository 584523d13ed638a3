"""Change-freezes: times in which nothing is promoted."""

from __future__ import annotations

from typing import Annotated

import typer

from naru.commands.common import Json, ProductName, finish, plain_app
from naru.commands.statement_options import By, Cloud, Key, Reason

app = plain_app()


@app.command()
def add(
    *, begin: Annotated[str, typer.Option("--begin", help="ISO 8601 with zone: 2026-12-24T00:00:00+09:00.")],
    end: Annotated[str, typer.Option("--end", help="ISO 8601 with zone.")],
    reason: Reason, by: By, cloud: Cloud = "all", key: Key = None,
    product: ProductName = "khan-monitoring", json: Json = False,
) -> None:
    """Freeze changes to one cloud or all."""
    from naru.steps.statements import add_freeze
    from naru.wiring.statements import asked

    ports, maker = asked(product, "freeze", by, reason, key)
    finish(add_freeze(ports, maker, cloud=cloud, begin=begin, end=end), as_json=json)


@app.command()
def lift(file: str, *, reason: Reason, by: By, key: Key = None, product: ProductName = "khan-monitoring", json: Json = False) -> None:
    """End a freeze early by the file name that `freeze list` shows."""
    from naru.steps.statements import take_back
    from naru.wiring.statements import asked

    ports, maker = asked(product, "freeze", by, reason, key)
    finish(take_back(ports, maker, target=file), as_json=json)


@app.command("list")
def list_all(product: ProductName = "khan-monitoring", json: Json = False) -> None:
    """Everything in force."""
    from naru.commands.hold import list_all as all_in_force

    all_in_force(product=product, json=json)
