"""The log of a build: every line goes to the person who watches and to the release folder, on success and on failure."""

from __future__ import annotations

from collections import deque

from naru.steps.ports import Folder, Progress, Task

FILE = "build.log"
HEAD, TAIL = 20_000, 40_000
"""Lines that are kept from the begin and from the end; a longer log says how many are left out between them."""

MAX_LINE = 4_000

class BuildLog:
    """Collects lines; `keep` writes them."""

    def __init__(self, progress: Progress, task: Task) -> None:
        self._progress = progress
        self._task = task
        self._head: list[str] = []
        self._tail: deque[str] = deque(maxlen=TAIL)
        self._count = 0

    def heading(self, text: str) -> None:
        """The title of what comes next, in the log and on the bar."""
        self._task.say(text)
        self._add(f"== {text}")

    def line(self, text: str) -> None:
        """One line that a tool printed."""
        self._progress.detail(text[:MAX_LINE])
        self._add(text[:MAX_LINE])

    def remark(self, text: str) -> None:
        """One line of our own that a person should see without -v."""
        self._progress.line(text)
        self._add(text)

    def lines(self) -> list[str]:
        """What was kept, in order."""
        left_out = self._count - len(self._head) - len(self._tail)
        between = [f"== naru: {left_out} lines are left out here"] if left_out else []
        return [*self._head, *between, *self._tail]

    def since(self, text: str) -> list[str]:
        """The lines after the last heading `text`."""
        lines = self.lines()
        places = [place for place, line in enumerate(lines) if line == f"== {text}"]
        return lines[places[-1] + 1 :] if places else lines

    def keep(self, folder: Folder) -> None:
        """Write the log into the release folder."""
        folder.write_raw(FILE, "".join(line + "\n" for line in self.lines()).encode("utf-8", "replace"))

    def _add(self, text: str) -> None:
        self._count += 1
        if len(self._head) < HEAD:
            self._head.append(text)
        else:
            self._tail.append(text)
