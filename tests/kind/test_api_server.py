"""Our side of the Kubernetes API against an API server of our own, which is killed in mid-watch."""

import pytest

from kind_api_server import ApiServer
from naru.core.rollout import RolloutJudge
from naru.core.rollout_expected import Expected
from naru.edge.clock import SystemClock
from naru.edge.watch import Watcher
from naru.errors import Judged, Missing
from naru.model.cloud import RolloutLimits

# A server that dies leaves half-open sockets, which Python reports when it collects them.
pytestmark = [pytest.mark.kind, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
KINDS = [("v1", "ConfigMap"), ("v1", "Pod"), ("apps/v1", "Deployment")]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    found = ApiServer(tmp_path_factory.mktemp("api"))
    found.start()
    yield found
    found.stop()


@pytest.fixture
def cluster(server):
    server.start()
    return server.cluster()


def config_map(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": data}


def names(watcher, kind):
    return [s.object["metadata"]["name"] for s in watcher.samples if s.type == kind and s.object["kind"] == "ConfigMap"]


def until(watcher, true, what):
    clock = SystemClock()
    end = clock.monotonic() + 60
    while not true():
        assert clock.monotonic() < end, what
        watcher.wait_beyond(len(watcher.samples), 0.5)


def test_a_killed_api_server_is_a_gap_after_which_everything_is_told(server, cluster):
    cluster.apply(config_map("before", x="1"))
    watcher = Watcher(cluster)
    watcher.begin(KINDS, "default")
    try:
        server.kill()
        until(watcher, lambda: all(w.blind_since is not None for w in watcher._watches), "the break was not noticed")
        server.start()
        cluster.apply(config_map("after", x="1"))
        cluster.delete("v1", "ConfigMap", "before", "default")
        until(watcher, lambda: "after" in names(watcher, "ADDED") and "before" in names(watcher, "DELETED"), "changes were not told")
        gaps = [s.object for s in watcher.samples if s.type == "GAP"]
        assert {gap["kind"] for gap in gaps} == {kind for _, kind in KINDS}
        assert all(gap["seconds"] > 0 for gap in gaps)
        assert watcher.confirm()
    finally:
        watcher.stop()


def test_a_restart_in_mid_watch_begins_the_window_anew_and_fails_nothing(server, cluster):
    watcher = Watcher(cluster)
    watcher.begin([("v1", "ConfigMap")], "default")
    try:
        judge = RolloutJudge(Expected(RolloutLimits(stability_seconds=3.0)), SystemClock().monotonic())
        answer = cluster.apply(config_map("applied", x="2"))
        judge.note_applied(SystemClock().monotonic(), {"apiVersion": "v1", "kind": "ConfigMap", **answer})
        judge.apply_done(SystemClock().monotonic())
        server.kill()
        server.start()
        until(watcher, lambda: any(s.type == "GAP" for s in watcher.samples), "no gap")
        for sample in watcher.samples:
            judge.feed(sample)
        gap = next(s for s in watcher.samples if s.type == "GAP")
        state = judge.at(gap.mono + 3.0)
        assert state.decided_at is None or state.decided_at <= gap.mono or state.decided_at >= gap.mono + 3.0
        assert str(judge.at(watcher.samples[-1].mono + 3.1).verdict) == "passed"
    finally:
        watcher.stop()


def test_another_cluster_than_the_pinned_one_is_not_written_to(server, cluster):
    with pytest.raises(Missing, match="another cluster"):
        server.cluster(pinned_uid="00000000-0000-0000-0000-000000000000").apply(config_map("stranger"))
    assert cluster.get("v1", "ConfigMap", "stranger", "default") is None
    assert server.cluster(pinned_uid=cluster.uid()).apply(config_map("ours"))


def test_applying_the_same_again_changes_nothing(cluster):
    first, second = cluster.apply(config_map("same", x="1")), cluster.apply(config_map("same", x="1"))
    assert first["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"]


def test_a_dry_run_leaves_nothing_behind(cluster):
    assert cluster.apply(config_map("dry", x="1"), dry_run=True)["data"] == {"x": "1"}
    assert cluster.get("v1", "ConfigMap", "dry", "default") is None


def test_a_field_that_does_not_exist_is_refused(cluster):
    with pytest.raises(Judged, match="field not declared in schema"):
        cluster.apply({**config_map("odd"), "dataa": {}})


def test_a_kind_that_is_not_served_is_named(cluster):
    with pytest.raises(Missing, match=r"does not serve Widget of example\.com/v1"):
        cluster.list("example.com/v1", "Widget", "default")


def test_long_lists_are_read_page_by_page(cluster, monkeypatch):
    for number in range(5):
        cluster.apply(config_map(f"page-{number}"))
    monkeypatch.setattr("naru.edge.cluster.PAGE", 2)
    assert {f"page-{n}" for n in range(5)} <= {o["metadata"]["name"] for o in cluster.list("v1", "ConfigMap", "default")}


def test_deleting_what_is_not_there_is_no_error(cluster):
    cluster.apply(config_map("short"))
    assert cluster.delete("v1", "ConfigMap", "short", "default")
    assert not cluster.delete("v1", "ConfigMap", "short", "default")
