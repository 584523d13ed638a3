"""One cloud's overlay: its kustomization and its cloud.yaml, as text with the reasons beside the values."""

from __future__ import annotations

from collections.abc import Sequence

from naru.core.clusters import PORTS_PER_CLOUD
from naru.core.init_apps import FoundApp
from naru.core.init_base import ZEROS, release_map
from naru.core.init_facts import Facts
from naru.core.init_images import OwnImage
from naru.core.init_marks import UNKNOWN_HOST, marked
from naru.core.init_request import CloudAnswer, InitRequest
from naru.core.yaml_text import indented, scalar, yaml_text
from naru.model.cloud import CloudConfig

FIRST_PORT, LAST_PORT = 18_300, 18_990
"""Loopback ports of the stand-ins' load balancers; those of the sample product lie below."""


def port_blocks(others: Sequence[CloudConfig], wanted: int) -> list[int]:
    """First ports of `wanted` blocks that no other cloud's apps use."""
    taken = {app.endpoint_port // PORTS_PER_CLOUD for cloud in others for app in cloud.apps}
    free = [port for port in range(FIRST_PORT, LAST_PORT, PORTS_PER_CLOUD) if port // PORTS_PER_CLOUD not in taken]
    return free[:wanted]


def overlay_kustomization(request: InitRequest, cloud: CloudAnswer, own: Sequence[OwnImage], namespace: str) -> str:
    """kustomization.yaml of one cloud."""
    images = [{"name": image.name, "newName": f"{registry(cloud)}/{image.repository}", "newTag": "0.0.0", "digest": ZEROS} for image in own]
    return (
        f"# What {cloud.name} runs. A release changes only newName, newTag and digest below, and RELEASE_VERSION.\n"
        "# The digest of zeros is a placeholder: no registry has it, so nothing can start before the first release.\n"
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        + yaml_text({"namespace": namespace, "resources": [f"../{request.base_folder}"], "images": images})
        + yaml_text({"configMapGenerator": [{
            "name": release_map(request), "behavior": "merge", "literals": ["RELEASE_VERSION=0.0.0", f"CLOUD={request.folder(cloud)}"],
        }]})
    )


def registry(cloud: CloudAnswer) -> str:
    """The cloud's own registry, or a name that never resolves."""
    return cloud.host or f"registry.{cloud.name}.{UNKNOWN_HOST}"


def cloud_yaml(request: InitRequest, cloud: CloudAnswer, apps: Sequence[FoundApp], facts: Facts, *, port: int, namespace: str) -> str:
    """cloud.yaml of one cloud; passes the parser as it stands."""
    host = f"  host: {scalar(registry(cloud))}"
    return "".join([
        "schema_number: 1\n",
        yaml_text({"name": request.folder(cloud), "title": {"en": cloud.name, "ko": cloud.name}, "namespace": namespace, "pod_prefix": ""}),
        "registry:\n", host if cloud.host else marked(host, f"the host of {cloud.name}'s own registry"), "\n",
        "apps:\n", *(_app(request, app, port + number) for number, app in enumerate(apps)),
        _proven(apps[0], facts),
        "# What the load balancer in front of all clouds asks. The home page cannot lie; a health page can.\n",
        yaml_text({"gslb": {"path": apps[0].home}}),
        "# What a release changes besides images, relative to this folder.\n",
        yaml_text({"patched_fields": [{
            "file": "kustomization.yaml", "path": "configMapGenerator.0.literals.0", "value": "RELEASE_VERSION={version}",
        }]}),
        _stand_in(facts),
        _conditions(facts),
        "# Field classes that the stand-in does not exercise, and what covers them instead (`waiver`: a person must sign for it).\n",
        yaml_text({"uncovered": facts.uncovered}),
        "# Where this cloud is meant to differ from the others (./naru diff --across flags everything else).\n",
        yaml_text({"declared_differences": {f"ConfigMap/{release_map(request)}:data.CLOUD": "which cloud this is"}}),
    ])


def _app(request: InitRequest, app: FoundApp, port: int) -> str:
    marker = request.markers.get(app.name) or request.markers.get("")
    shown = f"marker: {scalar(marker or 'FILL-IN')}"
    health = f"health_path: {scalar(app.health)}"
    lines = [
        f"- name: {scalar(app.name)}",
        *([f"  kind: {app.kind}"] if app.kind != "Deployment" else []),
        f"  deployment: {scalar(app.name)}",
        f"  service: {scalar(app.service)}",
        f"  endpoint_port: {port}",
        f"  home_path: {scalar(app.home)}",
        "  " + (health if app.health_known else marked(health, "a page that answers 200 when the app is well; its manifests name none")),
        "  " + (shown if marker else marked(shown, "a text that the home page shows, and no error page does")),
        *([] if app.autoscaled else [f"  expected_replicas: {app.replicas}"]),
    ]
    return indented("\n".join(lines) + "\n", 2)


def _proven(app: FoundApp, facts: Facts) -> str:
    why = "# Scaling and fail-over are proven on this app, rollout on all.\n"
    if facts.scaling_unproven:
        why = f"# Fail-over is proven on this app, rollout on all. {facts.scaling_unproven}\n"
    return why + yaml_text({"proven_app": app.name})


def _stand_in(facts: Facts) -> str:
    made = {
        "storage_classes": [{"name": name, "default": name == facts.default_class} for name in facts.storage_classes],
        "secrets": facts.secrets,
    }
    text = yaml_text({"stand_in": {key: value for key, value in made.items() if value}})
    note = "# What the sandbox's clusters must have. Values are for the sandbox only: a real cloud's Secrets are made by its administrator.\n"
    return note + text if any(made.values()) else ""


def _conditions(facts: Facts) -> str:
    lines = [marked(f"  {scalar(kind)}: FILL-IN", f"the condition of a {kind} that is True when it is well") for kind in facts.custom_kinds]
    return "# Kinds that are not Kubernetes' own: which condition must be True.\nconditions:\n" + "\n".join(lines) + "\n" if lines else ""
