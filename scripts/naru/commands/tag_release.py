"""`./naru tag-release`: stage 1."""

from __future__ import annotations

from typing import Annotated

import typer

from naru.commands.common import Json, Plan, Verbose, finish, plain_app, print_json
from naru.commands.product_options import (
    DEFAULT_PRODUCT,
    PASS_ON,
    OptionalProduct,
    OptionalWork,
    names_of,
    product_help,
    work_of,
)
from naru.core.product_parameters import given_parameters
from naru.core.release_names import names_from_tag
from naru.errors import Malformed

app = plain_app()

Commit = Annotated[str, typer.Option("--commit", help="Commit of a hotfix (id or its beginning); the branch's tip if not given.")]
Tag = Annotated[str, typer.Option("--tag", help="A tag that was pushed, instead of the product's parameters.")]


@app.command(context_settings=PASS_ON, epilog=product_help())
def tag_release(
    context: typer.Context,
    *,
    product: OptionalProduct = DEFAULT_PRODUCT,
    commit: Commit = "",
    tag: Tag = "",
    work: OptionalWork = None,
    plan: Plan = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """The annotated tag and the release notes, from the product's parameters or from a pushed tag."""
    from naru.wiring.base import console
    from naru.wiring.config import load_product
    from naru.wiring.release import planned_release, request_of, tag_release

    known = load_product(product)
    if tag and given_parameters(known, context.args, {}):
        raise Malformed("Give either --tag or the product's parameters, not both.")
    names = names_from_tag(known, tag) if tag else names_of(known, context)
    request = request_of(known, names, commit, from_tag=bool(tag))
    folder = work_of(known, names, work)
    shown = console(verbose=verbose, quiet=as_json or plan)
    if plan:
        print_json(planned_release(request, folder, shown).plain())
        return
    finish(tag_release(request, folder, shown), as_json=as_json)
