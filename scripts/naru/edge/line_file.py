"""A file of records, one JSON object a line, only ever added to. Resting state: ends with a newline; a torn line is skipped."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from naru.model.record import Record

R = TypeVar("R", bound=Record)


class LineFile(Generic[R]):
    """The records of one kind in one file."""

    def __init__(self, path: Path, kind: type[R]) -> None:
        self.path, self._kind = path, kind

    def all(self) -> list[R]:
        """Every whole record, oldest first."""
        if not self.path.is_file():
            return []
        found = []
        for line in self.path.read_bytes().splitlines():
            try:
                found.append(self._kind.model_validate_json(line))
            except ValidationError:
                continue  # torn by a crash, or of a later version
        return found

    def add(self, records: Sequence[R]) -> None:
        """Append durably."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            if stream.tell() and not self.path.read_bytes().endswith(b"\n"):
                stream.write(b"\n")
            stream.write(b"".join(json.dumps(record.plain(), ensure_ascii=False, sort_keys=True).encode() + b"\n" for record in records))
            stream.flush()
            os.fsync(stream.fileno())
