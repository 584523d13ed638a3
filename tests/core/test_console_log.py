"""A console log put together from pieces."""

from hypothesis import given, settings
from hypothesis import strategies as st

from naru.core.console_log import MAX_LINE, ConsoleLog
from naru.model.waiting import LogPart


def parts(data, cuts):
    ends = sorted({min(cut, len(data)) for cut in cuts} | {len(data)})
    return [LogPart(data[begin:end], end, end < len(data)) for begin, end in zip([0, *ends], ends, strict=False)]


@settings(max_examples=60)
@given(st.lists(st.text(st.characters(blacklist_characters="\n\r", blacklist_categories=("Cs",)), max_size=12), max_size=12), st.lists(st.integers(0, 200), max_size=8))
def test_each_line_comes_once_and_whole_however_the_bytes_are_cut(lines, cuts):
    data = "".join(f"{line}\n" for line in lines).encode()
    log = ConsoleLog()
    assert [line for part in parts(data, cuts) for line in log.take(part)] + log.end() == lines


@settings(max_examples=40)
@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=10), st.integers(0, 10), st.integers(0, 10))
def test_a_log_that_shrank_and_grew_again_shows_no_line_twice(lines, seen, kept):
    data = "".join(f"{line}\n" for line in lines).encode()
    first, again = data[: 2 * min(seen, len(lines))], data[: 2 * min(kept, seen, len(lines))]
    log = ConsoleLog()
    shown = log.take(LogPart(first, len(first), more=True))
    if len(again) < len(first):
        shown += log.take(LogPart(again, len(again), more=True))
    rest = data[log.offset :]
    shown += log.take(LogPart(rest, len(data), more=False))
    assert shown == lines


def test_lines_that_differ_after_a_restart_are_shown():
    log = ConsoleLog()
    assert log.take(LogPart(b"one\ntwo\nthree\n", 14, more=True)) == ["one", "two", "three"]
    assert log.take(LogPart(b"one\nTWO\n", 8, more=True)) == ["TWO"]


def test_secrets_are_hidden_the_longest_first():
    log = ConsoleLog(("token", "token-and-more", "abc"))
    assert log.take(LogPart(b"x token-and-more token abc\n", 27, more=False)) == ["x ******** ******** abc"]


def test_a_line_without_end_does_not_eat_the_memory():
    log = ConsoleLog()
    assert len(log.take(LogPart(b"x" * (MAX_LINE + 1), MAX_LINE + 1, more=True))) == 1


def test_the_last_line_needs_no_newline():
    log = ConsoleLog()
    assert log.take(LogPart(b"one\r\ntwo", 8, more=False)) == ["one"]
    assert log.end() == ["two"]
    assert log.end() == []
