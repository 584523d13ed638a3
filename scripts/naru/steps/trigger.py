"""Start a Jenkins job and wait for it: the loop between core/waiter.py (what to ask) and the server (answers)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from naru.core.console_log import ConsoleLog
from naru.core.waiter import Ask, Wait, begin, take
from naru.errors import Interrupted, Malformed, Missing
from naru.model.waiting import Answer, Ending, JobDefinition, LogPart, WaitLimits
from naru.steps.effects import Effects
from naru.steps.ports import Clock

REQUEST_ID = "NARU_REQUEST_ID"


class BuildServer(Protocol):
    """One Jenkins controller; answers are values, whatever went wrong."""

    secrets: tuple[str, ...]

    def definition(self, job: str) -> JobDefinition: ...

    def queue_build(self, job: str, parameters: dict[str, str]) -> Answer:
        """Effect: queue a build."""

    def search(self, job: str, request_id: str) -> Answer: ...

    def item(self, queue_id: int) -> Answer: ...

    def build(self, job: str, number: int) -> Answer: ...

    def log(self, job: str, number: int, start: int) -> Answer: ...

    def cancel_queued(self, queue_id: int) -> bool:
        """Effect: take our item out of the queue."""

    def stop_build(self, job: str, number: int) -> bool:
        """Effect: stop our build."""


@dataclass(frozen=True)
class TriggerRequest:
    """What to start, and how long to wait."""

    job: str
    parameters: dict[str, str]
    request_id: str
    known: bool = False
    """The id was given from outside: an earlier run may have sent it already."""
    wait: bool = True
    cancel_on_stop: bool = False
    limits: WaitLimits = field(default_factory=WaitLimits)


def trigger(
    server: BuildServer, clock: Clock, effects: Effects, request: TriggerRequest, *,
    say: Callable[[str], None], line: Callable[[str], None], jitter: Callable[[], float],
) -> Wait:
    """Queue the build once and follow it; the ending and its exit code stand in what is returned.

    `say` gets what changes (why the queue holds it, an outage), `line` each line of the console. Raises Malformed or
    Missing before anything is sent where the job's own definitions refuse the parameters.
    """
    definition = server.definition(request.job)
    sent = checked_parameters(definition, request.parameters)
    searchable = any(parameter.name == REQUEST_ID for parameter in definition.parameters)
    if searchable:
        sent[REQUEST_ID] = request.request_id
    state = begin(request.request_id, sent, clock.monotonic(), searchable=searchable, wait=request.wait, known=request.known)
    log = ConsoleLog(server.secrets)
    try:
        while state.ending is None:
            if state.pause:
                clock.sleep(state.pause)
            answer = _ask(server, effects, request, state, log)
            if isinstance(answer, LogPart):
                _print(log.take(answer), line)
            after = take(state, answer, clock.monotonic(), request.limits, jitter())
            _news(state, after, say)
            state = after
    except (KeyboardInterrupt, Interrupted):
        _give_up(server, effects, request, state, say)
        raise
    _print(log.end(), line)
    if state.ending in {Ending.overall_limit, Ending.run_limit, Ending.queue_limit, Ending.silent}:
        _give_up(server, effects, request, state, say)
    return state


def checked_parameters(definition: JobDefinition, given: dict[str, str]) -> dict[str, str]:
    """The parameters as they will be sent; raises Malformed or Missing where the job's own definitions say no."""
    known = {parameter.name: parameter for parameter in definition.parameters}
    for name, value in given.items():
        if name not in known:
            raise Missing(f"Job '{definition.name}' has no parameter '{name[:60]}'.", hint=f"It has: {', '.join(known) or 'none'}.")
        choices = known[name].choices
        if choices and value not in choices:
            raise Malformed(f"'{value[:60]}' is no choice of {name} in job '{definition.name}'.", hint=f"Choices: {', '.join(choices)}.")
        if any(ord(letter) < 32 and letter not in "\n\t" for letter in value):
            raise Malformed(f"The value of {name} holds a control character.")
    if not definition.buildable:
        raise Missing(f"Job '{definition.name}' is disabled.", hint="Enable it in Jenkins, then try again.")
    # Defaults are sent too, so that what the build records can be compared with all that was meant.
    defaults = {parameter.name: parameter.choices[0] if parameter.choices else parameter.default for parameter in definition.parameters}
    return {**defaults, **given}


def result_of(request: TriggerRequest, state: Wait, started: str, finished: str) -> dict[str, Any]:
    """The result file's content."""
    assert state.ending is not None
    build, item = state.build, state.item
    return {
        "job": request.job, "request_id": state.request_id, "ending": state.ending.value, "exit_code": state.exit_code,
        "reason": state.reason, "number": state.number, "url": build.url if build else "",
        "result": build.result if build else None, "queue_id": state.queue_id, "posts": state.posts,
        "parameters": state.sent, "started": started, "finished": finished,
        "queued_since_milliseconds": item.since if item else 0,
        "build_started_milliseconds": build.started if build else 0, "build_duration_milliseconds": build.duration if build else 0,
    }


def _ask(server: BuildServer, effects: Effects, request: TriggerRequest, state: Wait, log: ConsoleLog) -> Answer:
    job = request.job
    if state.ask is Ask.post:
        return effects.perform("trigger-job", job, lambda: server.queue_build(job, state.sent), request_id=state.request_id)
    if state.ask is Ask.search:
        return server.search(job, state.request_id)
    if state.ask is Ask.item:
        assert state.queue_id is not None
        return server.item(state.queue_id)
    assert state.number is not None
    return server.build(job, state.number) if state.ask is Ask.build else server.log(job, state.number, log.offset)


def _news(before: Wait, after: Wait, say: Callable[[str], None]) -> None:
    if after.downs == 1 and before.downs == 0:
        say(f"Jenkins does not answer ({after.reason}); waiting for it")
    if before.downs and not after.downs:
        say("Jenkins answers again")
    why = after.item.why if after.item else ""
    if why and why != (before.item.why if before.item else ""):
        say(f"queued: {why}")
    if after.number is not None and before.number is None:
        say(f"build #{after.number} has begun")
    if after.posts > 1 and after.posts > before.posts:
        say(f"sent again (no trace of {after.request_id} on the server)")


def _give_up(server: BuildServer, effects: Effects, request: TriggerRequest, state: Wait, say: Callable[[str], None]) -> None:
    """Cancel our own item or build where asked to; what is not known to be ours is left alone."""
    if not request.cancel_on_stop:
        return
    number, queue_id = state.number, state.queue_id
    if number is not None and state.build is not None and state.build.building:
        effects.perform("stop-build", f"{request.job} #{number}", lambda: server.stop_build(request.job, number))
        say(f"build #{number} was stopped")
    elif number is None and queue_id is not None:
        effects.perform("cancel-item", f"{request.job} item {queue_id}", lambda: server.cancel_queued(queue_id))
        say(f"queue item {queue_id} was cancelled")


def _print(lines: list[str], line: Callable[[str], None]) -> None:
    for text in lines:
        line(text)
