"""Stage patch_overlays: read the release, patch and render all clouds, push the candidate, write overlays.json."""

from __future__ import annotations

from typing import Any

from naru.core.overlay_message import shown
from naru.errors import Missing
from naru.model.product import Product
from naru.model.release import Images, Release
from naru.steps.outcome import Outcome
from naru.steps.overlay_candidate import Candidate, Ports, plan_candidate


def patch_overlays(ports: Ports, product: Product, *, plan_only: bool = False) -> Outcome:
    """Make the candidate of the release in the folder, or find that it is there."""
    release = ports.folder.read(Release, "release.json")
    images = ports.folder.read(Images, "images.json")
    candidate = plan_candidate(ports, product, release, images)
    for entry in candidate.overlays.clouds:
        for finding in entry.findings:
            ports.progress.line(f"{entry.cloud}: {finding.object}: {finding.sentence} The {finding.proof} proof will show it.")
    if plan_only:
        return Outcome(changed=False, sentence=_sentence(candidate, "would be"), plain=_plain(candidate))
    changed = _push(ports, candidate)
    changed = _write(ports, candidate) or changed
    _read_back(ports, candidate)
    return Outcome(changed=changed, sentence=_sentence(candidate, "is" if changed else "was already"), plain=_plain(candidate))


def _push(ports: Ports, candidate: Candidate) -> bool:
    if candidate.remote == candidate.commit:
        return False
    branch = f"refs/heads/{candidate.overlays.candidate_branch}"
    return ports.effects.perform(
        "push-candidate", branch, lambda: ports.repo.push_compare_and_swap(branch, candidate.commit, candidate.remote),
        commit=candidate.commit, old=candidate.remote or "",
    )


def _write(ports: Ports, candidate: Candidate) -> bool:
    for item in candidate.clouds:
        for kind, data in (("rendered", item.rendered), ("applied", item.applied)):
            ports.folder.write_raw(f"{kind}/{item.overlay.cloud}.yaml", data)
    return ports.folder.write(candidate.overlays, "overlays.json")


def _read_back(ports: Ports, candidate: Candidate) -> None:
    branch = f"refs/heads/{candidate.overlays.candidate_branch}"
    found = ports.repo.ls_remote(branch).get(branch)
    if found != candidate.commit:
        raise Missing(f"{branch} was pushed as {candidate.commit[:12]} and reads back as {(found or 'absent')[:12]}.",
                      hint="Someone else moved it; run patch-overlays again.")


def _sentence(candidate: Candidate, verb: str) -> str:
    overlays = candidate.overlays
    rows = [f"{overlays.candidate_branch} {verb} {candidate.commit[:12]} on {candidate.base[:12]}, rendered by kustomize {overlays.kustomize_version}:"]
    for entry in overlays.clouds:
        rows.append(f"  {entry.cloud}: {len(entry.changes)} fields, rendered sha256 {entry.rendered_sha256[:12]}")
        rows += [f"    {shown(change, short=True)}" for change in entry.changes]
    return "\n".join(rows)


def _plain(candidate: Candidate) -> dict[str, Any]:
    return {"overlays": candidate.overlays.plain(),
            "push": {"branch": candidate.overlays.candidate_branch, "old": candidate.remote, "new": candidate.commit,
                     "needed": candidate.remote != candidate.commit}}
