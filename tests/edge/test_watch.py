"""The watch: nothing is missed silently, every gap is on record."""

import pytest

from fakes.api import BREAK, END, TOO_OLD, FakeApi, gone
from naru.edge.watch import Watcher
from naru.errors import Missing, OutsideDown


@pytest.fixture
def api():
    return FakeApi()


@pytest.fixture
def watcher(api):
    found = Watcher(api)
    yield found
    found.stop()


def begin(watcher, api):
    watcher.begin([("v1", "Pod")], "khan")
    return api.streams.get(timeout=5)


def told(watcher, count):
    assert watcher.wait_beyond(count - 1, 5), [s.type for s in watcher.samples]
    return [(s.type, s.object.get("metadata", {}).get("name", "")) for s in watcher.samples]


def test_what_was_there_is_told_before_begin_returns(api, watcher):
    api.put("a")
    watcher.begin([("v1", "Pod")], "khan")
    assert told(watcher, 1) == [("ADDED", "a")]


def test_changes_are_told_in_order_and_stamped(api, watcher):
    stream = begin(watcher, api)
    for kind in ("ADDED", "MODIFIED", "DELETED"):
        stream.lines.put({"type": kind, "object": api.put("a")})
    assert [kind for kind, _ in told(watcher, 3)] == ["ADDED", "MODIFIED", "DELETED"]
    assert sorted(s.mono for s in watcher.samples) == [s.mono for s in watcher.samples]


def test_a_watch_that_ends_by_itself_goes_on_from_the_last_version_without_a_gap(api, watcher):
    stream = begin(watcher, api)
    stream.lines.put({"type": "ADDED", "object": api.put("a")})
    stream.lines.put({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "77"}}})
    stream.lines.put(END)
    api.streams.get(timeout=5).lines.put({"type": "ADDED", "object": api.put("b")})
    assert told(watcher, 2) == [("ADDED", "a"), ("ADDED", "b")]
    assert "resourceVersion=77" in api.asked[1]


@pytest.mark.parametrize("how", [BREAK, b"{torn"])
def test_a_broken_stream_is_a_gap_and_nothing_is_listed_anew(api, watcher, how):
    begin(watcher, api).lines.put(how)
    api.streams.get(timeout=5)
    assert told(watcher, 1) == [("GAP", "")]
    assert watcher.samples[0].object["relisted"] is False


def test_a_version_that_is_too_old_lists_anew_and_tells_what_changed_meanwhile(api, watcher):
    for name in ("stays", "goes", "changes"):
        api.put(name)
    stream = begin(watcher, api)
    told(watcher, 3)
    del api.objects["goes"]
    api.put("changes")
    api.put("comes")
    stream.lines.put(TOO_OLD)
    api.streams.get(timeout=5)
    rest = told(watcher, 7)[3:]
    assert rest[0] == ("GAP", "")
    assert watcher.samples[3].object["relisted"] is True
    assert sorted(rest[1:]) == [("ADDED", "comes"), ("DELETED", "goes"), ("MODIFIED", "changes")]


def test_a_server_that_is_away_for_a_while_is_one_gap(api, watcher):
    stream = begin(watcher, api)
    api.refuse_next = [OutsideDown("refused"), OutsideDown("refused"), gone()]
    stream.lines.put(BREAK)
    api.streams.get(timeout=5)
    assert [kind for kind, _ in told(watcher, 1)] == ["GAP"]
    assert watcher.samples[0].object["seconds"] > 0


def test_a_kind_that_may_not_be_listed_stops_at_once(api, watcher):
    api.refuse_next = [Missing("forbidden")]
    with pytest.raises(Missing, match="forbidden"):
        watcher.begin([("v1", "Pod")], "khan")


def test_a_fresh_list_confirms_what_was_told(api, watcher):
    api.put("a")
    stream = begin(watcher, api)
    assert watcher.confirm()
    stream.lines.put({"type": "ADDED", "object": api.put("b")})
    assert watcher.confirm()


def test_a_fresh_list_shows_what_was_not_told(api, watcher, monkeypatch):
    monkeypatch.setattr("naru.edge.watch.CONFIRM_SECONDS", 0.05)
    api.put("a")
    begin(watcher, api)
    del api.objects["a"]
    assert not watcher.confirm()


def test_managed_fields_are_not_kept(api, watcher):
    api.put("a")["metadata"]["managedFields"] = [{"manager": "x"}]
    watcher.begin([("v1", "Pod")], "khan")
    assert "managedFields" not in watcher.samples[0].object["metadata"]
