"""All files of a new product, worked out whole; and what they mean beside the files that are there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from naru.core.init_apps import FoundApp, apps_of
from naru.core.init_base import base_files
from naru.core.init_cloud import cloud_yaml, overlay_kustomization, port_blocks
from naru.core.init_facts import Facts, claims_of, facts_of
from naru.core.init_found import Found
from naru.core.init_images import OwnImage, foreign_images, own_images
from naru.core.init_marks import Mark, as_planned, marks_in
from naru.core.init_product import next_command, product_yaml
from naru.core.init_request import InitRequest
from naru.core.overlay_patch import NewImage, NewRelease
from naru.core.workloads import of_kind
from naru.errors import Judged, Malformed
from naru.model.cloud import CloudConfig

MOST_VOLUMES = 4
"""Local volumes of each StorageClass that `clouds up` makes (kind/sandbox.yaml)."""


@dataclass(frozen=True)
class InitPlan:
    """The files, by path in the clone, and what to tell about them."""

    files: dict[str, bytes]
    cloud_names: tuple[str, ...]
    notes: tuple[str, ...]
    next_command: str
    images: tuple[OwnImage, ...]

    @property
    def trial(self) -> NewRelease:
        """A release that tries whether the overlays can be patched; it never leaves this process."""
        digest = "sha256:" + "1" * 64
        images = tuple(NewImage(image.name, image.repository, "0.0.1", digest) for image in self.images)
        return NewRelease("0.0.1", "trial-0.0.1", "1" * 40, images)


@dataclass(frozen=True)
class Standing:
    """The plan against the files that are there."""

    missing: tuple[str, ...]
    """Paths to write."""
    marks: tuple[Mark, ...]
    """What is to be filled in, in the files as they will be."""


def plan_init(request: InitRequest, found: Found, others: Sequence[CloudConfig]) -> InitPlan:
    """Everything that `init` would write; raises Missing or Malformed where that cannot be."""
    objects = found.objects
    own = own_images(request.name, objects, request.own_images)
    apps = apps_of(request, objects, own)
    facts = facts_of(found, apps)
    namespace = request.namespace or found.namespace or request.name
    ports = port_blocks(others, len(request.clouds))
    if len(ports) < len(request.clouds):
        raise Malformed(f"There are ports for {len(ports)} more clouds on this machine, and {len(request.clouds)} are asked for.")
    base = base_files(request, found, apps, own, foreign_images(objects, own))
    files = {f"pipelines/products/{request.name}.yaml": product_yaml(request, own).encode()}
    files |= {f"overlays/{request.base_folder}/{name}": data for name, data in base.items()}
    for cloud, port in zip(request.clouds, ports, strict=True):
        folder = f"overlays/{request.folder(cloud)}"
        files[f"{folder}/kustomization.yaml"] = overlay_kustomization(request, cloud, own, namespace).encode()
        files[f"{folder}/cloud.yaml"] = cloud_yaml(request, cloud, apps, facts, port=port, namespace=namespace).encode()
    names = tuple(request.folder(cloud) for cloud in request.clouds)
    notes = (*_image_notes(own), *_app_notes(apps, facts), *_volume_notes(found), *_left_out(found), *found.notes, _sandbox_note(names))
    return InitPlan(files, names, notes, next_command(request), own)


def standing(plan: InitPlan, there: Mapping[str, bytes]) -> Standing:
    """What is left to write; raises Judged where a file is there that says something else: nothing is ever overwritten."""
    other = [path for path, data in plan.files.items() if path in there and not as_planned(data, there[path])]
    if other:
        more = f" and {len(other) - 1} more" if len(other) > 1 else ""
        raise Judged(f"{other[0]}{more} is there already and says something else; nothing was written.",
                     hint="Give another --name, or remove the files to begin anew.")
    return Standing(tuple(path for path in plan.files if path not in there), marks_in({path: there.get(path, data) for path, data in plan.files.items()}))


def _image_notes(own: Sequence[OwnImage]) -> list[str]:
    return [f"{image.ref.full} is taken for an image that this product builds, and released as {image.repository} (else: --own-image)." for image in own]


def _app_notes(apps: Sequence[FoundApp], facts: Facts) -> list[str]:
    notes = [
        f"{app.kind}/{app.name} is reached by Service/{app.service}" + _service_note(app) for app in apps
    ]
    if facts.scaling_unproven:
        notes.append(facts.scaling_unproven + " Each release needs a waiver for it (docs/your-own-product.md).")
    if apps[0].replicas < 2:
        notes.append(f"{apps[0].name} has fewer than two pods: a rollout of it loses requests, and the static checks say so.")
    notes.append("Each app must repeat RELEASE_VERSION, CLOUD and POD_NAME of its environment in the headers X-Naru-Version, X-Naru-Cloud and "
                 "X-Naru-Pod of its answers: by these Naru tells who answered.")
    return notes


def _service_note(app: FoundApp) -> str:
    if app.made_service is not None:
        return ", which is new: there was only a headless one."
    return "." if app.balanced else ", which becomes a LoadBalancer."


def _volume_notes(found: Found) -> list[str]:
    asked = sum(count for _, count in claims_of(found.objects))
    notes = [f"{asked} volumes are asked for; the stand-ins have {MOST_VOLUMES} of each class: raise volumes_per_class in kind/sandbox.yaml."] \
        if asked > MOST_VOLUMES else []
    for workload in of_kind(found.objects, "StatefulSet"):
        strategy = (workload["spec"].get("updateStrategy") or {}).get("type")
        if strategy == "OnDelete":
            notes.append(f"StatefulSet/{workload['metadata']['name']} updates OnDelete: a release changes nothing until its pods are deleted, "
                         "so that no rollout can pass. Use RollingUpdate.")
    return notes


def _left_out(found: Found) -> list[str]:
    return [f"{entry[:300]} was left out." for entry in found.left_out]


def _sandbox_note(names: Sequence[str]) -> str:
    return (f"For targets on this machine, enter a registry for {', '.join(names)} under target_registries in kind/sandbox.yaml; for a real "
            "cluster, `target` in cloud.yaml.")
