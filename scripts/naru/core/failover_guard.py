"""May this app be broken at all? Not where a GitOps agent that heals by itself owns the replicas: it would fight the drill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

FLUX = ("kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name")
ARGO_LABEL, ARGO_TRACKING = "argocd.argoproj.io/instance", "argocd.argoproj.io/tracking-id"


def healing_agent(deployment: Mapping[str, Any], applications: Sequence[Mapping[str, Any]]) -> str:
    """Who would put the replicas back, in words; empty where nobody would.

    `applications` are the cluster's Argo CD Applications. One that is not to be seen is taken for self-healing.
    """
    meta = deployment.get("metadata") or {}
    labels, notes = meta.get("labels") or {}, meta.get("annotations") or {}
    for label in FLUX:
        if label in labels:
            return f"Flux ('{labels[label]}')"
    name = str(notes.get(ARGO_TRACKING, "")).partition(":")[0] or str(labels.get(ARGO_LABEL, ""))
    if not name:
        return ""
    found = next((app for app in applications if app["metadata"]["name"] == name), None)
    if found is not None and not heals(found):
        return ""
    return f"Argo CD ('{name}')"


def heals(application: Mapping[str, Any]) -> bool:
    """True if the Application corrects drift by itself."""
    automated = ((application.get("spec") or {}).get("syncPolicy") or {}).get("automated") or {}
    return bool(automated.get("selfHeal"))


def images_of(deployment: Mapping[str, Any]) -> set[str]:
    """Digests that the pod template names; an image without a digest stands as it is."""
    containers = deployment["spec"]["template"]["spec"]["containers"]
    return {str(each["image"]).rpartition("@")[2] for each in containers}
