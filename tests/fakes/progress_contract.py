"""What a long clone shows, whether git's words are recorded or come from git itself: subclass and give `transfer`."""

from itertools import count

from fakes.stage import Quiet


def ticking(step):
    """A clock that goes on by `step` seconds at each look."""
    times = count(0, step)
    return lambda: next(times)


class ProgressContract:
    """`transfer(bars, monotonic)` carries out one clone of a few hundred objects and gives what git said beside progress."""

    def test_a_long_transfer_shows_one_bar_that_ends_full_and_is_gone(self, transfer):
        bars = Quiet()
        transfer(bars, ticking(2))
        assert len(bars.titles) == 1
        assert bars.at == 100
        assert bars.open == 0

    def test_it_says_what_is_being_done_and_how_far_it_is(self, transfer):
        bars = Quiet()
        transfer(bars, ticking(2))
        assert list(dict.fromkeys(bars.said))[-2:] == ["receiving", "resolving deltas"]
        assert any(text.startswith("receiving: ") and " of " in text for text in bars.shown)

    def test_a_short_transfer_shows_nothing(self, transfer):
        bars = Quiet()
        transfer(bars, ticking(0))
        assert (bars.titles, bars.said, bars.shown) == ([], [], [])

    def test_progress_is_no_part_of_what_git_answers(self, transfer):
        assert transfer(Quiet(), ticking(2)) == ""
