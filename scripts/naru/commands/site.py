"""`naru site`: all releases × clouds as one static page, with history and trends."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from naru.commands.common import Json, Plan, ProductName, finish, plain_app, print_json

app = plain_app()

WorkRoot = Annotated[Path, typer.Option("--work", help="Folder with PRODUCT/VERSION release folders; what is not there is left out.", file_okay=False)]


@app.command()
def site(
    *, work: WorkRoot = Path("work"),
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the page; WORK/site/PRODUCT if not given.", file_okay=False)] = None,
    product: ProductName = "khan-monitoring", plan: Plan = False, as_json: Json = False,
) -> None:
    """Write index.html and site.json from the clouds' branches and the release folders."""
    from naru.steps.site import site as write
    from naru.wiring.base import release_folder
    from naru.wiring.config import load_product
    from naru.wiring.site import site_ports

    loaded = load_product(product)
    place = out or work / "site" / loaded.name
    if plan:
        print_json({"writes": [str(place / name) for name in ("index.html", "site.json")]})
        return
    ports = site_ports(loaded, work, place)
    outcome = write(ports, loaded.name, {str(word): text for word, text in loaded.title.items()}, loaded.clouds, output=release_folder(place), page=page)
    finish(outcome, as_json=as_json)
    if not as_json:
        print(f"The page: {place / 'index.html'}")


def page(values: dict[str, Any]) -> str:
    """The page of these values."""
    from naru.edge.report_page import render_page

    return render_page("site.html.j2", **values)
