"""What a commit on `cloud/NAME` holds: message with trailers, cloud.json, and the folder `releases/VERSION/`.

The folder is the whole record: release, images, overlays, signed evidence (raw samples by hash), the decision with
every reason, and the exact rendered bytes, so that any clone can tell why it was allowed and a rollback applies the
very bytes that were proven.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from naru.errors import Judged, Missing
from naru.model.evidence import Evidence
from naru.model.overlays import Overlays
from naru.model.promotion import CloudRecord, KeptProof, Promotion
from naru.model.record import Document
from naru.model.release import Images, Release
from naru.model.words import Proof

CLOUD_FILE = "cloud.json"
MAX_SUBJECT = 100


@dataclass(frozen=True)
class ReleaseRecord:
    """Everything that is kept about a promoted release."""

    release: Release
    images: Images
    overlays: Overlays
    promotion: Promotion
    rendered: bytes
    documents: Mapping[Proof, bytes]
    envelopes: Mapping[Proof, bytes]
    evidence: Mapping[Proof, Evidence]


def branch_of(cloud: str) -> str:
    """The branch that is what this cloud runs."""
    return f"refs/heads/cloud/{cloud}"


def record_folder(version: str) -> str:
    """`releases/VERSION`."""
    return f"releases/{version}"


def record_files(record: ReleaseRecord, cloud_record: CloudRecord) -> dict[str, bytes]:
    """Path → bytes of what is added to the candidate's tree."""
    folder, cloud = record_folder(record.release.version), record.promotion.cloud
    files = {
        CLOUD_FILE: _text(cloud_record),
        f"{folder}/release.json": _text(record.release),
        f"{folder}/images.json": _text(record.images),
        f"{folder}/overlays.json": _text(record.overlays),
        f"{folder}/promotion/{cloud}.json": _text(record.promotion),
        f"{folder}/rendered/{cloud}.yaml": record.rendered,
    }
    for proof, envelope in record.envelopes.items():
        name = evidence_path(proof, cloud)
        files[f"{folder}/{name}.dsse.json"] = envelope
        files[f"{folder}/{name}.json"] = record.documents[proof]
    return files


def evidence_path(proof: Proof, cloud: str) -> str:
    """Path of a proof's evidence without ending, in the release folder and in the record."""
    return "evidence/failover" if proof is Proof.failover else f"evidence/{cloud}.{proof}"


def cloud_record(record: ReleaseRecord, *, at: str, by: str) -> CloudRecord:
    """cloud.json of a promotion."""
    release, cloud = record.release, record.promotion.cloud
    folder = record_folder(release.version)
    return CloudRecord(
        product=release.product, cloud=cloud, action="promote", version=release.version, line=release.line, tag=release.tag,
        release_commit=release.commit, candidate_commit=record.overlays.candidate_commit,
        rendered_sha256=hashlib.sha256(record.rendered).hexdigest(),
        images={image.name: image.digest for image in record.images.images}, at=at, by=by,
        proofs=tuple(
            KeptProof(proof=proof, verdict=item.verdict, evidence=f"{folder}/{evidence_path(proof, cloud)}.dsse.json",
                      sha256=hashlib.sha256(record.envelopes[proof]).hexdigest(), profile=item.profile,
                      finished=item.run.finished if item.run else "")
            for proof, item in record.evidence.items()
        ),
    )


def back_record(bad: CloudRecord, good: CloudRecord | None, *, good_commit: str | None, because: str, at: str, by: str) -> CloudRecord:
    """cloud.json after going back: the earlier release's own words, or nothing where there was none."""
    kept = good or CloudRecord(product=bad.product, cloud=bad.cloud, action="rollback")
    return kept.model_copy(update={
        "action": "rollback", "back_from": bad.version, "back_because": because[:500], "back_to_commit": good_commit, "at": at, "by": by,
    })


def promote_message(record: CloudRecord, promotion: Promotion) -> str:
    """Commit message of a promotion, its trailers readable by `git log --format=%(trailers)`."""
    subject = _subject(f"{record.cloud}: promote {record.product} {record.version}")
    body = "\n".join(f"- {entry.sentence}" for entry in promotion.allowed_by)
    if promotion.overridden:
        body += f"\n\nOverridden by {promotion.override_by}: {promotion.override_reason}\n"
        body += "\n".join(f"- {entry.sentence}" for entry in promotion.overridden)
    return f"{subject}\n\n{body}\n\n{_trailers(record)}"


def rollback_message(record: CloudRecord) -> str:
    """Commit message of going back."""
    to = record.version or "nothing (it was the first release)"
    subject = _subject(f"{record.cloud}: go back from {record.back_from} to {to}")
    return f"{subject}\n\n{record.back_because}\n\n{_trailers(record)}"


def _trailers(record: CloudRecord) -> str:
    rows = [("Naru-Action", record.action), ("Naru-Cloud", record.cloud), ("Naru-Release", record.version or "none"),
            ("Naru-Tag", record.tag), ("Naru-Commit", record.release_commit or ""), ("Naru-Candidate", record.candidate_commit or ""),
            ("Naru-Rendered", record.rendered_sha256 or "")]
    rows += [("Naru-Image", f"{name}@{digest}") for name, digest in sorted(record.images.items())]
    rows += [("Naru-Evidence", f"{kept.proof} {kept.verdict} sha256:{kept.sha256}") for kept in record.proofs]
    rows += [("Naru-Back-From", record.back_from), ("Naru-By", record.by)]
    return "\n".join(f"{name}: {_line(value)}" for name, value in rows if value)


def checked_rendered(record: CloudRecord, rendered: bytes | None, *, where: str) -> bytes:
    """The kept rendered bytes; raises Missing or Judged where they are not those that were proven."""
    if rendered is None:
        raise Missing(f"{where} does not hold the rendered bytes of {record.version}.", hint="Run the release again.")
    if hashlib.sha256(rendered).hexdigest() != record.rendered_sha256:
        raise Judged(f"{where} holds rendered bytes of {record.version} that are not those that were proven.",
                     hint="The branch was edited; restore it from a clone that has the promoted commit.")
    return rendered


def _text(document: Document) -> bytes:
    return document.model_dump_json(indent=2, exclude_none=True).encode() + b"\n"


def _subject(text: str) -> str:
    line = _line(text)
    return line if len(line) <= MAX_SUBJECT else line[: MAX_SUBJECT - 3] + "..."


def _line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)
