"""From a sign to the cause that a person reads: one sentence, with the log lines that show it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from naru.core.sign import Reason, Sign
from naru.model.evidence import Cause
from naru.model.logs import ContainerLog

MOST_LINES = 12
LONGEST = 300
NEAR_THE_END = 3
FAULT = re.compile(r"(?i)error|exception|fatal|panic|fail|cannot|could not|unable|not found|no such|\bno \w+ found|denied|refused|invalid|missing|killed")
LOGGED = {Reason.crash_loop, Reason.out_of_memory, Reason.died_after_ready, Reason.restarted, Reason.probe, Reason.flapping,
          Reason.job_failed, Reason.start_error, Reason.deadline, Reason.progress_deadline, Reason.no_gain}
"""Reasons that the container's own log may explain."""


def cause_of(sign: Sign, logs: Sequence[ContainerLog], job_pods: frozenset[str] = frozenset()) -> Cause:
    """The cause; the last words of the container that died are part of the sentence."""
    log = _log_for(sign, logs, job_pods) if sign.reason in LOGGED else None
    words = _last_lines(log) if log else ()
    last = f' Its last words: "{_telling(words)}"' if words else ""
    korean = f' 마지막 로그: "{_telling(words)}"' if words else ""
    return Cause(
        reason=str(sign.reason), object=sign.object, sentence=sign.said.en + last, sentence_ko=sign.said.ko + korean,
        lines=tuple(_short(line) for line in (*sign.lines, *words))[:MOST_LINES],
    )


def _log_for(sign: Sign, logs: Sequence[ContainerLog], job_pods: frozenset[str]) -> ContainerLog | None:
    """The newest incarnation that ended badly and said something; else the newest that said something."""
    kind, _, which = sign.object.partition("/")
    pods = {which} if kind == "Pod" else job_pods
    mine = [log for log in logs if log.pod in pods and sign.container in {"", log.container} and log.text.strip()]
    mine.sort(key=lambda log: (bool(log.exit_code), log.number))
    return mine[-1] if mine else None


def _last_lines(log: ContainerLog, count: int = 6) -> tuple[str, ...]:
    lines = [line.partition(" ")[2].rstrip() for line in log.text.splitlines()]
    return tuple(_short(line) for line in [line for line in lines if line.strip()][-count:])


def _telling(words: Sequence[str]) -> str:
    """The newest of the last lines that names a fault, else the last: stdout and stderr of one moment come in any order."""
    return next((line for line in reversed(words[-NEAR_THE_END:]) if FAULT.search(line)), words[-1])


def _short(line: str) -> str:
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
