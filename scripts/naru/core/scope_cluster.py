"""What the captured picture of a real cluster has and its stand-in lacks."""

from __future__ import annotations

from naru.model.overlays import Coverage, ScopeEntry
from naru.model.picture import ClusterPicture

CLUSTER = "Cluster"
"""Kind under which facts about the whole cluster stand."""


def cluster_entries(cloud: str, picture: ClusterPicture | None, stand_in_version: str) -> tuple[ScopeEntry, ...]:
    """One entry for each such fact; without a picture one entry says that nothing is known."""
    if picture is None:
        return (_entry(cloud, "cluster", Coverage.absent, "no picture of the real cluster was taken (./naru clouds capture)"),)
    facts = [
        ("admission webhooks", ", ".join(picture.webhooks)),
        ("limit ranges", ", ".join(picture.limit_ranges)),
        ("enforced network policies", "the cloud enforces them" if picture.network_policies_enforced else ""),
    ]
    made = [
        ("resource quotas", ", ".join(sorted(picture.quotas))),
        ("pod security labels", ", ".join(f"{key}={value}" for key, value in sorted(picture.pod_security.items()))),
    ]
    entries = [_entry(cloud, name, Coverage.absent, f"the stand-in has none: {found}") for name, found in facts if found]
    entries += [_entry(cloud, name, Coverage.exercised, f"made in the stand-in too: {found}") for name, found in made if found]
    return (_version_entry(cloud, picture.kubernetes_version, stand_in_version), *entries)


def minor_of(version: str) -> str:
    """`v1.32.4+nks` → `1.32`; empty where there is none."""
    parts = version.removeprefix("v").split(".")
    return ".".join(parts[:2]) if len(parts) >= 2 and parts[0].isdecimal() and parts[1].isdecimal() else ""


def _version_entry(cloud: str, real: str, stand_in: str) -> ScopeEntry:
    same = minor_of(real) == minor_of(stand_in) != ""
    why = f"the cloud runs {real}, the stand-in {stand_in or 'an unknown version'}"
    return _entry(cloud, "kubernetes version", Coverage.exercised if same else Coverage.inert, why)


def _entry(cloud: str, field_class: str, coverage: Coverage, why: str) -> ScopeEntry:
    return ScopeEntry(kind=CLUSTER, name=cloud, field_class=field_class, coverage=coverage, why=why)
