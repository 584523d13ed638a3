"""What git says of its own progress becomes one bar (tests/system/test_git_progress.py shows the same of a real clone)."""

import pytest

from fakes.progress_contract import ProgressContract, ticking
from fakes.stage import Quiet
from naru.edge.git_progress import TransferProgress, without_progress

RECORDED = [
    "Cloning into bare repository '/copy.git'...",
    "remote: Enumerating objects: 900, done.        ",
    *(f"remote: Counting objects: {n:3}% ({n * 9}/900)        " for n in range(0, 101, 10)),
    "remote: Counting objects: 100% (900/900), done.        ",
    *(f"remote: Compressing objects: {n:3}% ({n * 6}/600)        " for n in range(0, 101, 10)),
    *(f"Receiving objects: {n:3}% ({n * 9}/900), 1.20 MiB | 2.00 MiB/s" for n in range(0, 101, 10)),
    "remote: Total 900 (delta 100), reused 900 (delta 100), pack-reused 0        ",
    "Receiving objects: 100% (900/900), 4.18 MiB | 2.10 MiB/s, done.",
    *(f"Resolving deltas: {n:3}% ({n}/100)" for n in range(0, 101, 10)),
    "Resolving deltas: 100% (100/100), done.",
]


class TestRecordedWords(ProgressContract):
    @pytest.fixture
    def transfer(self):
        def run(bars, monotonic):
            with TransferProgress("Git clone", bars, monotonic) as progress:
                for line in RECORDED:
                    progress.line(line)
            return without_progress("\r".join(RECORDED))

        return run


def test_the_bar_is_gone_where_the_transfer_breaks_off():
    bars = Quiet()

    def cut_in_the_middle():
        with TransferProgress("Git fetch", bars, ticking(2)) as progress:
            progress.line(RECORDED[-1])
            assert bars.open == 1
            raise OSError("cut")

    with pytest.raises(OSError, match="cut"):
        cut_in_the_middle()
    assert bars.open == 0


def test_a_bar_never_goes_back():
    bars = Quiet()
    with TransferProgress("Git fetch", bars, ticking(2)) as progress:
        progress.line("Receiving objects:  50% (450/900), 1.20 MiB | 2.00 MiB/s")
        progress.line("Receiving objects:  20% (180/900), 1.20 MiB | 2.00 MiB/s")
        assert bars.at == 40


def test_what_failed_stays_what_moved_goes():
    said = (
        "remote: Counting objects: 100% (3/3), done.\rremote: \nremote: quota exceeded\nFrom /srv/shallow\n * [new branch]      a -> a\n"
        " - [deleted]         (none) -> b\n ! [rejected]        v1 -> v1  (would clobber existing tag)\nfatal: early EOF\n"
    )
    assert without_progress(said).splitlines() == [
        "remote: ", "remote: quota exceeded", " ! [rejected]        v1 -> v1  (would clobber existing tag)", "fatal: early EOF",
    ]
