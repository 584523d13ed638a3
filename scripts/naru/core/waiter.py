"""Trigger and wait as a pure state machine: `next_ask` says what to ask the server, `take` what the answer means.

The rules, each of which some public client breaks: a POST whose outcome is unknown is never repeated before a search
for the request id found nothing twice; a queue item that left without a build is polled on; 404 is a race until the
limit `lost`; an outage costs patience, not the build; the build's recorded parameters must be those that were sent.
Times are monotonic seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from naru.model.waiting import (
    Accepted,
    Answer,
    Build,
    Down,
    Ending,
    Found,
    Gone,
    Item,
    LogPart,
    Refused,
    Unsure,
    WaitLimits,
)

EXIT_CODES: dict[Ending, int] = {
    Ending.success: 0, Ending.started: 0, Ending.unstable: 1, Ending.failure: 1, Ending.aborted: 1, Ending.not_built: 1,
    Ending.cancelled: 1, Ending.mismatch: 1, Ending.refused: 3, Ending.lost: 4, Ending.unknown: 4, Ending.queue_limit: 4,
    Ending.run_limit: 4, Ending.silent: 4, Ending.outage: 4, Ending.overall_limit: 4,
}
"""The exit code of each ending; a refusal may bring one of its own (2 for a bad parameter)."""

RESULTS = {
    "SUCCESS": Ending.success, "UNSTABLE": Ending.unstable, "FAILURE": Ending.failure, "ABORTED": Ending.aborted,
    "NOT_BUILT": Ending.not_built,
}
MAX_POSTS = 3
SETTLED_SEARCHES = 2
"""Searches in a row that must find nothing before a POST of unknown outcome may be repeated."""
MAX_PAUSE = 20.0
MAX_DRAINS = 20


class Ask(StrEnum):
    """One request to the server."""

    post = "post"
    search = "search"
    item = "queue item"
    build = "build"
    log = "log"
    ending = "ending"
    """Nothing more to ask."""


@dataclass(frozen=True)
class Wait:
    """Where one trigger stands."""

    request_id: str
    sent: dict[str, str]
    begun: float
    searchable: bool = True
    """The job declares the request id, so that a search can find it."""
    wait: bool = True
    ask: Ask = Ask.post
    pause: float = 0
    """Seconds to wait before `ask`."""
    since: float = 0
    """Begin of the present phase (queued or running)."""
    heard: float = 0
    """Last sign of life of the build."""
    down_since: float | None = None
    missing_since: float | None = None
    downs: int = 0
    posts: int = 0
    blanks: int = 0
    drains: int = 0
    confirmed: bool = False
    """The server has shown the request as item or build."""
    queue_id: int | None = None
    number: int | None = None
    item: Item | None = None
    build: Build | None = None
    ending: Ending | None = None
    reason: str = ""
    code: int | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of the ending."""
        assert self.ending is not None
        return EXIT_CODES[self.ending] if self.code is None else self.code


def begin(request_id: str, sent: dict[str, str], now: float, *, searchable: bool, wait: bool, known: bool) -> Wait:
    """The first state. `known`: the request id was given from outside, so an earlier run may have sent it already."""
    first = Ask.search if known and searchable else Ask.post
    return Wait(request_id=request_id, sent=sent, begun=now, since=now, heard=now, searchable=searchable, wait=wait, ask=first)


def take(state: Wait, answer: Answer, now: float, limits: WaitLimits, jitter: float = 1.0) -> Wait:
    """The state after an answer; `jitter` (0.5 to 1) scales the pause after a failure."""
    if isinstance(answer, Down):
        state = _down(state, answer, now, jitter)
    else:
        state = _TAKERS[state.ask](replace(state, down_since=None, downs=0, pause=0), answer, now, limits)
    return state if state.ending else _limited(state, now, limits)


def _down(state: Wait, answer: Down, now: float, jitter: float) -> Wait:
    pause = min(MAX_PAUSE, 0.5 * 2.0 ** min(state.downs, 8)) * jitter
    since = now if state.down_since is None else state.down_since
    return replace(state, down_since=since, downs=state.downs + 1, pause=pause, reason=answer.reason)


def _limited(state: Wait, now: float, limits: WaitLimits) -> Wait:
    running = state.number is not None
    rules = (
        (now - state.begun, limits.overall, Ending.overall_limit),
        (0 if state.down_since is None else now - state.down_since, limits.outage, Ending.outage),
        (0 if running else now - state.since, limits.queue, Ending.queue_limit),
        (now - state.since if running else 0, limits.run, Ending.run_limit),
        (now - state.heard if running else 0, limits.silence, Ending.silent),
    )
    for passed, limit, ending in rules:
        if passed > limit:
            return replace(state, ask=Ask.ending, ending=ending, reason=state.reason or f"{passed:.0f} s passed; the limit is {limit:.0f} s")
    return state


def _end(state: Wait, ending: Ending, reason: str = "", code: int | None = None) -> Wait:
    return replace(state, ask=Ask.ending, ending=ending, reason=reason, code=code)


