"""overlays.json: the candidate commit and what it changes in each cloud."""

from __future__ import annotations

from enum import StrEnum

from naru.model.record import Document, ObjectId, Record, Sha256


class FieldChange(Record):
    """One scalar that the release changes; `path` is dotted, list items by index (`images.0.newTag`)."""

    file: str
    path: str
    old: str
    new: str


class Substitution(Record):
    """A declared difference between the rendered bytes and the bytes applied to the stand-in."""

    kind: str
    name: str
    path: str
    value: str
    reason: str


class Coverage(StrEnum):
    """How far a verification cluster proves one field class of one object."""

    exercised = "exercised"
    inert = "present but inert"
    substituted = "substituted"
    absent = "absent"


class ScopeEntry(Record):
    """One object and field class of the rendered manifests, and what the stand-in proves of it."""

    kind: str
    name: str
    field_class: str
    coverage: Coverage
    why: str


class Finding(Record):
    """A weakness that the rendered manifests show by themselves, and the proof that will show it in action."""

    code: str
    """Fixed word (`hpa-without-requests`)."""
    object: str
    """`Kind/name`."""
    sentence: str
    proof: str
    """`rollout`, `scaling`, `failover`, or `server-side dry run`."""
    blocking: bool = False
    """The cloud could not run this at all: nothing is committed."""


class CloudOverlay(Record):
    """What the candidate means for one cloud."""

    cloud: str
    changes: tuple[FieldChange, ...]
    rendered_sha256: Sha256
    """sha256 of the exact bytes that the pinned kustomize printed (rendered/CLOUD.yaml)."""
    applied_sha256: Sha256
    """sha256 of those bytes after the declared substitutions (applied/CLOUD.yaml); usually the same."""
    substitutions: tuple[Substitution, ...] = ()
    scope: tuple[ScopeEntry, ...] = ()
    findings: tuple[Finding, ...] = ()


class Overlays(Document):
    """overlays.json."""

    version: str
    candidate_branch: str
    candidate_commit: ObjectId
    base_commit: ObjectId
    """Tip of main that the candidate was made from."""
    kustomize_version: str
    clouds: tuple[CloudOverlay, ...]

    def of(self, cloud: str) -> CloudOverlay | None:
        """The entry of one cloud, or None."""
        return next((entry for entry in self.clouds if entry.cloud == cloud), None)
