"""Rows of a load run as columns: small in memory, quick to hand from the child to its parent, readable as rows.

File form (private to one run): a JSON line that describes the columns, then their bytes one after the other.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, overload

from naru.model.load import Row

_COLUMNS = (
    ("lane", "H"), ("number", "I"), ("intended", "d"), ("sent", "d"), ("done", "d"), ("status", "H"), ("error", "H"),
    ("cloud", "H"), ("pod", "H"), ("version", "H"), ("reused", "B"),
)


class Rows(Sequence[Row]):
    """Appendable columns that read like a list of Row; words (pods, errors) are kept once."""

    def __init__(self) -> None:
        self._columns: list[array[Any]] = [array(code) for _, code in _COLUMNS]
        self._words: list[str] = [""]
        self._known: dict[str, int] = {"": 0}

    def append(self, row: Row) -> None:
        """Add one row."""
        word = self._word
        values = (word(row.lane), row.number, row.intended, row.sent, row.done, row.status, word(row.error), word(row.cloud),
                  word(row.pod), word(row.version), row.reused)
        for column, value in zip(self._columns, values, strict=True):
            column.append(value)

    def __len__(self) -> int:
        return len(self._columns[0])

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        lane, number, intended, sent, done, status, error, cloud, pod, version, reused = (c[index] for c in self._columns)
        words = self._words
        return Row(words[lane], number, intended, sent, done, status, words[error], words[cloud], words[pod], words[version],
                   bool(reused))

    def __iter__(self) -> Iterator[Row]:
        return (self[number] for number in range(len(self)))

    def save(self, path: Path) -> None:
        """Write all rows."""
        head = {"words": self._words, "columns": [[c.typecode, len(c)] for c in self._columns]}
        with path.open("wb") as stream:
            stream.write(json.dumps(head).encode() + b"\n")
            for column in self._columns:
                stream.write(column.tobytes())

    @classmethod
    def load(cls, path: Path) -> Rows:
        """Read what `save` wrote."""
        rows = cls()
        with path.open("rb") as stream:
            head = json.loads(stream.readline())
            rows._words = head["words"]
            for column, (code, length) in zip(rows._columns, head["columns"], strict=True):
                column.frombytes(stream.read(array(code).itemsize * length))
        return rows

    def in_order(self) -> Rows:
        """The same rows by intended time."""
        order = sorted(range(len(self)), key=self._columns[2].__getitem__)
        rows = Rows()
        rows._words, rows._known = self._words, self._known
        rows._columns = [array(c.typecode, [c[number] for number in order]) for c in self._columns]
        return rows

    def _word(self, text: str) -> int:
        number = self._known.get(text)
        if number is None:
            if len(self._words) >= 60_000:
                return self._known[""]
            number = self._known[text] = len(self._words)
            self._words.append(text)
        return number
