"""Starting a Docker daemon where none runs; the daemon here is a small program of that name."""

import gc
import os
import signal
import warnings

import pytest

from naru.edge import command, dockerd
from naru.edge.clock import SystemClock
from naru.errors import Missing, OutsideDown


class Docker:
    """Answers once the program has written its file."""

    def __init__(self, sign):
        self.sign = sign

    def running(self):
        return self.sign.exists()


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Puts a `dockerd` of the given shell lines first in PATH."""
    def put(lines):
        path = tmp_path / "bin" / "dockerd"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{lines}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setattr(dockerd.os, "geteuid", lambda: 0)
    return put


def ensure(tmp_path):
    (tmp_path / "state").mkdir(exist_ok=True)
    return dockerd.ensure_dockerd(Docker(tmp_path / "up"), folder=tmp_path / "state", wrapper=tmp_path / "runc", clock=SystemClock())


def test_a_started_daemon_runs_on_and_python_does_not_warn_of_a_forgotten_child(tmp_path, program):
    program(f'echo $$ > "{tmp_path}/pid"; : > "{tmp_path}/up"; exec sleep 60')
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ensure(tmp_path) is True
        gc.collect()
    os.kill(int((tmp_path / "pid").read_text()), 0)
    assert dockerd.stop_dockerd(tmp_path / "state", SystemClock()) is True
    assert command._left_running.pop().wait(10) == -signal.SIGTERM
    assert dockerd.stop_dockerd(tmp_path / "state", SystemClock()) is False


@pytest.mark.parametrize("record", ["", "x", "{pid}", "{pid} 1", "4194305 1", "-1 1"])
def test_a_process_that_is_not_the_daemon_that_was_started_is_never_ended(tmp_path, record):
    other = command.start(["sleep", "60"])
    try:
        (tmp_path / dockerd.STARTED).write_text(record.format(pid=other.pid))
        assert dockerd.stop_dockerd(tmp_path, SystemClock()) is False
        assert other.poll() is None
    finally:
        command.stop_group(other)


def test_a_daemon_that_does_not_end_is_an_outage_that_names_its_log(tmp_path, program, monkeypatch):
    program(f'trap "" TERM; : > "{tmp_path}/up"; while :; do sleep 1; done')
    ensure(tmp_path)
    monkeypatch.setattr(dockerd, "STOP_SECONDS", 0.3)
    with pytest.raises(OutsideDown, match="did not end"):
        dockerd.stop_dockerd(tmp_path / "state", SystemClock())
    command.stop_group(command._left_running.pop())


def test_a_daemon_that_ends_at_once_is_an_outage_with_its_last_line(tmp_path, program):
    program("echo no iptables >&2; exit 1")
    with pytest.raises(OutsideDown, match="no iptables"):
        ensure(tmp_path)


def test_where_a_daemon_answers_none_is_started(tmp_path, program):
    program(f'echo started > "{tmp_path}/started"')
    (tmp_path / "up").touch()
    assert ensure(tmp_path) is False
    assert not (tmp_path / "started").exists()


def test_without_root_no_daemon_is_started_and_the_sentence_says_so(tmp_path, program, monkeypatch):
    program("exit 0")
    monkeypatch.setattr(dockerd.os, "geteuid", lambda: 1000)
    with pytest.raises(Missing, match="only root"):
        ensure(tmp_path)
