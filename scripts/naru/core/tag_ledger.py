"""What the ledger's lines say of a tag: the decision whether an event starts a run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from naru.model.webhook import TagState

PUSHING, PUSHED, BEGUN, TRIGGERED, SEEN = "pushing", "pushed", "triggering", "triggered", "seen"


def tag_state(entries: Iterable[Mapping[str, str]], repository: str, tag: str, object_id: str) -> TagState:
    """The state of `tag` being `object_id` in `repository`, from all lines, oldest first."""
    lines = [entry for entry in entries if (entry["repository"], entry["tag"]) == (repository, tag)]
    whats = {entry["what"] for entry in lines if entry["object"] == object_id}
    # A `pushing` line alone may have come to nothing, so another object is no move then.
    if any(entry["object"] != object_id and entry["what"] != PUSHING for entry in lines):
        return TagState.moved
    if whats & {PUSHING, PUSHED}:
        return TagState.ours
    if TRIGGERED in whats:
        return TagState.triggered
    if BEGUN in whats:
        return TagState.begun
    return TagState.seen if SEEN in whats else TagState.new


def gone_tags(entries: Iterable[Mapping[str, str]], repository: str, there: Iterable[str]) -> list[str]:
    """Tags that the ledger knows as pushed or triggered and that the remote does not have any more, sorted."""
    known = {entry["tag"] for entry in entries if entry["repository"] == repository and entry["what"] in {PUSHED, TRIGGERED, SEEN}}
    return sorted(known - set(there))


def request_id_of(repository: str, tag: str, object_id: str) -> str:
    """One request id for each (repository, tag, object id), so that a repeated trigger finds the first one."""
    return "tag-" + hashlib.sha256(f"{repository}\0{tag}\0{object_id}".encode()).hexdigest()[:32]
