"""`naru clean`: what naru can build again, old images and registry garbage; releases, clusters and evidence stay."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from naru.commands.common import plain_app
from naru.edge.docker import Docker
from naru.edge.node_image import REPOSITORY as NODE_IMAGES
from naru.edge.stand_ins import REPOSITORY as STAND_IN_IMAGES
from naru.edge.state_dir import StateDir
from naru.errors import OutsideDown
from naru.wiring import clouds as wiring

app = plain_app()

GARBAGE_SECONDS = 300.0


@app.command()
def clean(
    caches: Annotated[bool, typer.Option("--caches", help="Also the build caches: the next cold build takes minutes.")] = False,
) -> None:
    """Remove old images of ours and what no tag in the sandbox's registries leads to."""
    state = StateDir.from_environment()
    with state.lock("clouds", doing="clean"):
        done = [*_old_images(state), *_registry_garbage()] if Docker().running() else []
        if caches:
            done += _caches(state.cache())
    for line in done:
        print(line)
    if not done:
        print("There was nothing to remove.")


def _old_images(state: StateDir) -> list[str]:
    docker = Docker()
    current = {wiring.node_image_builder(state).tag, wiring.stand_ins(state).tag}
    gone = []
    for tag in [*docker.images(NODE_IMAGES), *docker.images(f"{NODE_IMAGES}-base"), *docker.images(STAND_IN_IMAGES)]:
        if tag in current:
            continue
        try:
            docker.remove_image(tag)
        except OutsideDown:
            continue  # a container still uses it; `clouds down` frees it
        gone.append(f"removed image {tag}")
    return gone


def _registry_garbage() -> list[str]:
    docker, sandbox = Docker(), wiring.load_sandbox()
    done = []
    for place in (sandbox.release_registry, *sandbox.target_registries.values()):
        found = docker.inspect(place.container)
        if found is None or not found["State"]["Running"]:
            continue
        argv = ["docker-registry", "garbage-collect", "--delete-untagged", "/etc/naru-registry/config.json"]
        freed = docker.exec(place.container, argv, timeout=GARBAGE_SECONDS).stdout.count("blob eligible for deletion")
        if freed:
            done.append(f"removed {freed} blobs from {place.container}")
    return done


def _caches(folder: Path) -> list[str]:
    gone = []
    for path in sorted(folder.iterdir()):
        for inner in path.rglob("*"):
            if inner.is_dir() and not inner.is_symlink():
                inner.chmod(0o700)  # Go's module cache is read-only
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        gone.append(f"removed cache {path.name}")
    return gone
