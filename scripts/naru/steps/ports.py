"""Protocols that several steps share; each step declares what else it needs beside itself.

A Protocol method whose docstring begins with "Effect:" changes something outside; steps call it only inside
`Effects.perform` (tests/test_layers.py enforces it), so that each is counted, logged before and after, and can be
cut off by the crash tests.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from naru.model.record import Document

D = TypeVar("D", bound=Document)


class Clock(Protocol):
    """Time as a value that a test can set."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...

    def wait(self, event: threading.Event, seconds: float) -> bool: ...


class RunLog(Protocol):
    """The run log of one release folder."""

    def append(self, entry: dict[str, Any]) -> None: ...


class Task(Protocol):
    """One bar of the progress display."""

    def advance(self, amount: float = 1) -> None: ...

    def say(self, text: str) -> None: ...

    def show(self, text: str) -> None:
        """A ticking value, shown on a terminal only."""


class Progress(Protocol):
    """Progress for a person (bars) or a log (plain lines)."""

    def task(self, title: str, total: float | None = None) -> AbstractContextManager[Task]: ...

    def line(self, text: str) -> None: ...

    def detail(self, text: str) -> None: ...


class Folder(Protocol):
    """The release folder: documents by their file name, raw files by path."""

    def read(self, kind: type[D], name: str) -> D:
        """The document; raises Missing that says which stage writes it."""

    def find(self, kind: type[D], name: str) -> D | None:
        """The document or None where there is none."""

    def write(self, document: Document, name: str) -> bool:
        """Write durably; False (and nothing written) where the same content hash stands there already."""

    def read_raw(self, name: str) -> bytes: ...

    def write_raw(self, name: str, data: bytes) -> None: ...

    def forget(self, name: str) -> None:
        """Remove a file that no longer holds true; nothing where there is none."""
