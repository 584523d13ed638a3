"""Programs are run to their end or to their deadline, and nothing of theirs stays behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from naru.edge import command
from naru.edge.command import run, run_shown
from naru.errors import Missing, OutsideDown

PYTHON = sys.executable


def gone(pid):
    """True once no process (or only its remains) bears the number."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def with_grandchild(marker):
    """A program that starts another one, which notes its number, and then waits for ever."""
    inner = f"import os, time; open({str(marker)!r} + '.new', 'w').write(str(os.getpid())); os.rename({str(marker)!r} + '.new', {str(marker)!r}); time.sleep(600)"
    return [PYTHON, "-c", f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {inner!r}]); time.sleep(600)"]


def test_both_streams_the_status_and_the_input_come_through_apart():
    text = "import sys; sys.stderr.write('오류\\n'); print(sys.stdin.read().upper()); sys.exit(3)"
    result = run([PYTHON, "-c", text], timeout=20, stdin=b"in", check=False)
    assert (result.code, result.ok, result.stdout, result.stderr, result.last_line()) == (3, False, "IN\n", "오류\n", "오류")


def test_a_status_that_is_not_zero_is_told_with_the_programs_last_line():
    with pytest.raises(OutsideDown, match=r"ended with status 4: no such thing"):
        run([PYTHON, "-c", "import sys; sys.exit(print('no such thing', file=sys.stderr) or 4)"], timeout=20)


def test_each_line_is_handed_over_as_it_comes():
    lines = []
    run([PYTHON, "-c", "print('one'); print('two')"], timeout=20, on_line=lines.append)
    assert lines == ["one", "two"]


def test_output_beyond_the_bound_is_dropped_and_said(monkeypatch):
    monkeypatch.setattr(command, "MAX_OUTPUT", 10)
    result = run([PYTHON, "-c", "print('12345\\n' * 100)"], timeout=20)
    assert (result.stdout, result.truncated) == ("12345\n", True)


@pytest.mark.parametrize("runner", [run, run_shown])
def test_a_program_that_is_not_there_is_a_sentence(runner):
    with pytest.raises(Missing, match=r"'no-such-program' could not be started: No such file"):
        runner(["no-such-program"], timeout=5)


@pytest.mark.parametrize("runner", [run, run_shown])
def test_at_the_deadline_the_program_and_its_children_are_ended(runner, tmp_path):
    marker = tmp_path / "pid"
    with pytest.raises(OutsideDown, match=r"did not end within 1\.5 s and was stopped"):
        runner(with_grandchild(marker), timeout=1.5)
    assert gone(int(marker.read_text()))


@pytest.mark.parametrize("runner", [run, run_shown])
def test_whatever_interrupts_the_wait_ends_the_program_first(runner, tmp_path, monkeypatch):
    marker = tmp_path / "pid"
    wait = subprocess.Popen.wait

    def interrupted(process, timeout=None):
        if timeout != 60:
            return wait(process, timeout)
        while not marker.exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        runner(with_grandchild(marker), timeout=60)
    assert gone(int(marker.read_text()))


def test_shown_output_is_there_before_its_line_ends(tmp_path):
    """A long test file prints one dot a test: held back until the line's end, it would look stuck."""
    caller = "import sys; sys.path.insert(0, sys.argv[1]); from naru.edge.command import run_shown; sys.exit(run_shown(sys.argv[2:], timeout=30))"
    scripts = str(Path(command.__file__).resolve().parents[2])
    reading, writing = os.pipe()
    go_on = tmp_path / "go"
    wait = f"import os, sys, time\nprint('.', end='', flush=True)\nwhile not os.path.exists({str(go_on)!r}): time.sleep(0.01)\nsys.exit(5)"
    with subprocess.Popen([PYTHON, "-c", caller, scripts, PYTHON, "-c", wait], stdout=writing) as process:
        os.close(writing)
        assert os.read(reading, 10) == b"."
        assert process.poll() is None
        go_on.touch()
        assert process.wait(30) == 5
    os.close(reading)
