"""What people decide, added to naru/state by compare-and-swap."""

from datetime import timedelta

import pytest

from fakes import proven
from fakes.promotion_git import FakeRemote, FakeRepo
from fakes.promotion_target import FakeClock
from fakes.stage import ListLog
from naru.core.durations import duration
from naru.errors import Judged, Malformed, Missing, OutsideDown
from naru.steps.effects import Effects
from naru.steps.state_branch import REF
from naru.steps.statements import (
    Maker,
    StatementPorts,
    add_abort,
    add_approval,
    add_freeze,
    add_hold,
    add_waiver,
    listed,
    read,
    take_back,
)


@pytest.fixture
def ports():
    clock = FakeClock()
    return StatementPorts(FakeRepo(FakeRemote()), clock, Effects(ListLog(), clock, stage="hold"), proven.product(), proven.people_keys())


def maker(by="kim", reason="database work", signer=None):
    return Maker(by, reason, proven.key(signer or by))


def test_a_hold_is_kept_signed_and_lifting_it_is_a_statement_too(ports):
    done = add_hold(ports, maker(), cloud="naver")
    assert done.changed
    assert list(read(ports).holds) == [done.plain["file"]]
    take_back(ports, maker("lee", "done"), target=done.plain["file"])
    assert read(ports).holds == {}
    assert len(ports.config.remote.objects[ports.config.remote.refs[REF]].tree) == 2


def test_the_same_statement_twice_stands_once(ports):
    assert add_hold(ports, maker(), cloud="naver").changed
    assert not add_hold(ports, maker(), cloud="naver").changed


@pytest.mark.parametrize(("who", "error"), [
    (maker("kim", signer="lee"), Judged), (maker("eve", signer="eve"), Missing), (maker("kim", reason="  "), Malformed),
    (maker("kim", signer="eve"), Judged),
])
def test_a_statement_that_would_not_be_trusted_is_not_pushed(ports, who, error):
    with pytest.raises(error):
        add_hold(ports, who, cloud="naver")
    assert ports.config.remote.pushes == []


def test_an_unknown_cloud_is_refused_with_those_there_are(ports):
    with pytest.raises(Malformed, match="naver, ktcloud, cocktail, all"):
        add_hold(ports, maker(), cloud="aws")


def test_an_approval_is_of_the_very_bytes_of_the_chosen_clouds(ports):
    done = add_approval(ports, maker(), proven.release(), proven.overlays(), clouds=("naver",), valid=timedelta(days=7))
    assert done.plain["rendered"] == {"naver": proven.rendered()["naver"]}
    assert done.plain["until"].startswith("2026-11-30T06:00")
    with pytest.raises(Missing):
        add_approval(ports, maker(), proven.release(), proven.overlays(), clouds=("aws",), valid=timedelta(days=7))


def test_nothing_is_approved_or_waived_for_more_than_thirty_days(ports):
    for valid in (timedelta(days=31), timedelta(0)):
        with pytest.raises(Malformed, match="at most 30 days"):
            add_waiver(ports, maker(), version="1", cloud="naver", field_class="annotations", valid=valid)


def test_a_freeze_that_ends_before_it_begins_is_refused(ports):
    with pytest.raises(Malformed, match="before it begins"):
        add_freeze(ports, maker(), cloud="all", begin="2026-12-26T00:00:00+09:00", end="2026-12-24T00:00:00+09:00")


def test_an_abort_stays_and_what_is_not_there_cannot_be_taken_back(ports):
    aborted = add_abort(ports, maker(), version=proven.VERSION).plain["file"]
    with pytest.raises(Malformed, match="stays"):
        take_back(ports, maker(), target=aborted)
    with pytest.raises(Missing, match="hold list"):
        take_back(ports, maker(), target="holds/none.json")


def test_two_people_at_once_lose_nothing(ports):
    remote, other = ports.config.remote, StatementPorts(
        FakeRepo(ports.config.remote), ports.clock, ports.effects, ports.product, ports.people)

    def once(*_):
        remote.on_push = lambda *_: None
        add_hold(other, maker("lee", "mine"), cloud="ktcloud")

    remote.on_push = once
    add_hold(ports, maker(), cloud="naver")
    assert {hold.by for hold in read(ports).holds.values()} == {"kim", "lee"}


def test_a_branch_that_never_stands_still_ends_in_a_retry_later(ports):
    remote = ports.config.remote

    def always(ref, new, old):
        remote.refs[ref] = FakeRepo(remote).write_commit((old,) if old else (), {f"x{len(remote.objects)}": b""}, "x", when=1)

    remote.on_push = always
    with pytest.raises(OutsideDown, match="moved 8 times"):
        add_hold(ports, maker(), cloud="naver")


def test_the_list_shows_everything_and_what_is_not_trusted(ports):
    add_hold(ports, maker(), cloud="naver")
    repo = ports.config
    tip = repo.remote.refs[REF]
    repo.remote.refs[REF] = repo.write_commit((tip,), {"approvals/x.json": b"{}", "README.md": b"hello"}, "forged", when=2)
    shown = listed(ports)
    assert "kim: database work" in shown.sentence
    assert "approvals/x.json: NOT TRUSTED" in shown.sentence
    assert [row["file"] for row in shown.plain["untrusted"]] == ["approvals/x.json"]


@pytest.mark.parametrize(("text", "span"), [("90s", timedelta(seconds=90)), ("10m", timedelta(minutes=10)), ("30d", timedelta(days=30))])
def test_durations_are_read(text, span):
    assert duration(text, option="--soak") == span


@pytest.mark.parametrize("text", ["", "10", "-1m", "31d", "1.5h", "9" * 9 + "s", "１0m", "10 m"])
def test_other_durations_are_refused(text):
    with pytest.raises(Malformed, match="--soak"):
        duration(text, option="--soak")