def _taken_post(state: Wait, answer: Answer, now: float, _limits: WaitLimits) -> Wait:
    state = replace(state, posts=state.posts + 1, blanks=0)
    if isinstance(answer, Refused):
        return _end(state, Ending.refused, answer.reason, answer.code)
    if isinstance(answer, Gone):
        return _end(state, Ending.refused, "the server knows no such job", 3)
    if isinstance(answer, Accepted) and answer.queue_id is not None:
        state = replace(state, queue_id=answer.queue_id, confirmed=True, since=now, heard=now)
        return replace(state, ask=Ask.item) if state.wait else _end(state, Ending.started)
    reason = answer.reason if isinstance(answer, Unsure) else "the server named no queue item"
    if not state.searchable:
        return _end(state, Ending.unknown, f"{reason}; the job declares no NARU_REQUEST_ID by which to look for it")
    return replace(state, ask=Ask.search, missing_since=now, reason=reason)


def _taken_search(state: Wait, answer: Answer, now: float, limits: WaitLimits) -> Wait:
    if isinstance(answer, Refused):
        return _end(state, Ending.refused, answer.reason, answer.code)
    if isinstance(answer, Found) and answer.number is not None:
        return _running(state, answer.number, now) if state.wait else _end(_running(state, answer.number, now), Ending.started)
    if isinstance(answer, Found) and answer.queue_id is not None:
        seen = replace(state, queue_id=answer.queue_id, confirmed=True, blanks=0, missing_since=None)
        return replace(seen, ask=Ask.item, pause=limits.poll) if state.wait else _end(seen, Ending.started)
    return _not_found(state, now, limits)


def _not_found(state: Wait, now: float, limits: WaitLimits) -> Wait:
    """Neither queue nor builds hold the request id: it was not sent yet, is on its way, or is lost."""
    since = now if state.missing_since is None else state.missing_since
    state = replace(state, blanks=state.blanks + 1, missing_since=since, pause=limits.poll)
    if state.posts == 0:
        return replace(state, ask=Ask.post, pause=0)
    if now - since < limits.lost or state.blanks < SETTLED_SEARCHES:
        return state
    if state.confirmed:
        return _end(state, Ending.lost, "the request left the queue and no build carries its id")
    if state.posts < MAX_POSTS:
        return replace(state, ask=Ask.post, blanks=0, missing_since=None)
    return _end(state, Ending.refused, state.reason or "the server accepted the request several times and queued nothing")


def _taken_item(state: Wait, answer: Answer, now: float, limits: WaitLimits) -> Wait:
    if isinstance(answer, Refused):
        return _end(state, Ending.refused, answer.reason, answer.code)
    if isinstance(answer, Item):
        return _seen_item(replace(state, item=answer, confirmed=True, missing_since=None, reason=answer.why), answer, now, limits)
    if state.searchable:
        return replace(state, ask=Ask.search, missing_since=state.missing_since or now)
    since = now if state.missing_since is None else state.missing_since
    if now - since >= limits.lost:
        return _end(state, Ending.lost, "the queue item is gone, and without NARU_REQUEST_ID its build cannot be found")
    return replace(state, missing_since=since, pause=limits.poll)


def _seen_item(state: Wait, item: Item, now: float, limits: WaitLimits) -> Wait:
    if item.cancelled:
        return _end(state, Ending.cancelled, item.why)
    if item.number is not None:
        return _running(state, item.number, now)
    return replace(state, pause=limits.poll)


def _running(state: Wait, number: int, now: float) -> Wait:
    return replace(state, number=number, ask=Ask.build, since=now, heard=now, confirmed=True, missing_since=None, blanks=0, reason="")


def _taken_build(state: Wait, answer: Answer, now: float, limits: WaitLimits) -> Wait:
    if isinstance(answer, Refused):
        return _end(state, Ending.refused, answer.reason, answer.code)
    if not isinstance(answer, Build):
        since = now if state.missing_since is None else state.missing_since
        if now - since >= limits.lost:
            return _end(state, Ending.lost, f"build #{state.number} is not on the server any more")
        return replace(state, missing_since=since, pause=limits.poll)
    first = state.build is None
    state = replace(state, build=answer, missing_since=None, heard=now if first else state.heard)
    differing = different(state.sent, answer.parameters)
    if first and differing:
        return _end(state, Ending.mismatch, f"build #{answer.number} records {', '.join(differing)}")
    return replace(state, ask=Ask.log)


def _taken_log(state: Wait, answer: Answer, now: float, limits: WaitLimits) -> Wait:
    assert state.build is not None
    more, heard, drains = False, state.heard, state.drains
    if isinstance(answer, LogPart):
        more, heard = answer.more, now if answer.data else state.heard
    if state.build.building:
        return replace(state, ask=Ask.build, pause=limits.poll, heard=heard)
    if more and drains < MAX_DRAINS:
        return replace(state, ask=Ask.log, pause=min(limits.poll, 0.5), drains=drains + 1, heard=heard)
    result = state.build.result or "NOT_BUILT"
    return _end(replace(state, heard=heard), RESULTS.get(result, Ending.failure), f"build #{state.number}: {result}")


def different(sent: dict[str, str], recorded: dict[str, str]) -> list[str]:
    """`NAME='value'` for each parameter that the build records otherwise than it was sent; spaces at the ends don't count."""
    if not recorded and sent:
        return ["no parameters at all"]
    return [
        f"{name}={recorded.get(name)!r} instead of {value!r}" for name, value in sorted(sent.items())
        if recorded.get(name, "").strip() != value.strip()
    ]


_TAKERS = {Ask.post: _taken_post, Ask.search: _taken_search, Ask.item: _taken_item, Ask.build: _taken_build, Ask.log: _taken_log}
