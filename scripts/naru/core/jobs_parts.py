"""Which stages belong to which part of a release, in order: what PART means, for Pipeline and freestyle jobs alike."""

from __future__ import annotations

from naru.errors import Malformed

Words = tuple[str, ...]

SOURCE: tuple[Words, ...] = (("tag-release",), ("build-images",))
PUBLISH: tuple[Words, ...] = (("publish-release",),)
PATCH: tuple[Words, ...] = (("patch-overlays",),)


def stages_of(part: str, clouds: tuple[str, ...]) -> tuple[Words, ...]:
    """The commands of a part, `clouds` in the order of promotion; raises Malformed for a part that is not known."""
    rollouts = tuple(("verify-rollout", "--cloud", cloud) for cloud in clouds)
    scalings = tuple(("verify-scaling", "--cloud", cloud) for cloud in clouds)
    promotions = tuple(("promote", "--cloud", cloud) for cloud in clouds)
    cloud_part = PATCH + rollouts + scalings + (("verify-failover",),) + promotions
    parts = {
        "container": SOURCE,
        "release": SOURCE + PUBLISH,
        "cloud": SOURCE + cloud_part,
        "all": SOURCE + PUBLISH + cloud_part,
    }
    if part not in parts:
        raise Malformed(f"There is no part '{part[:40]}' of a release.", hint=f"PART is one of {', '.join(parts)}.")
    return parts[part]
