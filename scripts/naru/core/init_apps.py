"""Which of the found workloads people reach by a page of its own, and by which Service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from naru.core.init_images import OwnImage, image_ref
from naru.core.init_request import InitRequest
from naru.core.workloads import SCALED_KINDS, autoscaler_of, containers, named, of_kind, pod_labels, replica_floor
from naru.errors import Malformed, Missing

Object = dict[str, Any]
HTTP_PORTS = frozenset({80, 8080, 8000, 8008, 3000, 5000})
MOST_APPS = 10
"""Ports that a stand-in's load balancer publishes for one cloud."""


@dataclass(frozen=True)
class FoundApp:
    """One workload with a page."""

    name: str
    kind: str
    service: str
    replicas: int
    autoscaled: bool
    home: str
    health: str
    health_known: bool
    container: int
    """Place of the product's own container in the pod."""
    workload: Object
    balanced: bool
    """Its Service is of type LoadBalancer already."""
    made_service: Object | None = None
    """A Service that is written because there is none that leads users to it."""


def apps_of(request: InitRequest, objects: Sequence[Object], own: Sequence[OwnImage]) -> tuple[FoundApp, ...]:
    """Every app, the one to prove first; raises Missing where there is none."""
    found = [app for obj in of_kind(objects, *sorted(SCALED_KINDS)) if (app := _app(request, obj, objects, own)) is not None]
    if not found:
        raise Missing(
            f"No Deployment or StatefulSet that runs an image of this product is reached by a Service (images taken for its own: "
            f"{', '.join(image.ref.full for image in own) or 'none'}).",
            hint="Name the product's images by --own-image, and give the manifests of the Services too.",
        )
    if len(found) > MOST_APPS:
        raise Missing(f"{len(found)} apps are reached by Services; a cloud has at most {MOST_APPS}.", hint="Name fewer by --own-image.")
    first = _proven(request, found)
    return (first, *(app for app in found if app is not first))


def _proven(request: InitRequest, found: Sequence[FoundApp]) -> FoundApp:
    """The one that scaling and fail-over are proven on: an autoscaled one, else that with the most pods."""
    if request.proven_app:
        chosen = next((app for app in found if app.name == request.proven_app), None)
        if chosen is None:
            raise Malformed(f"--proven-app '{request.proven_app[:60]}' is no app.", hint=f"Found: {', '.join(app.name for app in found)}.")
        return chosen
    return max(found, key=lambda app: (app.autoscaled and app.kind == "Deployment", app.replicas))


def _app(request: InitRequest, obj: Object, objects: Sequence[Object], own: Sequence[OwnImage]) -> FoundApp | None:
    mine = {image.ref.full for image in own}
    inside: list[Object] = containers(obj, init=False)
    place = next((number for number, item in enumerate(inside) if image_ref(str(item["image"])).full in mine), None)
    services = [service for service in of_kind(objects, "Service") if _leads_to(service, obj)]
    if place is None or not services:
        return None
    open_ones = [service for service in services if service["spec"].get("clusterIP") != "None"]
    service = max(open_ones, key=_fitness) if open_ones else None
    health = request.health or _probe_path(inside[place])
    name = str(obj["metadata"]["name"])
    made = None if service else _new_service(name, services[0], obj)
    way_in: Object = service or made or {}
    return FoundApp(
        name=name, kind=str(obj["kind"]), service=str(way_in["metadata"]["name"]), replicas=replica_floor(obj, objects),
        autoscaled=autoscaler_of(obj, objects) is not None, home=request.home, health=health or request.home, health_known=bool(health),
        container=place, workload=obj, balanced=way_in["spec"].get("type") == "LoadBalancer",
        made_service=made,
    )


def _leads_to(service: Object, obj: Object) -> bool:
    spec: Object = service.get("spec") or {}
    selector: Object = spec.get("selector") or {}
    return bool(selector and spec.get("ports")) and selector.items() <= pod_labels(obj).items()


def _fitness(service: Object) -> tuple[bool, bool, str]:
    """Which of several Services users come by: one with an outer address, then one with an HTTP port first."""
    first = service["spec"]["ports"][0]
    looks = str(first.get("name", "")).startswith(("http", "web")) or first.get("port") in HTTP_PORTS
    return service["spec"].get("type") in {"LoadBalancer", "NodePort"}, looks, str(service["metadata"]["name"])


def _probe_path(container: Object) -> str:
    for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
        asked = (container.get(probe) or {}).get("httpGet") or {}
        if isinstance(asked, Mapping) and str(asked.get("path") or "").startswith("/"):
            return str(asked["path"])
    return ""


def _new_service(name: str, headless: Object, obj: Object) -> Object:
    """A Service for users beside a headless one, which has no address of its own."""
    if not pod_labels(obj):
        raise Missing(f"The pods of {named(obj)} have no labels, so that no Service can lead to them.")
    ports = [{key: value for key, value in port.items() if key != "nodePort"} for port in headless["spec"]["ports"]]
    return {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": f"{name}-home"},
        "spec": {"type": "LoadBalancer", "selector": dict(headless["spec"]["selector"]), "ports": ports},
    }
