"""Scope of proof: how far the verification cluster proves each field class of each rendered object.

A rule says for a kind and some paths what a stand-in does with them. What no rule knows is counted as absent: unknown
is never taken for proven.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from naru.core.scope_cluster import cluster_entries
from naru.core.workloads import SCALED_KINDS, autoscaler_of, of_kind
from naru.model.overlays import Coverage, ScopeEntry, Substitution
from naru.model.picture import ClusterPicture

SCALING_PROOF = "scaling proof"
"""Field class of an app without an autoscaler: nothing but a waiver covers it."""

SPEC = "spec"
"""Field class of everything that no narrower rule is about."""


@dataclass(frozen=True)
class Rule:
    """`path` is searched in the dotted path of each value (list items as numbers)."""

    kinds: frozenset[str]
    path: str
    field_class: str
    coverage: Coverage
    why: str


def _rule(kinds: str, path: str, field_class: str, coverage: Coverage, why: str) -> Rule:
    return Rule(frozenset(kinds.split()), path, field_class, coverage, why)


_PODS = "Deployment StatefulSet DaemonSet Job CronJob"
_YES, _INERT, _SUB = Coverage.exercised, Coverage.inert, Coverage.substituted
RULES: tuple[Rule, ...] = (
    _rule("Service", r"\Ametadata\.annotations\.", "load balancer annotations", _INERT, "the stand-in's load balancer does not read them"),
    _rule("Service", r"\Aspec\.(loadBalancerSourceRanges|loadBalancerIP|loadBalancerClass|externalTrafficPolicy)", "load balancer settings",
          _INERT, "the stand-in's load balancer does not read them"),
    _rule("Service", r"\Aspec\.", SPEC, _YES, "requests pass the Service through a load balancer outside the cluster"),
    _rule(_PODS, r"spec\.(topologySpreadConstraints|affinity|nodeSelector|tolerations|priorityClassName)\b", "placement", _INERT,
          "the stand-in has one node, so every placement is the same"),
    _rule(_PODS, r"\.imagePullSecrets\.", "pull secret", _INERT, "the release registry asks for no login; the target's registry does at promotion"),
    _rule(_PODS, r"\.secret(KeyRef|Ref|Name)?\.?", "secret values", _SUB, "the Secret is there with values for the sandbox only"),
    _rule(_PODS, r"\.(runtimeClassName|hostNetwork|hostPID|hostPath|hostPort)\b", "node features", _INERT, "the stand-in's node differs from the cloud's"),
    _rule("StatefulSet", r"volumeClaimTemplates\.\d+\.spec\.storageClassName", "storage class", _INERT, "a class of this name on local disk, not the cloud's storage"),
    _rule("StatefulSet", r"volumeClaimTemplates\.\d+\.spec\.resources", "storage size", _INERT, "local disk does not hold to the size"),
    _rule("CronJob", r"", SPEC, _INERT, "it is applied, and may not run while a release is proven"),
    _rule(_PODS, r"", SPEC, _YES, "its pods run from these very bytes"),
    _rule("PersistentVolumeClaim", r"\Aspec\.storageClassName", "storage class", _INERT, "a class of this name on local disk, not the cloud's storage"),
    _rule("PersistentVolumeClaim", r"\Aspec\.resources", "storage size", _INERT, "local disk does not hold to the size"),
    _rule("PersistentVolumeClaim", r"", SPEC, _YES, "the claim is bound and mounted"),
    _rule("ConfigMap", r"", SPEC, _YES, "the pods read it"),
    _rule("PodDisruptionBudget", r"", "disruption budget", _INERT, "no node is drained while a release is proven"),
    _rule("NetworkPolicy", r"", "network policy", _INERT, "the stand-in's network does not enforce policies"),
    _rule("ServiceAccount Role RoleBinding", r"", SPEC, _YES, "the pods run with it"),
    _rule("Ingress", r"", "ingress", _INERT, "the stand-in has no ingress controller"),
    _rule("ResourceQuota LimitRange", r"", SPEC, _YES, "the API server enforces it on every pod"),
)


def scope_of_proof(
    objects: Sequence[dict[str, Any]], *, cloud: str, proven_deployment: str,
    substitutions: Sequence[Substitution] = (), picture: ClusterPicture | None = None, stand_in_version: str = "",
) -> tuple[ScopeEntry, ...]:
    """Every object and field class of the rendered manifests, and what the cloud has that the stand-in lacks."""
    entries: list[ScopeEntry] = []
    for item in objects:
        entries += _object_entries(item, proven_deployment, substitutions)
    return (*entries, *_scaling_entries(objects, proven_deployment), *cluster_entries(cloud, picture, stand_in_version))


def scaling_unproven(entries: Sequence[ScopeEntry]) -> ScopeEntry | None:
    """The entry that says that there is nothing for the scaling proof to work on, or None."""
    return next((entry for entry in entries if entry.field_class == SCALING_PROOF), None)


def paths_of(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted path and value of every leaf; depth is bounded by the YAML reader. Dots inside keys are escaped."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from paths_of(item, f"{prefix}{str(key).replace('.', chr(92) + '.')}.")
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield from paths_of(item, f"{prefix}{number}.")
    else:
        yield prefix.removesuffix("."), value


def _scaling_entries(objects: Sequence[dict[str, Any]], proven: str) -> Iterator[ScopeEntry]:
    """The proof works on a Deployment that an autoscaler scales; any other app goes without it."""
    workload = next((item for item in of_kind(objects, *SCALED_KINDS) if item["metadata"]["name"] == proven), None)
    if workload is not None and (workload["kind"] != "Deployment" or autoscaler_of(workload, objects) is None):
        why = "the proof works on a Deployment that a HorizontalPodAutoscaler scales, and this is none"
        yield ScopeEntry(kind=workload["kind"], name=proven, field_class=SCALING_PROOF, coverage=Coverage.absent, why=why)


def _object_entries(item: dict[str, Any], proven: str, substitutions: Sequence[Substitution]) -> list[ScopeEntry]:
    kind, name = str(item["kind"]), str(item["metadata"]["name"])
    replaced = {sub.path: sub.reason for sub in substitutions if (sub.kind, sub.name) == (kind, name)}
    found: dict[str, tuple[Coverage, str]] = {}
    for path, _ in paths_of(item):
        if path in {"apiVersion", "kind"} or path.startswith(("metadata.name", "metadata.labels")):
            continue
        field_class, coverage, why = _judge(item, path, proven, replaced)
        found.setdefault(field_class, (coverage, why))
    return [ScopeEntry(kind=kind, name=name, field_class=field, coverage=found[field][0], why=found[field][1]) for field in sorted(found)]


def _judge(item: dict[str, Any], path: str, proven: str, replaced: dict[str, str]) -> tuple[str, Coverage, str]:
    kind = str(item["kind"])
    if path in replaced:
        return f"substituted {path}", Coverage.substituted, replaced[path]
    if kind == "HorizontalPodAutoscaler":
        return _autoscaler(item, proven)
    rule = next((rule for rule in RULES if kind in rule.kinds and re.search(rule.path, path)), None)
    if rule is None:
        return f"spec of {kind}", Coverage.absent, f"the stand-in has nothing that acts on a {kind}"
    return rule.field_class, rule.coverage, rule.why


def _autoscaler(item: dict[str, Any], proven: str) -> tuple[str, Coverage, str]:
    target = (item.get("spec") or {}).get("scaleTargetRef") or {}
    if target.get("name") == proven:
        return SPEC, Coverage.exercised, "the scaling proof puts load on its target"
    return "autoscaling without load", Coverage.inert, "the scaling proof puts no load on its target"
