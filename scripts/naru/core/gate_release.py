"""The gate's questions to the release itself: do its records fit together, and is the outside still what was proven?"""

from __future__ import annotations

from collections.abc import Iterator

from naru.core.gate_facts import GateFacts
from naru.core.gate_words import Code, reason
from naru.core.scope import SCALING_PROOF
from naru.core.windows import in_force
from naru.model.change_state import EVERY_CLOUD
from naru.model.cloud import ScopeRuleCoverage
from naru.model.overlays import Coverage, ScopeEntry
from naru.model.promotion import Reason


def against_records(facts: GateFacts) -> Iterator[Reason]:
    """The three records are of one release of this product, and this cloud takes part in it."""
    release, images, overlays = facts.release, facts.images, facts.overlays
    if release.product != facts.product.name:
        yield reason(Code.record_wrong, what="release.json", detail=f"it is of product {release.product}")
    for name, version in (("images.json", images.version), ("overlays.json", overlays.version)):
        if version != release.version:
            yield reason(Code.record_wrong, what=name, detail=f"it is of version {version}, not {release.version}")
    if images.commit != release.commit:
        yield reason(Code.record_wrong, what="images.json", detail=f"it was built from {images.commit[:12]}")
    expected, found = {spec.name for spec in facts.product.images}, [image.name for image in images.images]
    if set(found) != expected or len(found) != len(expected):
        yield reason(Code.record_wrong, what="images.json", detail=f"it holds {', '.join(found)}")
    if facts.line is None:
        yield reason(Code.line_unknown, line=release.line)
    if facts.cloud.name not in facts.product.clouds or facts.overlay is None:
        yield reason(Code.cloud_unknown, cloud=facts.cloud.name)


def against_origin(facts: GateFacts) -> Iterator[Reason]:
    """Tag, images, candidate and rendered bytes are now what they were when they were proven."""
    yield from _tag(facts)
    yield from _images(facts)
    overlays, now = facts.overlays, facts.origin.candidate_commit
    if now is None:
        yield reason(Code.candidate_missing, branch=overlays.candidate_branch)
    elif now != overlays.candidate_commit:
        yield reason(Code.candidate_moved, branch=overlays.candidate_branch, now=now[:12], then=overlays.candidate_commit[:12])
    for entry in overlays.clouds:
        rendered = facts.origin.rendered.get(entry.cloud)
        if rendered != entry.rendered_sha256:
            yield reason(Code.render_changed, cloud=entry.cloud, now=(rendered or "nothing")[:12], then=entry.rendered_sha256[:12])


def _tag(facts: GateFacts) -> Iterator[Reason]:
    release, origin = facts.release, facts.origin
    if origin.tag_object is None:
        yield reason(Code.tag_missing, tag=release.tag)
    elif origin.tag_object != release.tag_object or origin.tag_commit != release.commit:
        yield reason(Code.tag_moved, tag=release.tag, now=(origin.tag_commit or origin.tag_object)[:12], then=release.commit[:12])


def _images(facts: GateFacts) -> Iterator[Reason]:
    for image in facts.images.images:
        now = facts.origin.images.get(image.name)
        if now is None:
            yield reason(Code.image_missing, image=image.name)
        elif now != image.digest:
            yield reason(Code.image_repointed, image=image.name, now=now[:19], then=image.digest[:19])


def scope(facts: GateFacts) -> Iterator[tuple[Reason, bool]]:
    """(reason, covered) for each field class that the stand-in does not exercise."""
    for entry in facts.origin.scope:
        if entry.coverage is Coverage.exercised:
            continue
        what = {"object": f"{entry.kind}/{entry.name}", "field_class": entry.field_class, "coverage": entry.coverage}
        by = _covered_by(facts, entry)
        yield (reason(Code.scope_covered, **what, by=by), True) if by else (reason(Code.scope_uncovered, **what), False)


def _covered_by(facts: GateFacts, entry: ScopeEntry) -> str:
    rule = facts.cloud.uncovered.get(entry.field_class) if entry.field_class != SCALING_PROOF else None
    if rule in {ScopeRuleCoverage.dry_run, ScopeRuleCoverage.after_promotion}:
        return str(rule)
    waivers = [
        waiver for waiver in facts.state.waivers.values()
        if waiver.version == facts.release.version and waiver.cloud in {facts.cloud.name, EVERY_CLOUD}
        and waiver.field_class == entry.field_class and in_force(waiver.until, facts.at)
    ]
    return f"a waiver of {waivers[0].by}" if waivers else ""


def against_target(facts: GateFacts) -> Iterator[Reason]:
    """It is this cloud's own cluster that answers, its branch was not rewritten, and it runs nothing newer."""
    target, cloud = facts.target, facts.cloud.name
    if target.uid is None or target.expected_uid is None:
        yield reason(Code.cluster_unknown, cloud=cloud)
    elif target.uid in target.verify_uids:
        yield reason(Code.wrong_cluster, cloud=cloud, found=f"a verification cluster ({target.uid})", expected=target.expected_uid)
    elif target.uid != target.expected_uid:
        yield reason(Code.wrong_cluster, cloud=cloud, found=target.uid, expected=target.expected_uid)
    if target.missing_ancestor:
        yield reason(Code.branch_rewritten, branch=f"cloud/{cloud}", expected=target.missing_ancestor[:12])
    if target.newer_live:
        yield reason(Code.older_than_live, cloud=cloud, live=target.newer_live, version=facts.release.version)
    for sentence in target.refused:
        yield reason(Code.dry_run_refused, cloud=cloud, detail=sentence)
    for image in target.unpullable:
        yield reason(Code.rollback_unpullable, image=image)
