"""The four ways in which Naru stops, each with the exit code of the table in docs/design (0 is "done").

Every message is one sentence that says what was tried and what came back; `hint` says what to do next.
"""

from __future__ import annotations


class NaruError(Exception):
    """Base of every expected stop; anything else that escapes is a bug of ours (exit code 70)."""

    exit_code = 70

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Judged(NaruError):
    """The question was answered, and the answer is no: failed, inconclusive, hold, conflict."""

    exit_code = 1


class Conflict(Judged):
    """A ref or tag holds something else than was expected; `found` is what it holds (None: it is not there)."""

    def __init__(self, message: str, *, found: str | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.found = found


class Malformed(NaruError):
    """An argument or parameter is not of the form that it must have."""

    exit_code = 2


class Missing(NaruError):
    """Well-formed but unknown, missing or stale input, or a missing prerequisite of the machine."""

    exit_code = 3


class OutsideDown(NaruError):
    """Something outside did not answer, or is busy. The only stop that is worth a retry."""

    exit_code = 4


class Interrupted(NaruError):
    """A person or Jenkins asked us to stop; what was done so far is kept and the same command goes on."""

    exit_code = 130
