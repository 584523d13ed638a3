"""Reads the job definitions and the Jenkinsfiles of one clone. Resting state: reads only."""

from __future__ import annotations

from pathlib import Path

from naru.edge.files import read_capped
from naru.errors import Missing
from naru.model.jobs import JobFile, ScriptFile

MAX_FILE = 256 * 1024


class JobFiles:
    """pipelines/defaults.yaml, pipelines/jobs/*.yaml and the Jenkinsfiles beside them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def defaults(self) -> JobFile:
        """pipelines/defaults.yaml."""
        return self._file(self.root / "pipelines" / "defaults.yaml")

    def definitions(self) -> tuple[JobFile, ...]:
        """One file per job, by name; raises Missing where there is none."""
        found = tuple(self._file(path) for path in sorted((self.root / "pipelines" / "jobs").glob("*.y*ml")))
        if not found:
            raise Missing(f"{self.root / 'pipelines' / 'jobs'} holds no job definition.")
        return found

    def scripts(self) -> tuple[ScriptFile, ...]:
        """Every Jenkinsfile of the clone."""
        paths = [self.root / "Jenkinsfile", *sorted((self.root / "pipelines").glob("*.Jenkinsfile"))]
        return tuple(
            ScriptFile(path=path.relative_to(self.root).as_posix(), text=read_capped(path, MAX_FILE).decode("utf-8", "replace"))
            for path in paths if path.is_file()
        )

    def _file(self, path: Path) -> JobFile:
        try:
            text = read_capped(path, MAX_FILE).decode("utf-8")
        except UnicodeDecodeError:
            raise Missing(f"{path} is not UTF-8 text.", hint="Save the file as UTF-8.") from None
        return JobFile(path=path.relative_to(self.root).as_posix(), text=text)
