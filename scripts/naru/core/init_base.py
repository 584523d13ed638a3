"""The base of a product's overlays: the application's own manifests, and what Naru must add so that it can prove them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from naru.core.init_apps import FoundApp
from naru.core.init_found import Found
from naru.core.init_images import ImageRef, OwnImage
from naru.core.init_marks import marked
from naru.core.init_request import InitRequest
from naru.core.workloads import containers
from naru.core.yaml_text import indented, scalar, yaml_documents, yaml_text

ZEROS = "sha256:" + "0" * 64
IDENTITY = ("RELEASE_VERSION", "CLOUD", "POD_NAME")
"""Environment variables that the app is asked to repeat in the headers X-Naru-Version, X-Naru-Cloud and X-Naru-Pod."""


def base_files(
    request: InitRequest, found: Found, apps: Sequence[FoundApp], own: Sequence[OwnImage], foreign: Sequence[ImageRef]
) -> dict[str, bytes]:
    """Path inside the base folder → bytes."""
    files = _object_files(found)
    made = [app.made_service for app in apps if app.made_service is not None]
    if made:
        files[_free("home-service.yaml", files)] = yaml_documents(made).encode()
    patches: list[Mapping[str, Any]] = []
    resources = sorted(files)
    for app in apps:
        file = _free(f"tell-{app.name}.yaml", files)
        operations = tell_operations(request, app)
        if operations:
            files[file] = yaml_text(operations).encode()
            patches.append({"path": file, "target": {"kind": app.kind, "name": app.name}})
    open_service = [{"op": "add", "path": "/spec/type", "value": "LoadBalancer"}]
    closed = sorted({app.service for app in apps if not app.balanced})
    patches += [{"target": {"kind": "Service", "name": service}, "patch": yaml_text(open_service)} for service in closed]
    files["kustomization.yaml"] = _kustomization(request, resources, own, foreign, patches).encode()
    return files


def tell_operations(request: InitRequest, app: FoundApp) -> list[dict[str, Any]]:
    """The JSON patch that tells the app's container its release, cloud and pod, beside what it is told already."""
    container = containers(app.workload, init=False)[app.container]
    place = f"/spec/template/spec/containers/{app.container}"
    told = {str(entry.get("name")) for entry in container.get("env") or []}
    source = {"configMapRef": {"name": release_map(request)}}
    pod = {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    operations = [_added(f"{place}/envFrom", source, there=bool(container.get("envFrom")))]
    if "POD_NAME" not in told:
        operations.append(_added(f"{place}/env", pod, there=bool(container.get("env"))))
    return operations


def release_map(request: InitRequest) -> str:
    """Name of the ConfigMap that says which release and cloud this is."""
    return f"{request.name}-release"


def _added(path: str, value: Any, *, there: bool) -> dict[str, Any]:
    return {"op": "add", "path": f"{path}/-" if there else path, "value": value if there else [value]}


def _object_files(found: Found) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for source in found.files:
        data = source.data or yaml_documents(list(source.objects)).encode()
        files[_free(_file_name(source.path), files)] = data
    return files


def _file_name(path: str) -> str:
    """A plain file's name in the base folder: folders become hyphens, what may not stand in a name too."""
    stem = re.sub(r"\.(ya?ml|json)\Z", "", path, flags=re.IGNORECASE)
    clean = re.sub(r"[^a-z0-9.-]+", "-", stem.lower(), flags=re.ASCII).strip(".-")[:100] or "objects"
    return f"{clean}.yaml"


def _free(name: str, files: Mapping[str, bytes]) -> str:
    taken = {*files, "kustomization.yaml"}
    stem = name.removesuffix(".yaml")
    return next(free for free in (f"{stem}{tail}.yaml" for tail in ("", *(f"-{number}" for number in range(2, 5000)))) if free not in taken)


def _kustomization(
    request: InitRequest, resources: Sequence[str], own: Sequence[OwnImage], foreign: Sequence[ImageRef], patches: Sequence[Mapping[str, Any]]
) -> str:
    renamed = [{"name": image.ref.full, "newName": image.name} for image in own if image.ref.full != image.name]
    parts = [
        f"# What {request.name} is in every cloud; the overlays beside this folder add what differs. Namespaces and Secrets are not\n",
        "# made here: a cloud's administrator makes them, and ./naru doctor checks that they are there.\n",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
        yaml_text({"resources": list(resources)}),
        "images:\n" + indented(yaml_text(renamed), 2) + _foreign(foreign) if renamed else "images:\n" + _foreign(foreign) if foreign else "",
        "# The name gets a hash of the content, so that a pod can never see another release's values.\n",
        yaml_text({"configMapGenerator": [{"name": release_map(request), "literals": [f"PRODUCT={request.name}"]}]}),
        yaml_text({"labels": [{
            "pairs": {"app.kubernetes.io/part-of": request.name, "app.kubernetes.io/managed-by": "naru"},
            "fields": [{"path": "spec/template/metadata/labels", "create": True, "kind": kind}
                       for kind in ("Deployment", "StatefulSet", "DaemonSet", "Job")]
            + [{"path": "spec/jobTemplate/spec/template/metadata/labels", "create": True, "kind": "CronJob"}],
        }]}),
        "# What Naru needs: each app is told its release, cloud and pod, and users come by a load balancer.\n" if patches else "",
        yaml_text({"patches": list(patches)}) if patches else "",
    ]
    return "".join(parts)


def _foreign(images: Sequence[ImageRef]) -> str:
    why = "its digest; a tag alone may be another image tomorrow"
    return "".join(
        f"  - name: {scalar(image.full)}\n" + marked(f"    digest: {ZEROS}", f"{why} ({image.full}:{image.tag or 'latest'})") + "\n"
        for image in images
    )
