"""Connects build_images to buildah, the source repository, the state folder and the data files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from naru.core.config_file import parse_config
from naru.edge.base_store import BaseStore
from naru.edge.build_workshop import BuildWorkshop, full_disk_told
from naru.edge.files import read_capped
from naru.edge.git_progress import Bars
from naru.edge.image_build import ImageBuilder
from naru.errors import Missing
from naru.model.base_image import BaseDefinition
from naru.model.build import FailureRule, FailureRules
from naru.model.product import Product
from naru.steps import build_images as step
from naru.steps.outcome import Outcome
from naru.steps.ports import Progress
from naru.wiring.base import CLONE, effects, release_folder, state_dir
from naru.wiring.git import source_repo

RULES = Path(__file__).resolve().parents[1] / "data" / "build_failures"
MAX_FILE = 1024 * 1024
LEAST_FREE = 2 * 1024**3
"""Bytes; NARU_LEAST_FREE overrules."""


def build_images(product: Product, work: Path, progress: Progress) -> Outcome:
    """Stage 2 on this machine; one build at a time, others wait."""
    folder = release_folder(work)
    with state_dir().lock("build", doing=f"the build in {work}", wait=True), full_disk_told("the build"):
        return step.build_images(product, folder, build_tools(product, progress), effects(folder, "build-images"), progress)


def planned_images(product: Product, work: Path) -> dict[str, Any]:
    """What stage 2 would do."""
    return step.plan_images(product, release_folder(work), build_tools(product))


def build_tools(product: Product, bars: Bars | None = None) -> step.BuildTools:
    """The real tools; `bars` show a long fetch of the source."""
    state = state_dir()
    bases = BaseStore(state.cache("bases"))
    return step.BuildTools(
        source=lambda: source_repo(product, bars), workshop=BuildWorkshop(state.folder("build")), bases=bases,
        builder=ImageBuilder(state.cache("buildah"), state.cache("images"), bases),
        definitions=base_definitions(), rules=failure_rules(), cache=state.cache(),
        least_free=int(os.environ.get("NARU_LEAST_FREE") or LEAST_FREE),
    )


def base_definitions(root: Path = CLONE) -> dict[str, BaseDefinition]:
    """Every base of pipelines/bases, by name; raises Missing with file and line."""
    found = {}
    for path in sorted((root / "pipelines" / "bases").glob("*.yaml")):
        definition = parse_config(read_capped(path, MAX_FILE), BaseDefinition, str(path.relative_to(root)))
        if definition.name != path.stem:
            raise Missing(f"{path.relative_to(root)} says it is '{definition.name}'.", hint="Name and file must agree.")
        found[definition.name] = definition
    return found


def failure_rules(folder: Path = RULES) -> tuple[FailureRule, ...]:
    """All rules, in the order of the files' names and of their lines."""
    files = sorted(folder.glob("*.yaml"))
    return tuple(rule for path in files for rule in parse_config(read_capped(path, MAX_FILE), FailureRules, path.name).rules)
