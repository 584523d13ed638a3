"""Reads a cloud's release record out of its branch: everything that allowed it travels with the commit."""

from __future__ import annotations

from collections.abc import Sequence

from naru.core.release_record import branch_of, record_folder
from naru.core.why import Why, checked, why_lines
from naru.errors import Missing
from naru.model.overlays import Overlays
from naru.model.promotion import CloudRecord, Promotion
from naru.steps.cloud_branch import Files, Tip, read_tip, record_at
from naru.steps.outcome import Outcome


def why_cloud(repo: Files, cloud: str, keys: Sequence[bytes], *, commit: str = "") -> Outcome:
    """Why the cloud runs what its branch says (or said at `commit`); raises Missing where it runs nothing of ours."""
    tip = Tip(commit, record_at(repo, commit)) if commit else read_tip(repo, cloud)
    if tip.commit is None or tip.record is None:
        raise Missing(f"Nothing was promoted to {cloud} yet: there is no {branch_of(cloud).removeprefix('refs/heads/')}.",
                      hint="./naru status shows all clouds.")
    why = _read(repo, tip.commit, tip.record, keys)
    return Outcome(changed=False, sentence="\n".join(why_lines(why)), plain=why.plain())


def _read(repo: Files, commit: str, record: CloudRecord, keys: Sequence[bytes]) -> Why:
    folder = record_folder(record.version) if record.version else ""
    promotion = repo.find_file(commit, f"{folder}/promotion/{record.cloud}.json") if folder else None
    overlays = repo.find_file(commit, f"{folder}/overlays.json") if folder else None
    return Why(
        record=record, commit=commit,
        promotion=Promotion.from_json(promotion, where=f"{folder}/promotion/{record.cloud}.json") if promotion else None,
        overlays=Overlays.from_json(overlays, where=f"{folder}/overlays.json") if overlays else None,
        evidence=tuple(checked(kept, repo.find_file(commit, kept.evidence), keys) for kept in record.proofs),
    )
