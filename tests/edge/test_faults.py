"""Faults and their journal: whatever happens, a fault is either undone and verified or written down."""

import json
import os
import signal
import threading

import pytest

from naru.edge.fault_journal import FaultJournal, alive, myself, started_ticks
from naru.edge.faults import Faults
from naru.edge.shield import shielded
from naru.errors import Missing, OutsideDown
from naru.model.failover import FaultEntry


class Switch:
    """A fault that is a word in a dict; may fail at any point."""

    def __init__(self, **fails):
        self.state, self.fails, self.journal_at_inject = {}, fails, None

    def prepare(self, cloud):
        if self.fails.get("prepare"):
            raise Missing("this cloud may not be broken.")
        return {"before": self.state.get(cloud, "well")}

    def inject(self, entry):
        self.journal_at_inject = len(list(self.folder.glob("*.json")))
        self.state[entry.cloud] = "broken"
        if self.fails.get("inject"):
            raise OutsideDown("half done.")

    def undo(self, entry):
        if self.fails.get("undo"):
            raise OutsideDown("the node is gone.")
        self.state[entry.cloud] = entry.undo["before"]

    def restored(self, entry):
        if self.fails.get("restored"):
            raise OutsideDown("no answer.")
        return self.state[entry.cloud] == "well"

    def breakage(self, entry):
        return f"It is {self.state[entry.cloud]}."


def driver(tmp_path, **fails):
    handler = Switch(**fails)
    handler.folder = tmp_path
    return Faults(FaultJournal(tmp_path), {"switch": handler}), handler


def orphan(tmp_path, **changes):
    plain = {"identity": "switch-naver-1", "fault": "switch", "cloud": "naver", "began": "2026-01-01", "owner": 1, "owner_started": 5,
             "undo": {"before": "well"}, **changes}
    entry = FaultEntry(**plain)
    FaultJournal(tmp_path).write(entry)
    return entry


def test_the_journal_knows_of_a_fault_before_the_cloud_does_and_forgets_it_only_when_the_undo_was_seen(tmp_path):
    faults, handler = driver(tmp_path)
    entry = faults.inject("switch", "naver")
    assert handler.journal_at_inject == 1
    assert faults.breakage(entry) == "It is broken."
    assert not faults.settled(entry)
    faults.undo(entry)
    assert list(tmp_path.iterdir()) != []
    assert faults.settled(entry)
    assert list(tmp_path.iterdir()) == []


def test_a_fault_that_fails_half_way_is_undone_with_all_others(tmp_path):
    faults, handler = driver(tmp_path, inject=True)
    with pytest.raises(OutsideDown, match="half done"):
        faults.inject("switch", "naver")
    assert faults.undo_all() == []
    assert handler.state == {"naver": "well"}
    assert list(tmp_path.iterdir()) == []


def test_a_cloud_that_may_not_be_broken_is_not_even_written_down(tmp_path):
    faults, handler = driver(tmp_path, prepare=True)
    with pytest.raises(Missing, match="may not be broken"):
        faults.inject("switch", "naver")
    assert handler.state == {}
    assert list(tmp_path.iterdir()) == []


def test_an_undo_that_fails_is_told_and_stays_in_the_journal(tmp_path):
    faults, _ = driver(tmp_path, undo=True)
    faults.inject("switch", "naver")
    assert faults.undo_all() == ["switch in naver: the node is gone."]
    assert len(list(tmp_path.iterdir())) == 1


def test_only_faults_of_dead_processes_are_leftovers(tmp_path):
    faults, handler = driver(tmp_path)
    faults.inject("switch", "ktcloud")
    left = orphan(tmp_path)
    assert faults.leftovers() == [left]
    assert faults.undo_leftovers() == [left]
    assert handler.state == {"ktcloud": "broken", "naver": "well"}
    assert faults.undo_leftovers() == []


def test_a_process_of_the_same_number_that_began_later_is_not_the_owner(tmp_path):
    process, started = myself()
    assert alive(process, started)
    assert not alive(process, started + 1)
    orphan(tmp_path, owner=process, owner_started=started + 1)
    assert len(driver(tmp_path)[0].leftovers()) == 1


def test_a_process_that_is_gone_has_no_start(tmp_path):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    assert started_ticks(child) == -1


def test_a_leftover_that_cannot_be_undone_is_named_with_what_to_do(tmp_path):
    orphan(tmp_path)
    with pytest.raises(OutsideDown, match="switch in naver") as caught:
        driver(tmp_path, undo=True)[0].undo_leftovers()
    assert "./naru clouds up" in caught.value.hint


@pytest.mark.parametrize("text", [b"", b"{", b'{"identity": 1}', json.dumps({"identity": "x", "surprise": 1}).encode()])
def test_a_journal_file_that_cannot_be_read_is_named_and_never_skipped(tmp_path, text):
    (tmp_path / "x.json").write_bytes(text)
    with pytest.raises(Missing, match=r"x\.json"):
        driver(tmp_path)[0].leftovers()


def test_an_unknown_fault_lists_what_can_be_done_here(tmp_path):
    with pytest.raises(Missing, match="cannot be injected here") as caught:
        driver(tmp_path)[0].inject("meteor", "naver")
    assert "switch" in caught.value.hint


def test_a_cloud_that_does_not_answer_is_not_settled(tmp_path):
    faults, handler = driver(tmp_path)
    entry = faults.inject("switch", "naver")
    handler.fails["restored"] = True
    assert not faults.settled(entry)


def test_signals_wait_until_the_undo_is_through_and_then_come():
    seen, order = [], []
    before = signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))
    try:
        with shielded():
            os.kill(os.getpid(), signal.SIGTERM)
            order.append(list(seen))
        order.append(list(seen))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert order == [[], [signal.SIGTERM]]


def test_a_thread_is_shielded_by_doing_nothing():
    ended = []

    def work():
        with shielded():
            ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(5)
    assert ended == [True]
