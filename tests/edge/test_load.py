"""The load engine as its callers see it: a child process that begins, obeys, tells and is gone."""

import threading

import pytest

from fakes.http_target import HttpTarget
from naru.edge.load import LoadEngine, LoadRun
from naru.model.load import Lane, LoadPlan, LoadStep


def test_a_running_load_is_changed_on_the_way_tells_each_second_and_leaves_nothing_behind():
    first = threading.Event()
    with HttpTarget() as target:
        lane = Lane(name="a", url=target.url, steps=(LoadStep(seconds=600, rate=50),))
        with LoadEngine().start(LoadPlan(lanes=(lane,)), lambda _tick: first.set()) as run:
            assert first.wait(30)
            run.follow({"a": [(0.1, 300)]})
            result = run.wait()
            folder, child = run._folder, run._process
    begun = [row for row in result.rows if row.intended < 1]
    assert len(begun) == pytest.approx(50, abs=2)
    assert len(result.rows) >= len(begun) + 30
    assert result.summary.stopped == "end"
    assert run.ticks[0].offered == pytest.approx(50, abs=2)
    assert not folder.exists()
    assert child.poll() is not None


def test_a_child_whose_parent_is_gone_ends_by_itself():
    with HttpTarget() as target:
        lane = Lane(name="a", url=target.url, steps=(LoadStep(seconds=600, rate=5),))
        run = LoadRun(LoadPlan(lanes=(lane,)))
        run._control.shutdown(2)
        assert run._process.wait(30) == 0
        run.close()
