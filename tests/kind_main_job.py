"""The main job as the tests run it: a folder, a release number of its own, and what the stages said."""

from contextlib import contextmanager
from datetime import UTC, datetime

from naru.commands import approve
from naru.commands.guard import call
from naru.commands.run import run_stages
from naru.core.stage_list import main_job
from naru.edge.release_folder import ReleaseFolder
from naru.model.evidence import Evidence
from naru.model.timings import Timings
from naru.model.words import Verdict

APPROVERS = ("kim.release", "lee.quality")
PRODUCT = "khan-monitoring"
CLOUDS = ("naver", "ktcloud", "cocktail")
TRIES = 2
"""Inconclusive may be measured again, failed never."""


def run_number():
    """A bug-fix number that no earlier run on this machine has burnt."""
    return str(100_000 + int(datetime.now(UTC).timestamp()) // 60 % 800_000)


class Job:
    """The job's folder and what its stages said."""

    def __init__(self, root):
        self.number = run_number()
        self.version = f"8.9.csap-{self.number}"
        self.root = root / self.version
        self.folder = ReleaseFolder(self.root)
        self.words = ("--product", PRODUCT, "--khan-release", "8.9.csap", "--bug-fix-version", self.number)

    def run(self):
        return run_stages(main_job(CLOUDS, str(self.root), self.words), self.root, self.version, around=self.around)

    @contextmanager
    def around(self, stage):
        """Two people approve before the promotion, as a csap line asks, each by the command that a person types."""
        for name in APPROVERS if stage.command == "promote" else ():
            assert call(approve.app, ["approve", "--work", str(self.root), "--by", name]) == 0
        yield

    def times(self):
        return {time.name: time for time in self.folder.find(Timings, "timings.json").stages}

    def inconclusive(self):
        found = [self.folder.find(Evidence, str(path.relative_to(self.root))) for path in self.root.glob("evidence/*.json") if ".dsse" not in path.name]
        return [item for item in found if item.verdict is Verdict.inconclusive]
