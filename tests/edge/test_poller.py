"""A question asked again and again: answers and faults are kept with their time, a bug is not swallowed silently."""

import threading

from naru.edge.poller import Poller
from naru.errors import OutsideDown


def test_answers_and_faults_are_kept_in_order_and_asking_ends():
    seen = threading.Event()
    words = iter(["one", OutsideDown("down"), "two"])

    def ask():
        word = next(words, None)
        if word is None:
            seen.set()
            return "later"
        if isinstance(word, OutsideDown):
            raise word
        return word

    poller = Poller(ask, every=0.005)
    poller.begin()
    assert seen.wait(30)
    poller.stop()
    count = len(poller.answers)
    assert [(a.answer, a.fault) for a in poller.answers[:3]] == [("one", ""), (None, "down"), ("two", "")]
    assert [a.mono for a in poller.answers] == sorted(a.mono for a in poller.answers)
    assert not poller._thread.is_alive()
    assert len(poller.answers) == count
