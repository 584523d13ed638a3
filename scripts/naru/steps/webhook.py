"""One delivery of a tag push, or a look at all tags: each new release tag starts the release job once.

The remote is asked for every tag; the delivery only says where to look. (repository, tag, object id) is the key: it is
in the ledger before the trigger and after it, so that a repeated delivery, a crash between, or the event of a tag that
Naru pushed itself starts nothing a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from naru.core.tag_ledger import BEGUN, SEEN, TRIGGERED, gone_tags, request_id_of, tag_state
from naru.errors import Malformed, Missing
from naru.model.webhook import TagEvent, TagEventKind, TagFound, TagState
from naru.steps.effects import Effects

PREFIX = "refs/tags/"
PEELED = "^{}"


class TagRemote(Protocol):
    """The configured source repository; `where` is its address."""

    @property
    def where(self) -> str: ...

    def ls_remote(self, *patterns: str) -> dict[str, str]: ...


class Ledger(Protocol):
    """Lines about tags, only ever added."""

    def entries(self) -> list[dict[str, str]]: ...

    def note(self, repository: str, tag: str, oid: str, what: str) -> None: ...


Parameters = Callable[[str], dict[str, str]]
"""Tag → the job's parameters; raises Malformed or Missing for a tag that is no release tag."""

Start = Callable[[dict[str, str], str], str]
"""(parameters, request id) → a sentence about what was queued; raises where the job was not queued."""


@dataclass(frozen=True)
class WebhookPorts:
    """What the step speaks to."""

    remote: TagRemote
    ledger: Ledger
    parameters: Parameters
    start: Start
    effects: Effects


def handle_events(ports: WebhookPorts, events: Iterable[TagEvent], *, plan: bool = False) -> list[TagFound]:
    """What came of each tag that a delivery names."""
    return [_handle(ports, event, plan=plan) for event in events]


def reconcile(ports: WebhookPorts, *, plan: bool = False) -> list[TagFound]:
    """Compare every release tag of the remote with the ledger and start what no event told of.

    The first look only notes what is there: a repository with a history must not build it all.
    """
    refs = ports.remote.ls_remote(PREFIX + "*")
    tags = {ref.removeprefix(PREFIX): oid for ref, oid in refs.items() if not ref.endswith(PEELED)}
    entries = ports.ledger.entries()
    first = not any(entry["repository"] == ports.remote.where for entry in entries)
    found = [
        _first_look(ports, tag, oid, plan=plan) if first else _start_if_new(ports, tag, oid, plan=plan)
        for tag, oid in sorted(tags.items()) if _is_release(ports, tag)
    ]
    gone = gone_tags(entries, ports.remote.where, tags)
    return found + [TagFound(tag, None, "gone", f"{tag} was deleted from the remote.") for tag in gone]


def _handle(ports: WebhookPorts, event: TagEvent, *, plan: bool) -> TagFound:
    tag = event.tag
    try:
        ports.parameters(tag)
    except (Malformed, Missing) as error:
        return TagFound(tag, None, "not a release tag", f"Nothing to do: {error.message}")
    refs = ports.remote.ls_remote(PREFIX + tag)
    oid = refs.get(PREFIX + tag)
    if oid is None:
        what = "was deleted" if event.kind is TagEventKind.deleted else "is not on the remote (any more)"
        return TagFound(tag, None, "gone", f"{tag} {what}; nothing is started.")
    known = {oid, refs.get(PREFIX + tag + PEELED)}
    found = _start_if_new(ports, tag, oid, plan=plan)
    if event.claimed and event.claimed not in known:
        note = f" The delivery spoke of {event.claimed[:12]}; the remote has {oid[:12]}, and only that counts."
        return TagFound(found.tag, found.object_id, found.state, found.sentence + note, found.request_id)
    return found


def _is_release(ports: WebhookPorts, tag: str) -> bool:
    try:
        ports.parameters(tag)
    except (Malformed, Missing):
        return False
    return True


def _first_look(ports: WebhookPorts, tag: str, oid: str, *, plan: bool) -> TagFound:
    if not plan:
        ports.ledger.note(ports.remote.where, tag, oid, SEEN)
    return TagFound(tag, oid, "known", f"{tag} was there at the first look; it starts nothing.")


def _start_if_new(ports: WebhookPorts, tag: str, oid: str, *, plan: bool) -> TagFound:
    where = ports.remote.where
    state = tag_state(ports.ledger.entries(), where, tag, oid)
    if state is TagState.moved:
        return TagFound(tag, oid, "moved", f"{tag} was moved to {oid[:12]} after it was known as another object; a moved tag is never released.")
    if state in _QUIET:
        return TagFound(tag, oid, "known", f"Nothing to do: {tag} at {oid[:12]} {_QUIET[state]}.")
    request_id = request_id_of(where, tag, oid)
    parameters = ports.parameters(tag)
    if plan:
        return TagFound(tag, oid, "started", f"{tag} at {oid[:12]} would start a run with {parameters}.", request_id)
    ports.ledger.note(where, tag, oid, BEGUN)
    said = ports.effects.perform("trigger-release", tag, lambda: ports.start(parameters, request_id), object=oid)
    ports.ledger.note(where, tag, oid, TRIGGERED)
    return TagFound(tag, oid, "started", f"{tag} at {oid[:12]}: {said}.", request_id)


_QUIET = {
    TagState.ours: "was pushed by a release of ours",
    TagState.triggered: "has started its run before",
    TagState.seen: "was there before the first look",
}


def as_plain(found: list[TagFound]) -> list[dict[str, Any]]:
    """For `--json`."""
    return [
        {"tag": one.tag, "object": one.object_id, "state": one.state, "sentence": one.sentence, "request_id": one.request_id}
        for one in found
    ]
