"""From a tag event to a run: Git is asked, each (repository, tag, object) starts once."""

import pytest

from naru.core.tag_ledger import request_id_of
from naru.errors import Malformed, OutsideDown
from naru.model.webhook import TagEvent, TagEventKind
from naru.steps.effects import Effects
from naru.steps.webhook import WebhookPorts, handle_events, reconcile

WHERE = "ssh://git.example.com/khan.git"
TAG, A, B, COMMIT = "release-1", "a" * 40, "b" * 40, "c" * 40


class Clock:
    def now(self):
        from datetime import UTC, datetime

        return datetime(2026, 1, 1, tzinfo=UTC)


class Remote:
    where = WHERE

    def __init__(self, tags):
        self.refs = {}
        for tag, oid in tags.items():
            self.refs[f"refs/tags/{tag}"] = oid
            self.refs[f"refs/tags/{tag}^{{}}"] = COMMIT

    def ls_remote(self, *patterns):
        if not patterns[0].endswith("*"):
            return {ref: oid for ref, oid in self.refs.items() if ref.removesuffix("^{}") == patterns[0]}
        return dict(self.refs)


class Ledger:
    def __init__(self):
        self.lines = []

    def entries(self):
        return list(self.lines)

    def note(self, repository, tag, oid, what):
        self.lines.append({"repository": repository, "tag": tag, "object": oid, "what": what})


class World:
    def __init__(self, **tags):
        self.remote, self.ledger, self.started = Remote(tags or {TAG: A}), Ledger(), []
        self.down = False

    def ports(self):
        def parameters(tag):
            if not tag.startswith("release-"):
                raise Malformed(f"The tag {tag} is no release tag.")
            return {"BUG_FIX_VERSION": tag.removeprefix("release-")}

        def start(values, request_id):
            if self.down:
                raise OutsideDown("Jenkins is away.")
            self.started.append((values, request_id))
            return "queued"

        return WebhookPorts(self.remote, self.ledger, parameters, start, Effects([], Clock(), stage="webhook"))

    def deliver(self, *events):
        return handle_events(self.ports(), events or (TagEvent(TAG, claimed=A),))


@pytest.fixture
def world():
    return World()


def test_a_new_release_tag_starts_its_job_with_its_parameters(world):
    assert [one.state for one in world.deliver()] == ["started"]
    assert world.started == [({"BUG_FIX_VERSION": "1"}, request_id_of(WHERE, TAG, A))]


def test_a_second_delivery_starts_nothing(world):
    world.deliver()
    assert [one.state for one in world.deliver()] == ["known"]
    assert len(world.started) == 1


def test_a_tag_that_naru_pushed_itself_starts_nothing(world):
    world.ledger.note(WHERE, TAG, A, "pushing")
    assert [one.state for one in world.deliver()] == ["known"]
    assert world.started == []


def test_the_remote_rules_whatever_the_delivery_claims(world):
    found = world.deliver(TagEvent(TAG, claimed="d" * 40))
    assert (found[0].state, found[0].object_id) == ("started", A)
    assert "only that counts" in found[0].sentence


def test_a_delivery_may_name_the_commit_instead_of_the_tag_object(world):
    assert "only that counts" not in world.deliver(TagEvent(TAG, claimed=COMMIT))[0].sentence


def test_a_forged_delivery_of_a_tag_that_is_not_there_starts_nothing(world):
    assert [one.state for one in world.deliver(TagEvent("release-666", claimed=B))] == ["gone"]
    assert world.started == []


def test_a_deleted_tag_starts_nothing_and_a_late_deletion_of_one_that_is_there_does_not_hide_it(world):
    assert world.deliver(TagEvent("release-2", TagEventKind.deleted))[0].state == "gone"
    assert world.deliver(TagEvent(TAG, TagEventKind.deleted))[0].state == "started"


def test_a_tag_that_moved_after_its_run_is_told_and_not_run(world):
    world.deliver()
    world.remote.refs[f"refs/tags/{TAG}"] = B
    assert [one.state for one in world.deliver(TagEvent(TAG, TagEventKind.moved, B))] == ["moved"]
    assert len(world.started) == 1


def test_deliveries_in_the_wrong_order_end_in_one_run_of_what_is_there(world):
    world.deliver(TagEvent(TAG, TagEventKind.moved, B), TagEvent(TAG, claimed=B))
    assert len(world.started) == 1


def test_a_tag_of_another_form_is_left_alone(world):
    assert [one.state for one in world.deliver(TagEvent("v1.0"))] == ["not a release tag"]


def test_a_start_that_failed_is_begun_again_under_the_same_request_id(world):
    world.down = True
    with pytest.raises(OutsideDown):
        world.deliver()
    world.down = False
    assert world.deliver()[0].state == "started"
    assert world.started[0][1] == request_id_of(WHERE, TAG, A)


def test_the_first_look_at_a_repository_builds_none_of_its_history():
    world = World(**{"release-1": A, "release-2": B, "other": A})
    assert {one.state for one in reconcile(world.ports())} == {"known"}
    assert world.started == []


def test_a_later_look_finds_the_tag_whose_event_never_came():
    world = World(**{"release-1": A})
    reconcile(world.ports())
    world.remote.refs["refs/tags/release-2"] = B
    found = {one.tag: one.state for one in reconcile(world.ports())}
    assert found == {"release-1": "known", "release-2": "started"}
    assert len(reconcile(world.ports())) == 2
    assert len(world.started) == 1


def test_a_tag_that_was_deleted_from_the_remote_is_told_by_the_look():
    world = World(**{"release-1": A, "release-2": B})
    reconcile(world.ports())
    del world.remote.refs["refs/tags/release-2"]
    assert [one.tag for one in reconcile(world.ports()) if one.state == "gone"] == ["release-2"]


def test_a_plan_writes_and_starts_nothing(world):
    assert handle_events(world.ports(), [TagEvent(TAG)], plan=True)[0].state == "started"
    assert (world.started, world.ledger.lines) == ([], [])
