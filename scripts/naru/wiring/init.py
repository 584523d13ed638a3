"""Connects `init` to the clone's files, the pinned kustomize, the schemas and, for reading, a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from naru.core.init_found import SourceFile, read_manifests
from naru.core.init_made import made_sources
from naru.core.init_request import InitRequest
from naru.core.kustomization_lint import lint_overlay
from naru.edge.cluster import Cluster
from naru.edge.kubeconfig import read_access
from naru.edge.manifest_files import CloneFiles, is_kustomization, read_manifest_files
from naru.edge.manifest_schemas import ManifestSchemas
from naru.edge.release_folder import ReleaseFolder
from naru.errors import Missing
from naru.steps.init_config import Ports, cluster_sources
from naru.steps.ports import Progress
from naru.wiring.base import CLONE, effects, state_dir
from naru.wiring.config import load_clouds
from naru.wiring.overlays import TreeRenderer, stand_in_version

RENDERED = "rendered.yaml"


def init_ports(request: InitRequest, progress: Progress, root: Path = CLONE) -> Ports:
    """Everything real, writing below `root`."""
    own = {request.folder(cloud) for cloud in request.clouds}
    return Ports(
        files=CloneFiles(root), renderer=TreeRenderer(), schemas=ManifestSchemas(), stand_in_version=stand_in_version(),
        others=tuple(cloud for cloud in load_clouds(root) if cloud.name not in own),
        effects=effects(ReleaseFolder(state_dir().folder("init")), "init"), progress=progress,
    )


def sources_of(request: InitRequest, manifests: Path | None, kubeconfig: Path | None) -> tuple[SourceFile, ...]:
    """The application's objects: from a folder, from a cluster, or made from the request's flags."""
    if manifests is not None:
        return read_manifests(_plain(read_manifest_files(manifests)))
    if kubeconfig is not None:
        return cluster_sources(Cluster(f"the cluster of {kubeconfig.name}", read_access(kubeconfig)), request.namespace)
    return made_sources(request)


def _plain(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files as manifests; a kustomization at the top is rendered, one below cannot be told from its bases."""
    kustomizations = [path for path in files if is_kustomization(path)]
    if not kustomizations:
        return dict(files)
    if not any("/" not in path for path in kustomizations):
        raise Missing(f"{kustomizations[0]} is a kustomization below the folder that was given.", hint="Give the folder of one overlay, or plain manifests.")
    tree = {f"app/{path}": data for path, data in files.items()}
    lint_overlay(tree, "app")
    return {RENDERED: TreeRenderer().render_tree(tree, ["app"])["app"]}
