"""The subject of a proof: what exactly was proven, so that exactly that is promoted."""

from __future__ import annotations

from collections.abc import Sequence

from naru.errors import Missing
from naru.model.evidence import Subject
from naru.model.overlays import CloudOverlay, Overlays
from naru.model.release import Images, Release


def subject_of(release: Release, images: Images, overlays: Overlays, clouds: Sequence[str]) -> Subject:
    """The subject of a proof on `clouds`; raises Missing where the three files are not of one release."""
    if not release.version == images.version == overlays.version:
        raise Missing(
            f"release.json is of {release.version}, images.json of {images.version} and overlays.json of {overlays.version}.",
            hint="Run the stages before again, in one release folder.",
        )
    if images.commit != release.commit:
        raise Missing(f"images.json was built from {images.commit}, but the tag is on {release.commit}.",
                      hint="Run ./naru build-images again.")
    entries = [_overlay(overlays, cloud) for cloud in clouds]
    return Subject(
        product=release.product,
        version=release.version,
        commit=release.commit,
        images={image.name: image.digest for image in images.images},
        rendered={entry.cloud: entry.rendered_sha256 for entry in entries},
        applied={entry.cloud: entry.applied_sha256 for entry in entries},
    )


def _overlay(overlays: Overlays, cloud: str) -> CloudOverlay:
    entry = overlays.of(cloud)
    if entry is None:
        raise Missing(f"overlays.json has no entry for cloud '{cloud}'.", hint="Run ./naru patch-overlays again.")
    return entry
