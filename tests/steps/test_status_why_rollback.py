"""What runs where, why it was allowed, and taking a cloud back by hand."""

import json
import threading

import pytest

from fakes import proven
from fakes.promotion import World, render
from fakes.promotion_git import FakeRepo
from fakes.stage import ListLog, Quiet
from naru.core.change_state import file_of, sign_statement
from naru.core.status import Look
from naru.edge.clock import SystemClock
from naru.errors import Judged, Missing, OutsideDown
from naru.model.promotion import LiveImage
from naru.model.words import RollbackPolicy, Verdict
from naru.steps.effects import Effects
from naru.steps.go_back import BackPorts
from naru.steps.promote import promote_cloud
from naru.steps.rollback import plan_back, roll_back
from naru.steps.status import StatusPorts, gathered, read_status, status_outcome
from naru.steps.why import why_cloud

V1, V2 = "8.9.csap-998", "8.9.csap-999"
PRODUCT = "khan-monitoring"


@pytest.fixture
def world():
    made = World()
    made.prove(V1)
    for name in proven.CLOUDS:
        promote_cloud(made.ports(name, made.folders[V1]), made.request(name))
    return made


class Site:
    product, fields = PRODUCT, True

    def __init__(self, world, name, look=None):
        self.cloud = proven.cloud(name)
        self._world, self._look = world, look

    def look(self, wanted):
        if self._look is not None:
            return self._look(wanted)
        same, live = self._world.clusters[self.cloud.name].runs(wanted) if wanted else (True, ())
        return Look(live, () if same else ("Deployment/egov spec.replicas is 1, not 2",))


def rows(world, sites=None, seconds=4.5):
    ports = StatusPorts({PRODUCT: FakeRepo(world.config)}, {PRODUCT: proven.people_keys()}, world.clock if seconds == 4.5 else SystemClock())
    sites = sites or [Site(world, name) for name in proven.CLOUDS]
    found = read_status(ports, sites, seconds=seconds)
    return {row.cloud: row for row in found}, status_outcome(ports, found)


def test_each_cloud_shows_version_digest_commit_and_since_when(world):
    found, outcome = rows(world)
    row = found["naver"]
    assert (row.version, row.commit, row.seen, row.since) == (V1, world.branch("naver")[0].commit, "as committed", "2026-11-23T06:00:00+00:00")
    assert outcome.plain["clouds"][0]["digests"] == {image.name: image.digest for image in proven.images(V1).images}
    assert f"{V1}" in outcome.sentence.splitlines()[0]


def test_a_cloud_that_says_no_or_nothing_is_unknown_and_the_others_are_shown(world):
    release = threading.Event()

    def never(_wanted):
        release.wait(30)
        return Look(error="too late")

    def refuses(_wanted):
        raise OutsideDown("The API server refused the connection.")

    sites = [Site(world, "naver"), Site(world, "ktcloud", never), Site(world, "cocktail", refuses)]
    found, outcome = rows(world, sites, seconds=1.0)
    release.set()
    assert [found[name].seen.value for name in proven.CLOUDS] == ["as committed", "unknown", "unknown"]
    assert "! The API server refused the connection." in outcome.sentence


def test_drift_and_pods_of_another_release_are_told(world):
    world.clusters["naver"].running = ("", b"", {})
    stranger = LiveImage(workload="egov", container="egov", digest="sha256:" + "9" * 64)
    found, _ = rows(world, [Site(world, "naver"), Site(world, "ktcloud", lambda _: Look((stranger,)))])
    assert found["naver"].seen == "drift"
    assert found["naver"].drift == ("Deployment/egov spec.replicas is 1, not 2",)
    assert found["ktcloud"].drift == ("a pod runs sha256:999999999999, which is not of 8.9.csap-998",)


def test_a_branch_that_is_missing_runs_nothing_and_strangers_there_are_drift():
    world = World()
    stranger = LiveImage(workload="egov", container="egov", digest="sha256:" + "9" * 64)
    found, _ = rows(world, [Site(world, "naver", lambda _: Look()), Site(world, "ktcloud", lambda _: Look((stranger,)))])
    assert (found["naver"].seen, found["ktcloud"].seen) == ("runs nothing", "drift")


def test_holds_aborts_and_freezes_stand_at_each_cloud_that_they_stop(world):
    from naru.model.change_state import Abort, Freeze

    common = {"product": PRODUCT, "by": "kim", "at": proven.NOW.isoformat(), "reason": "holidays"}
    items = [proven.hold(cloud="naver"), Freeze(**common, cloud="all", begin="2026-11-22T00:00:00+00:00", end="2026-11-24T00:00:00+00:00"),
             Abort(**common, version=V2)]
    files = {file_of(item, str(n)): sign_statement(item, proven.key("kim")) for n, item in enumerate(items)}
    repo = FakeRepo(world.config)
    world.config.refs["refs/heads/naru/state"] = repo.write_commit((), files, "x", when=5)
    found, _ = rows(world)
    assert [text.split()[0] for text in found["naver"].stops] == ["held", "aborted", "frozen"]
    assert [text.split()[0] for text in found["cocktail"].stops] == ["aborted", "frozen"]


def test_a_main_that_lacks_what_every_cloud_runs_is_told(world):
    assert "merge it by hand" in rows(world)[1].plain["notes"][0]
    ports = StatusPorts({PRODUCT: FakeRepo(world.config)}, {PRODUCT: {}}, world.clock)
    some = read_status(ports, [Site(world, "naver")])
    assert status_outcome(ports, some, every_cloud=False).plain["notes"] == []
    candidate = world.config.refs[f"refs/heads/candidate/{V1}"]
    world.config.refs["refs/heads/main"] = candidate
    assert rows(world)[1].plain["notes"] == []


