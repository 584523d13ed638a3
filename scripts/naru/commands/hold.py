"""Holds: stop promotion to a cloud or to all, lift it again, list what is in force."""

from __future__ import annotations

from naru.commands.common import Json, ProductName, finish, plain_app
from naru.commands.statement_options import By, Cloud, Key, Reason, Version

app = plain_app()


@app.command()
def add(
    *, reason: Reason, by: By, cloud: Cloud = "all", version: Version = "", key: Key = None,
    product: ProductName = "khan-monitoring", json: Json = False,
) -> None:
    """Hold one cloud or all; with --version only that release."""
    from naru.steps.statements import add_hold
    from naru.wiring.statements import asked

    ports, maker = asked(product, "hold", by, reason, key)
    finish(add_hold(ports, maker, cloud=cloud, version=version), as_json=json)


@app.command()
def lift(file: str, *, reason: Reason, by: By, key: Key = None, product: ProductName = "khan-monitoring", json: Json = False) -> None:
    """Lift a hold by the file name that `hold list` shows."""
    from naru.steps.statements import take_back
    from naru.wiring.statements import asked

    ports, maker = asked(product, "hold", by, reason, key)
    finish(take_back(ports, maker, target=file), as_json=json)


@app.command("list")
def list_all(product: ProductName = "khan-monitoring", json: Json = False) -> None:
    """Everything in force: holds, freezes, approvals, waivers, aborts."""
    from naru.steps.statements import listed
    from naru.wiring.config import load_product
    from naru.wiring.statements import statement_ports

    finish(listed(statement_ports(load_product(product), "hold")), as_json=json)
