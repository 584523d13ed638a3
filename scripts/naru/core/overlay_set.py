"""All clouds of a release at once: from the tree of the config repository to what overlays.json says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from naru.core.config_checks import check_cloud
from naru.core.config_file import parse_config
from naru.core.kustomization_lint import lint_overlay
from naru.core.manifests import objects_of, sha256_of
from naru.core.overlay_patch import NewImage, NewRelease, OverlayPatch, overlay_folder, patch_overlay, patched_files
from naru.core.scope import scope_of_proof
from naru.core.static_checks import Schemas, static_findings
from naru.core.substitution import substituted
from naru.errors import Missing
from naru.model.cloud import CloudConfig
from naru.model.overlays import CloudOverlay
from naru.model.picture import ClusterPicture
from naru.model.release import Images, Release


@dataclass(frozen=True)
class PatchedTree:
    """The whole overlays/ tree after the patch, and each cloud's part of the change."""

    tree: dict[str, bytes]
    changed: dict[str, bytes]
    patches: dict[str, OverlayPatch]


@dataclass(frozen=True)
class RenderedCloud:
    """One cloud's bytes, and what is said about them."""

    overlay: CloudOverlay
    rendered: bytes
    applied: bytes


def release_values(release: Release, images: Images) -> NewRelease:
    """What the release brings into overlays; raises Missing where the two files are not of one release."""
    if release.version != images.version or release.commit != images.commit:
        raise Missing(
            f"release.json is of {release.version} at {release.commit[:12]}, images.json of {images.version} at {images.commit[:12]}.",
            hint="Run ./naru build-images again in this release folder.",
        )
    new = tuple(NewImage(image.name, image.repository, image.tag, image.digest) for image in images.images)
    return NewRelease(release.version, release.tag, release.commit, new)


def clouds_of(tree: Mapping[str, bytes], names: Sequence[str]) -> tuple[CloudConfig, ...]:
    """cloud.yaml of each named cloud, as it stands in this tree."""
    return tuple(_cloud(tree, name) for name in names)


def picture_of(tree: Mapping[str, bytes], cloud: str) -> ClusterPicture | None:
    """The captured picture of the real cluster that is committed beside cloud.yaml, or None."""
    file = f"{overlay_folder(cloud)}/picture.json"
    return ClusterPicture.from_json(tree[file], where=file) if file in tree else None


def patched_tree(tree: Mapping[str, bytes], clouds: Sequence[CloudConfig], release: NewRelease) -> PatchedTree:
    """The tree with the release in it; raises Missing with file and line, before anything is written."""
    patches: dict[str, OverlayPatch] = {}
    changed: dict[str, bytes] = {}
    for cloud in clouds:
        folder = overlay_folder(cloud.name)
        reachable = lint_overlay(tree, folder)
        _all_reachable(cloud, reachable)
        patches[cloud.name] = patch_overlay(tree, cloud, release)
        changed |= patches[cloud.name].files
    return PatchedTree({**tree, **changed}, changed, patches)


def rendered_cloud(cloud: CloudConfig, patched: PatchedTree, rendered: bytes, schemas: Schemas, stand_in_version: str) -> RenderedCloud:
    """Hashes, substitutions, scope and findings of one cloud's rendered bytes."""
    where = f"the rendered overlay of {cloud.name}"
    objects = objects_of(rendered, where)
    applied = substituted(rendered, where, cloud.substitutions)
    picture = picture_of(patched.tree, cloud.name)
    scope = scope_of_proof(
        objects, cloud=cloud.name, proven_deployment=cloud.app(cloud.proven_app).deployment,
        substitutions=cloud.substitutions, picture=picture, stand_in_version=stand_in_version,
    )
    version = (picture.kubernetes_version if picture else "") or cloud.stand_in.kubernetes_version or stand_in_version
    overlay = CloudOverlay(
        cloud=cloud.name, changes=patched.patches[cloud.name].changes, rendered_sha256=sha256_of(rendered),
        applied_sha256=sha256_of(applied), substitutions=cloud.substitutions, scope=scope,
        findings=static_findings(objects, cloud, schemas, version),
    )
    return RenderedCloud(overlay, rendered, applied)


def _cloud(tree: Mapping[str, bytes], name: str) -> CloudConfig:
    file = f"{overlay_folder(name)}/cloud.yaml"
    if file not in tree:
        known = sorted(path.split("/")[1] for path in tree if path.endswith("/cloud.yaml") and path.count("/") == 2)
        raise Missing(f"The config repository has no {file}.", hint=f"Clouds there: {', '.join(known) or 'none'}.")
    return check_cloud(parse_config(tree[file], CloudConfig, file), folder=name, where=file)


def _all_reachable(cloud: CloudConfig, reachable: frozenset[str]) -> None:
    for file in patched_files(cloud):
        if file not in reachable:
            raise Missing(f"{file} is patched by each release of {cloud.name}, but its kustomization never reads it.",
                          hint="Mend patched_fields in cloud.yaml, or the kustomization.")
