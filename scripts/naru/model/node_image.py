"""kind/node/images.yaml: which programs are built, and which images a node holds."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from naru.model.record import Record


class ModuleBuild(Record):
    """One folder of kind/modules."""

    folder: str
    packages: dict[str, str]
    """Program name → import path of its main package."""
    ldflags: tuple[str, ...] = ()
    seconds: float
    """Usual build time on two cores with empty caches, for the progress display only."""
    compiled_packages: int = Field(ge=1)
    """Packages that an empty cache compiles, for the progress display only."""


class ProgramImage(Record):
    """An image made of one static program."""

    name: str
    program: str
    entrypoint: tuple[str, ...]
    path: str = ""
    base: Literal["", "packages"] = ""


class NodeImageSpec(Record):
    """The file, whole."""

    modules: tuple[ModuleBuild, ...]
    images: tuple[ProgramImage, ...]
    on_node: tuple[str, ...]
