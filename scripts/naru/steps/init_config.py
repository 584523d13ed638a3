"""`init`: reads manifests or a cluster, works out product file and overlays whole, tries them, and writes what is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from naru.core.init_check import parsed_product, tried, weaknesses
from naru.core.init_found import SourceFile, check_objects, found_in
from naru.core.init_marks import Mark
from naru.core.init_plan import InitPlan, Standing, plan_init, standing
from naru.core.init_request import InitRequest
from naru.core.overlay_patch import overlay_folder
from naru.errors import Missing
from naru.model.cloud import CloudConfig
from naru.steps.effects import Effects
from naru.steps.outcome import Outcome
from naru.steps.overlay_candidate import Renderer, SchemaCheck
from naru.steps.ports import Progress

READ = (
    ("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet"), ("batch/v1", "CronJob"), ("v1", "Service"),
    ("v1", "ConfigMap"), ("v1", "PersistentVolumeClaim"), ("v1", "ServiceAccount"), ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"), ("networking.k8s.io/v1", "NetworkPolicy"), ("networking.k8s.io/v1", "Ingress"),
    ("policy/v1", "PodDisruptionBudget"), ("autoscaling/v2", "HorizontalPodAutoscaler"),
)
"""What is listed in the namespace of a cluster. Secrets are never read."""


class ListingCluster(Protocol):
    """A cluster that is only read."""

    name: str

    def list(self, api_version: str, kind: str, namespace: str = "", selector: str = "") -> list[dict[str, Any]]: ...


class ConfigFiles(Protocol):
    """The clone's configuration."""

    def there(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Those of the files that exist; raises Missing for a link."""

    def write_new(self, path: str, data: bytes) -> None:
        """Effect: write a file that is not there yet."""


@dataclass(frozen=True)
class Ports:
    """What `init` reaches."""

    files: ConfigFiles
    renderer: Renderer
    schemas: SchemaCheck
    stand_in_version: str
    others: tuple[CloudConfig, ...]
    """Clouds of the clone that are not this product's."""
    effects: Effects
    progress: Progress


def cluster_sources(cluster: ListingCluster, namespace: str) -> tuple[SourceFile, ...]:
    """The objects of a namespace, one to a file; raises Missing where the login may not list, or nothing is there."""
    objects = [obj for version, kind in READ for obj in cluster.list(version, kind, namespace)]
    claimed = [name for obj in objects if obj["kind"] == "StatefulSet" for name in _claim_names(obj)]
    kept = [obj for obj in objects if not (obj["kind"] == "PersistentVolumeClaim" and any(re.fullmatch(c, obj["metadata"]["name"]) for c in claimed))]
    if not kept:
        raise Missing(f"{cluster.name} has nothing in the namespace {namespace}.", hint="Check --namespace and the kubeconfig.")
    return tuple(SourceFile(f"{obj['kind'].lower()}-{obj['metadata']['name']}.yaml", (obj,)) for obj in kept)


def init_config(ports: Ports, request: InitRequest, sources: Sequence[SourceFile], *, plan_only: bool = False) -> Outcome:
    """Write product file and overlays, or find that they are there; raises before anything is written."""
    check_objects(sources, ports.schemas.check, ports.stand_in_version)
    plan = plan_init(request, found_in(sources), ports.others)
    there = ports.files.there(list(plan.files))
    now = standing(plan, there)
    findings = _tried(ports, request, plan, {**plan.files, **there})
    if not plan_only:
        for path in now.missing:
            _write(ports, path, plan.files[path])
    plain = {
        "files": list(now.missing), "there": sorted(there), "fill_in": [mark.plain() for mark in now.marks],
        "notes": [*plan.notes, *findings], "next": plan.next_command,
    }
    if plan_only:
        plain["content"] = {path: plan.files[path].decode() for path in now.missing}
    return Outcome(bool(now.missing) and not plan_only, _sentence(request, plan, now, findings), plain)


def _tried(ports: Ports, request: InitRequest, plan: InitPlan, files: Mapping[str, bytes]) -> list[str]:
    known = (*(cloud.name for cloud in ports.others), *plan.cloud_names)
    parsed_product(request.name, files, known)
    clouds, patched = tried(plan, files)
    with ports.progress.task("rendering " + ", ".join(plan.cloud_names)):
        out = ports.renderer.render_tree(patched.tree, [overlay_folder(cloud.name) for cloud in clouds])
    said = [sentence for cloud in clouds
            for sentence in weaknesses(cloud, out[overlay_folder(cloud.name)], ports.schemas.check, ports.stand_in_version)]
    return list(dict.fromkeys(said))


def _write(ports: Ports, path: str, data: bytes) -> None:
    ports.effects.perform("write-config", path, lambda: ports.files.write_new(path, data))


def _sentence(request: InitRequest, plan: InitPlan, now: Standing, findings: Sequence[str]) -> str:
    rows = [f"wrote {path}" for path in now.missing] or [f"Nothing to do: product file and overlays of {request.name} are there."]
    if now.missing:
        rows += ["", "What to know:", *(f"  - {note}" for note in [*plan.notes, *findings])]
    if now.marks:
        rows += ["", "Could not be known, and is marked in the files by `# fill in:`:", *map(_mark_row, now.marks)]
    return "\n".join([*rows, "", "Next, when everything is filled in:" if now.marks else "Next:", f"  {plan.next_command}"])


def _mark_row(mark: Mark) -> str:
    return f"  {mark.file}:{mark.line}: {mark.why}"


def _claim_names(stateful_set: dict[str, Any]) -> list[str]:
    """Patterns of the names that its volume claims get."""
    templates = stateful_set["spec"].get("volumeClaimTemplates") or []
    names = [f"{template['metadata']['name']}-{stateful_set['metadata']['name']}" for template in templates]
    return [re.escape(name) + "-[0-9]+" for name in names]
