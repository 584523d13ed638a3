"""`./naru build-images`: stage 2."""

from __future__ import annotations

from naru.commands.common import Json, Plan, Verbose, Work, finish, plain_app, print_json

app = plain_app()


@app.command()
def build_images(
    *, work: Work, plan: Plan = False, as_json: Json = False, verbose: Verbose = False
) -> None:
    """Images from a clean export of the tagged commit, reproducibly; writes images.json, SBOMs and build.log."""
    from naru.model.release import Release
    from naru.wiring.base import console, release_folder
    from naru.wiring.build import build_images, planned_images
    from naru.wiring.config import load_product

    product = load_product(release_folder(work).read(Release, "release.json").product)
    if plan:
        print_json(planned_images(product, work))
        return
    finish(build_images(product, work, console(verbose=verbose)), as_json=as_json)
