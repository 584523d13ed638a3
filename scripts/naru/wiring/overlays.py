"""Connects the overlay stage and `diff` to the config repository, the pinned kustomize and the schemas."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from naru.edge.files import read_capped
from naru.edge.git_progress import Bars
from naru.edge.git_repo import GitRepo
from naru.edge.kustomize import Kustomize
from naru.edge.manifest_schemas import ManifestSchemas
from naru.edge.overlay_tree import read_tree, write_tree
from naru.model.product import Product
from naru.steps import diff_overlays
from naru.steps.overlay_candidate import Ports
from naru.steps.ports import Progress
from naru.wiring.base import CLONE, effects, release_folder
from naru.wiring.git import SANDBOX, config_repo

OVERLAYS = "overlays"


class GitTrees:
    """Overlay trees of a Git repository."""

    def __init__(self, repo: GitRepo) -> None:
        self._repo = repo

    def read(self, commit: str) -> dict[str, bytes]:
        """Every file below overlays/ at a commit; raises Missing for links, submodules and large files."""
        with tempfile.TemporaryDirectory(prefix="naru-tree-") as folder:
            self._repo.export(commit, Path(folder), only=OVERLAYS)
            return read_tree(Path(folder), OVERLAYS)


class TreeRenderer:
    """Renders trees that are in memory."""

    def __init__(self, kustomize: Kustomize | None = None) -> None:
        self._kustomize = kustomize or Kustomize()

    @property
    def version(self) -> str:
        """Version of kustomize."""
        return self._kustomize.version

    def render_tree(self, tree: Mapping[str, bytes], folders: Sequence[str]) -> dict[str, bytes]:
        """Folder → rendered bytes, all at once; the tree must have passed kustomization_lint."""
        with tempfile.TemporaryDirectory(prefix="naru-render-") as folder:
            write_tree(Path(folder), tree)
            return self._kustomize.render_all(Path(folder), folders)


def patch_ports(product: Product, work: Path, progress: Progress) -> Ports:
    """What patch_overlays reaches; in the sandbox the bare repositories are made first."""
    repo = opened_config(product, progress)
    folder = release_folder(work)
    return Ports(
        repo=repo, trees=GitTrees(repo), renderer=TreeRenderer(), schemas=ManifestSchemas(), stand_in_version=stand_in_version(),
        folder=folder, effects=effects(folder, "patch_overlays"), progress=progress,
    )


def opened_config(product: Product, bars: Bars | None = None) -> GitRepo:
    """The config repository's private copy, fresh; `bars` show a long fetch."""
    if product.config.url == SANDBOX:
        from naru.wiring.sandbox import ensure_sandbox

        ensure_sandbox()
    return config_repo(product, bars)


def stand_in_version(root: Path = CLONE) -> str:
    """Kubernetes version of the verification clusters, from the node image's list; empty where it does not say."""
    text = read_capped(root / "kind" / "node" / "images.yaml", 1024 * 1024).decode("utf-8", "replace")
    match = re.search(r"kube-apiserver:(v[0-9]+\.[0-9]+\.[0-9]+)", text)
    return match[1] if match else ""


def diff_ports(product: Product) -> diff_overlays.Ports:
    """What `diff` reads."""
    repo = opened_config(product)
    return diff_overlays.Ports(repo=repo, trees=GitTrees(repo), renderer=TreeRenderer())
