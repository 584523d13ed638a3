"""Stops a release for good: no promotion of it begins any more, and one that soaks stops after its cloud."""

from __future__ import annotations

from naru.commands.common import Json, ProductName, finish, plain_app
from naru.commands.statement_options import By, Key, Reason, Version

app = plain_app()


@app.command()
def abort(
    *, version: Version, reason: Reason, by: By, key: Key = None, product: ProductName = "khan-monitoring", json: Json = False
) -> None:
    """Abort a release; what it already runs on is taken back with ./naru rollback."""
    from naru.steps.statements import add_abort
    from naru.wiring.statements import asked

    ports, maker = asked(product, "abort", by, reason, key)
    finish(add_abort(ports, maker, version=version), as_json=json)
