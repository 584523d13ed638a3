"""`naru clouds`: the clusters of this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from naru.commands.common import Json, Verbose, checked_cloud, plain_app, print_json
from naru.edge.console import Console
from naru.edge.state_dir import StateDir
from naru.errors import Judged
from naru.model.words import Profile, Role
from naru.wiring.config import load_clouds

app = plain_app(help="The clusters that stand in for the clouds, and those that play them.", no_args_is_help=True)

Names = Annotated[list[str] | None, typer.Argument(metavar="[CLOUD]...", help="Clouds; all where none is named.")]
RoleOption = Annotated[Role | None, typer.Option("--role", help="Only the clusters that verify, or only the targets.")]


def _checked(names: list[str] | None) -> list[str]:
    known = tuple(cloud.name for cloud in load_clouds())
    return [checked_cloud(name, known) for name in names or []]


@app.command()
def up(
    clouds: Names = None,
    role: RoleOption = None,
    image: Annotated[str, typer.Option("--image", help="A public node image, where one can be pulled.")] = "",
    verbose: Verbose = False,
) -> None:
    """Make what is missing, heal what is broken, leave the rest alone."""
    from naru.commands.clouds_up import up as bring_up

    names = _checked(clouds)
    done = bring_up(names, role, Console(verbose=verbose), image=image)
    for line in done:
        print(line)
    print("All clouds are up." if done else "All clouds were up already; nothing was changed.")


@app.command()
def down(clouds: Names = None, role: RoleOption = None) -> None:
    """Remove what `up` made, volumes included, and nothing else."""
    from naru.commands.clouds_down import down as take_down

    gone = take_down(_checked(clouds), role, everything=not clouds and role is None)
    for line in gone:
        print(f"removed {line}")
    if not gone:
        print("There was nothing to remove.")


@app.command()
def status(as_json: Json = False) -> None:
    """Each cluster: state, readiness, metrics, profile, endpoints. Exit 1 unless every cluster is ready."""
    from naru.commands.clouds_status import cluster_rows

    rows = cluster_rows(StateDir.from_environment())
    if as_json:
        print_json({"clusters": rows})
    else:
        for row in rows:
            endpoints = " ".join(f"{name}={address}" for name, address in sorted(row["endpoints"].items()))
            print(f"{row['name']:<16} {row['state']:<9} {'ready' if row['ready'] else 'not ready':<10} {row['profile'] or '-':<11} {endpoints}")
    if not all(row["ready"] for row in rows):
        raise Judged("Not every cluster is ready.", hint="Run ./naru clouds up.")


@app.command()
def profile(name: Annotated[Profile, typer.Argument(help="fast or production")], clouds: Names = None) -> None:
    """Switch the timing of the clusters' own flags without making anything again."""
    from naru.commands.clouds_profile import switch

    changed = switch(name, _checked(clouds), StateDir.from_environment())
    print(f"{', '.join(changed)}: now {name}." if changed else f"All were {name} already; nothing was changed.")


@app.command()
def capture(
    cloud: Annotated[str, typer.Argument(help="The cloud whose real cluster is read; nothing is written there.")],
    as_json: Json = False,
) -> None:
    """Read a real cluster into a file that shapes its stand-in."""
    from naru.commands.clouds_capture import capture as take_picture

    picture, path = take_picture(_checked([cloud])[0], StateDir.from_environment())
    if as_json:
        print_json(picture)
    else:
        print(f"The picture of {cloud} was written to {path}.")
