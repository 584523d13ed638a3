"""Renders a commit of the config repository again for the gate: bytes, hashes, scope of proof, as patch_overlays did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from naru.core.kustomization_lint import lint_overlay
from naru.core.manifests import objects_of, sha256_of
from naru.core.overlay_patch import overlay_folder
from naru.core.overlay_set import picture_of
from naru.core.scope import scope_of_proof
from naru.core.substitution import substituted
from naru.edge.git_repo import GitRepo
from naru.model.cloud import CloudConfig
from naru.steps.promotion_ports import RenderedCloud
from naru.wiring.overlays import GitTrees, TreeRenderer, stand_in_version


class Trees(Protocol):
    """Renders trees in memory."""

    def render_tree(self, tree: Mapping[str, bytes], folders: Sequence[str]) -> dict[str, bytes]:
        """Folder → rendered bytes."""
        ...


class CommitRenderer:
    """Implements promotion's Renderer; a commit never changes, so that it is rendered once for all clouds."""

    def __init__(self, repo: GitRepo, renderer: Trees | None = None) -> None:
        self._trees = GitTrees(repo)
        self._renderer = renderer or TreeRenderer()
        self._done: dict[tuple[str, tuple[str, ...]], dict[str, RenderedCloud]] = {}

    def render(self, commit: str, clouds: Sequence[CloudConfig]) -> dict[str, RenderedCloud]:
        """Cloud → what its overlay at the commit renders to now."""
        key = commit, tuple(cloud.name for cloud in clouds)
        if key not in self._done:
            self._done[key] = self._render(commit, clouds)
        return self._done[key]

    def _render(self, commit: str, clouds: Sequence[CloudConfig]) -> dict[str, RenderedCloud]:
        tree = self._trees.read(commit)
        folders = {cloud.name: overlay_folder(cloud.name) for cloud in clouds}
        for folder in folders.values():
            lint_overlay(tree, folder)
        out = self._renderer.render_tree(tree, list(folders.values()))
        return {cloud.name: _cloud(tree, cloud, out[folders[cloud.name]]) for cloud in clouds}


def _cloud(tree: Mapping[str, bytes], cloud: CloudConfig, rendered: bytes) -> RenderedCloud:
    """The installed cloud.yaml says what is substituted and what is proven, never the candidate's."""
    where = f"the rendered overlay of {cloud.name}"
    scope = scope_of_proof(
        objects_of(rendered, where), cloud=cloud.name, proven_deployment=cloud.app(cloud.proven_app).deployment,
        substitutions=cloud.substitutions, picture=picture_of(tree, cloud.name), stand_in_version=stand_in_version(),
    )
    applied = substituted(rendered, where, cloud.substitutions)
    return RenderedCloud(rendered, sha256_of(rendered), sha256_of(applied), scope)
