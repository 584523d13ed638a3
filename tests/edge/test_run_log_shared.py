"""The run log of one release folder, written by several processes."""

from naru.core.run_log import START, chained_line
from naru.edge.run_log import RunLogFile


def test_two_writers_make_one_whole_chain(tmp_path):
    path = tmp_path / "run.log"
    first, second = RunLogFile(path, chained_line, START), RunLogFile(path, chained_line, START)
    for number in range(3):
        first.append({"a": number})
        second.append({"b": number})
    again, last = tmp_path / "again.log", START
    lines = []
    for number in range(6):
        line, last = chained_line(last, number + 1, {"ab"[number % 2]: number // 2})
        lines.append(line + "\n")
    again.write_text("".join(lines))
    assert path.read_text() == again.read_text()
