"""`run`: stage by stage with one display; what stopped it, what is kept, and how it goes on."""

import io
import json

import pytest

from fakes.clock import FakeClock
from naru.commands.run import run_stages, stopped
from naru.core.stage_list import Stage, main_job
from naru.edge.release_folder import ReleaseFolder
from naru.errors import Interrupted, Judged, NaruError, OutsideDown
from naru.model.timings import Timings

STAGES = main_job(("naver", "ktcloud"), "w", ())
TAKES = {"build-images": 30.0, "verify-failover": 200.0}


class World:
    def __init__(self, folder):
        self.clock, self.folder = FakeClock(), folder
        self.said, self.ran, self.takes = {}, [], dict(TAKES)

    def call(self, stage, words):
        self.ran.append(stage.name)
        self.clock.sleep(self.takes.get(stage.name, 10.0))
        answer = self.said.get(stage.name, 0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def run(self, stages=STAGES):
        self.ran = []
        return run_stages(stages, self.folder, "1", clock=self.clock, call_stage=self.call)

    def times(self):
        return {time.name: time.seconds for time in ReleaseFolder(self.folder).find(Timings, "timings.json").stages}


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "product" / "1")


def lines(capsys):
    return capsys.readouterr().err.splitlines()


def test_without_a_terminal_each_stage_is_two_plain_lines(world, capsys):
    assert world.run() == 0
    told = lines(capsys)
    assert len(told) == 2 * len(STAGES)
    assert told[:2] == ["[1/10] tag-release", "[1/10] tag-release: done in 10 s"]
    assert told[9] == "[5/10] verify-rollout: done in 10 s   naver 1/4 · ktcloud 1/4"


def test_the_second_release_knows_from_the_first_how_much_time_is_left(world, tmp_path, capsys):
    world.run()
    capsys.readouterr()
    world.folder = tmp_path / "product" / "2"
    world.run()
    told = lines(capsys)
    assert told[0] == "[1/10] tag-release   about 5 min left"
    assert told[16] == "[9/10] promote   about 20 s left"


def test_a_stage_that_says_no_ends_the_run_with_its_code_and_the_report_is_written_all_the_same(world, capsys):
    world.said["build-images"] = OutsideDown("The index did not answer.")
    assert world.run() == 4
    assert world.ran == ["tag-release", "build-images", "report"]
    assert "naru build-images: The index did not answer." in lines(capsys)
    stages = ReleaseFolder(world.folder).find(Timings, "timings.json").stages
    assert [stage.sentence for stage in stages if stage.exit_code] == ["The index did not answer."]


def test_a_stop_by_signal_ends_the_run_at_once_and_keeps_the_times_so_far(world):
    world.said["verify-rollout"] = Interrupted("stopped")
    with pytest.raises(Interrupted):
        world.run()
    assert world.ran[-1] == "verify-rollout"
    assert list(world.times()) == ["tag-release", "build-images", "publish-release", "patch-overlays"]


def test_the_same_command_again_expects_to_look_only_and_keeps_the_times_of_the_work(world, capsys):
    world.said["promote"] = Judged("held")
    assert world.run() == 1
    before = world.times()
    del world.said["promote"]
    world.takes = dict.fromkeys((stage.name for stage in STAGES), 1.0)
    capsys.readouterr()
    json_before = json.loads((world.folder.parent / "last-times.json").read_text())
    assert world.run() == 0
    assert world.times() == before | {"promote": 1.0}
    assert json.loads((world.folder.parent / "last-times.json").read_text()) == json_before | {"promote": 1.0}
    assert lines(capsys)[0] == "[1/10] tag-release"


def test_what_stands_before_the_job_leaves_no_trace_in_its_folder_where_it_fails(world):
    up = Stage("clouds-up", "clouds", (), timed=False)
    world.said["clouds-up"] = OutsideDown("no daemon")
    assert world.run((up, *STAGES)) == 4
    assert world.ran == ["clouds-up"]
    assert not world.folder.exists()
    world.said.clear()
    assert world.run((up, *STAGES)) == 0
    assert list(world.times()) == [stage.name for stage in STAGES]


@pytest.mark.parametrize("text", ["", "[]", '{"version": 3}'])
def test_a_folder_whose_times_cannot_be_read_is_run_like_a_new_one(world, text):
    world.folder.mkdir(parents=True)
    (world.folder / "timings.json").write_text(text)
    assert world.run() == 0
    assert len(world.times()) == len(STAGES)


@pytest.mark.parametrize(("code", "kind"), [(1, Judged), (4, OutsideDown), (70, NaruError), (130, NaruError)])
def test_a_job_ends_with_the_exit_code_of_the_stage_that_stopped_it(code, kind):
    error = stopped(code, "It stopped.", hint="Look above.")
    assert isinstance(error, kind)
    assert error.exit_code == code


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_one_bar_stands_over_the_stages_with_clouds_and_time_left(world, monkeypatch):
    """The bar is drawn with what was known last; the stages' own bars nest below it."""
    from naru.edge import console

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    console.terminal.cache_clear()
    world.run()
    world.folder = world.folder.with_name("2")
    drawn = []

    def call(stage, words):
        with console.Console().task(f"inner of {stage.name}") as task:
            task.say("working")
            console.terminal()._live_stack[0].refresh()
        drawn.append(screen.getvalue())
        return world.call(stage, words)

    assert run_stages(STAGES, world.folder, "2", clock=world.clock, call_stage=call) == 0
    console.terminal.cache_clear()
    seen = drawn[8]
    assert "promote · naver 3/4 · ktcloud 3/4" in seen
    assert "about 20 s left" in seen
    assert "inner of promote" in seen
    assert "[8/10] verify-failover: done in 3 min" in seen
