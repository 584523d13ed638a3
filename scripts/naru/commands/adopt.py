"""`./naru adopt`: naru becomes the owner of what the release names, without changing a value."""

from __future__ import annotations

from typing import Annotated

import typer

from naru.commands.common import Json, Plan, ProductName, Work, checked_cloud, finish, plain_app, print_json
from naru.model.words import Role

app = plain_app()


@app.command()
def adopt(
    *, work: Work, cloud: Annotated[str, typer.Option("--cloud", help="One cloud.")],
    role: Annotated[Role, typer.Option("--role", help="target: the cloud itself; verify: its stand-in.")] = Role.target,
    product: ProductName = "khan-monitoring", plan: Plan = False, json: Json = False,
) -> None:
    """Take over objects that kubectl apply or another manager owns; what the release does not name keeps its owner."""
    from naru.core.manifests import objects_of
    from naru.steps.adopt import adopt as step
    from naru.steps.adopt import plan_adoption
    from naru.wiring.base import effects, release_folder
    from naru.wiring.clusters import cluster
    from naru.wiring.config import load_cloud, load_product

    name = checked_cloud(cloud, tuple(load_product(product).clouds))
    config, folder = load_cloud(name), release_folder(work)
    objects = objects_of(folder.read_raw(f"rendered/{name}.yaml"), f"rendered/{name}.yaml")
    found = cluster(config, role)
    if plan:
        print_json({"objects": [item.plain() for item in plan_adoption(found, objects, config.namespace)]})
        return
    finish(step(found, objects, config.namespace, effects(folder, "adopt")), as_json=json)
