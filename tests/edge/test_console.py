"""What a log shows of long work, where nobody looks at a terminal."""

from naru.edge.console import SILENT_SECONDS, Console, PlainTask


def test_a_long_step_says_a_line_a_minute_and_never_more(capsys):
    now = [0.0]
    task = PlainTask(Console(), "Node image", 100.0, lambda: now[0])
    task.say("Go: kubernetes")
    for _ in range(20):
        now[0] += SILENT_SECONDS / 10
        task.advance(2)
    assert capsys.readouterr().err.splitlines() == [
        "Node image ...", "Node image: 0% Go: kubernetes", "Node image: 20% Go: kubernetes", "Node image: 40% Go: kubernetes"]


def test_the_same_words_are_said_once(capsys):
    task = PlainTask(Console(), "Publishing", None, lambda: 0.0)
    for _ in range(3):
        task.say("egov (78 MB)")
        task.advance()
    assert capsys.readouterr().err.splitlines() == ["Publishing ...", "Publishing: egov (78 MB)"]