def test_answers_keep_their_order_and_the_slow_are_none():
    quick, slow = (lambda: Look(error="quick")), threading.Event()
    found = gathered([quick, lambda: (slow.wait(30), Look())[1], quick], ["a", "b", "c"], SystemClock(), 0.2)
    slow.set()
    assert [look.error if look else None for look in found] == ["quick", None, "quick"]


def test_the_tasks_of_one_place_run_one_after_the_other():
    order = []
    tasks = [lambda n=number: order.append(n) or Look() for number in range(5)]
    assert gathered(tasks, ["a"] * 5, SystemClock(), 5) == [Look()] * 5
    assert order == [0, 1, 2, 3, 4]


# -- why ----------------------------------------------------------------------------------------------------------------


def why(world, cloud="naver", signer="robot", **settings):
    return why_cloud(FakeRepo(world.config), cloud, (proven.public(signer),), **settings)


def test_why_tells_evidence_limits_and_what_was_not_proven(world):
    outcome = why(world)
    text = outcome.sentence
    assert f"naver runs khan-monitoring {V1}" in text
    assert "The failover proof passed, signed and judged again" in text
    assert text.count("signed by a trusted key") == 3
    assert '"deadline_seconds": 180,' in text
    assert "Not proven on a stand-in (1):\n  Service/egov annotations: present but inert" in text
    assert {entry["proof"] for entry in outcome.plain["evidence"]} == {"rollout", "scaling", "failover"}


def test_why_does_not_believe_a_record_that_another_key_signed_or_that_was_edited(world):
    assert why(world, signer="thief").sentence.count("no valid signature of a trusted key") == 3
    tree = world.branch("naver")[0].tree
    tree[f"releases/{V1}/evidence/failover.dsse.json"] += b" "
    assert "not the one that the commit names" in why(world).sentence
    del tree[f"releases/{V1}/evidence/failover.dsse.json"]
    assert "not in the record" in why(world).sentence


def test_why_of_a_cloud_that_went_back_says_from_what_and_because_of_what(world):
    world.prove(V2)
    world.clusters["naver"].verdicts = [Verdict.failed]
    promote_cloud(world.ports("naver", world.folders[V2]), world.request("naver"))
    assert f"It went back from {V2}: Pod egov-1 crashed." in why(world).sentence
    earlier = world.branch("naver")[1].commit
    assert f"naver runs khan-monitoring {V2}" in why(world, commit=earlier).sentence


def test_why_shows_an_override_with_its_name_and_reason():
    from naru.core.gate_facts import Override

    world = World()
    world.prove(V1)
    world.clouds = tuple(item.model_copy(update={"windows": (closed(),)}) for item in world.clouds)
    promote_cloud(world.ports("naver", world.folders[V1]), world.request("naver", override=Override("kim", "customer waits")))
    assert "OVERRIDDEN by kim: customer waits\n  naver may not be promoted to" in why(world).sentence
    assert "Overridden by kim: customer waits" in world.branch("naver")[0].message


def closed():
    from naru.model.cloud import Window

    return Window(days=("sun",), begin="01:00", end="02:00")


def test_why_of_a_cloud_without_a_branch_says_so():
    with pytest.raises(Missing, match="Nothing was promoted to naver yet"):
        why(World())


# -- rollback ---------------------------------------------------------------------------------------------------------------


def back(world, cloud="naver"):
    return BackPorts(FakeRepo(world.config), world.clusters[cloud], world.clock,
                     Effects(ListLog(), world.clock, stage="rollback"), Quiet())


def go(world, **settings):
    return roll_back(back(world), PRODUCT, "naver", proven.people_keys(), reason="customers complain", by="kim", **settings)


def upgrade(world, **changes):
    world.prove(V2, **changes)
    promote_cloud(world.ports("naver", world.folders[V2]), world.request("naver"))


def test_a_person_takes_a_cloud_back_and_a_second_time_there_is_nothing_to_do(world):
    upgrade(world)
    assert plan_back(back(world), PRODUCT, "naver", proven.people_keys()) == {"cloud": "naver", "from": V2, "to": V1, "commit": None}
    done = go(world)
    assert done.changed
    assert world.clusters["naver"].running[:2] == (V1, render(V1, "naver"))
    assert json.loads(next(iter(world.state_files().values())))["reason"] == "broke on naver: customers complain"
    assert not go(world).changed
    assert len(world.branch("naver")) == 3


def test_a_cluster_that_did_not_follow_is_made_to(world):
    upgrade(world)
    go(world)
    world.clusters["naver"].running = (V2, render(V2, "naver"), {})
    assert go(world).changed
    assert world.clusters["naver"].running[0] == V1


def test_a_release_that_must_not_go_back_is_refused(world):
    upgrade(world, rollback=RollbackPolicy.forbidden)
    with pytest.raises(Judged, match="forbidden"):
        go(world)


def test_the_wrong_cluster_is_never_written_to(world):
    upgrade(world)
    world.clusters["naver"].identity = "uid-other"
    with pytest.raises(Missing, match="nothing was changed"):
        go(world)
    assert world.state_files() == {}


def test_a_rollback_that_does_not_come_up_is_stuck(world):
    upgrade(world)
    world.clusters["naver"].verdicts = [Verdict.failed]
    with pytest.raises(Judged, match="stuck"):
        go(world)
    assert go(world).changed


def test_without_a_branch_there_is_nothing_to_go_back_from():
    with pytest.raises(Missing, match="nothing to go back from"):
        go(World())
