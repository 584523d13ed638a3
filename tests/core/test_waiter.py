"""The state machine of trigger-and-wait, answer by answer."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naru.core.waiter import EXIT_CODES, MAX_POSTS, Ask, begin, different, take
from naru.model.waiting import Accepted, Build, Down, Ending, Found, Gone, Item, LogPart, Refused, Unsure, WaitLimits

LIMITS = WaitLimits(overall=1000, queue=300, run=500, silence=200, outage=100, lost=30, poll=1)
SENT = {"A": "1", "NARU_REQUEST_ID": "r"}
RUNNING = Build(7, True, parameters=SENT)
DONE = Build(7, False, "SUCCESS", SENT)


def walk(*answers, known=False, wait=True, searchable=True, seconds=1.0):
    state, now = begin("r", SENT, 0.0, searchable=searchable, wait=wait, known=known), 0.0
    asked = []
    for answer in answers:
        if state.ending:
            break
        asked.append(state.ask)
        now += seconds
        state = take(state, answer, now, LIMITS)
    return state, asked


def test_the_straight_way_posts_once_and_ends_with_the_log_read_to_its_end():
    state, asked = walk(Accepted(5), Item(), Item(number=7), RUNNING, LogPart(b"x", 1, True), DONE, LogPart(b"", 1, True), LogPart(b"y", 2, False))
    assert state.ending is Ending.success
    assert asked == [Ask.post, Ask.item, Ask.item, Ask.build, Ask.log, Ask.build, Ask.log, Ask.log]


def test_after_an_unknown_outcome_comes_a_search_and_never_a_post():
    state, asked = walk(Unsure("cut"), Found(), Found(), Found(number=7))
    assert asked == [Ask.post, Ask.search, Ask.search, Ask.search]
    assert (state.ask, state.number, state.posts) == (Ask.build, 7, 1)


def test_a_post_is_repeated_only_after_searches_found_nothing_for_the_whole_limit():
    _, asked = walk(Unsure("cut"), *[Found()] * 40)
    assert asked.count(Ask.post) == 2
    assert asked.index(Ask.post, 1) >= LIMITS.lost


def test_a_server_that_swallows_every_post_is_told_as_refused():
    state, asked = walk(*[Unsure("status 200") if n % 50 == 0 else Found() for n in range(300)], seconds=1)
    assert state.ending is Ending.refused
    assert asked.count(Ask.post) <= MAX_POSTS


def test_without_a_request_id_an_unknown_outcome_stays_unknown():
    state, _ = walk(Unsure("cut"), searchable=False)
    assert (state.ending, EXIT_CODES[state.ending]) == (Ending.unknown, 4)


def test_a_request_that_was_seen_and_is_gone_everywhere_is_lost():
    state, _ = walk(Accepted(5), Gone(), *[Found()] * 60)
    assert (state.ending, state.exit_code) == (Ending.lost, 4)


def test_an_item_that_expired_without_request_id_is_lost_after_the_limit():
    state, _ = walk(Accepted(5), *[Gone()] * 60, searchable=False)
    assert state.ending is Ending.lost


def test_a_build_not_there_yet_is_a_race_and_not_an_end():
    state, _ = walk(Accepted(5), Item(number=7), Gone(), Gone(), DONE, LogPart(b"", 0, False))
    assert state.ending is Ending.success


def test_a_build_that_was_deleted_is_lost():
    assert walk(Accepted(5), Item(number=7), *[Gone()] * 60)[0].ending is Ending.lost


def test_a_build_with_other_parameters_is_not_ours():
    state, _ = walk(Accepted(5), Item(number=7), Build(7, True, parameters={"A": "2", "NARU_REQUEST_ID": "r"}))
    assert (state.ending, state.exit_code) == (Ending.mismatch, 1)
    assert "A='2' instead of '1'" in state.reason


def test_an_outage_in_any_phase_changes_nothing_but_the_pause():
    for answers in ([], [Accepted(5)], [Accepted(5), Item(number=7)], [Accepted(5), Item(number=7), RUNNING]):
        before, _ = walk(*answers)
        after = take(before, Down("refused"), 10.0, LIMITS)
        assert (after.ask, after.number, after.queue_id, after.posts) == (before.ask, before.number, before.queue_id, before.posts)
        assert after.pause > 0


def test_pauses_grow_and_stay_bounded():
    state = begin("r", SENT, 0.0, searchable=True, wait=True, known=False)
    pauses = []
    for _ in range(12):
        state = take(state, Down("x"), 1.0, LIMITS)
        pauses.append(state.pause)
    assert pauses == sorted(pauses)
    assert pauses[-1] == 20.0


def test_a_refusal_brings_its_own_exit_code():
    assert walk(Refused("bad choice", 2))[0].exit_code == 2
    assert walk(Refused("disabled"))[0].exit_code == 3
    assert walk(Gone())[0].exit_code == 3


def test_not_waiting_ends_as_soon_as_it_is_queued():
    state, asked = walk(Accepted(5), wait=False)
    assert (state.ending, asked) == (Ending.started, [Ask.post])


def test_a_known_id_is_searched_before_it_is_posted():
    state, asked = walk(Found(), Accepted(5), known=True)
    assert asked == [Ask.search, Ask.post]
    state, asked = walk(Found(number=7), known=True)
    assert (asked, state.number, state.posts) == ([Ask.search], 7, 0)


def test_spaces_that_the_server_trims_are_no_difference():
    assert different({"A": " 1 "}, {"A": "1"}) == []
    assert different({"A": "1"}, {}) == ["no parameters at all"]


ANSWERS = st.one_of(
    st.just(Accepted(5)), st.just(Accepted(None)), st.just(Gone()), st.just(Found()), st.just(Found(number=7)), st.just(Found(queue_id=5)),
    st.just(Down("x")), st.just(Unsure("x")), st.just(Item()), st.just(Item(number=7)), st.just(Item(left=True)), st.just(RUNNING), st.just(DONE),
    st.just(LogPart(b"x", 1, True)), st.just(LogPart(b"", 1, False)),
)


@settings(max_examples=60)
@given(st.lists(ANSWERS, max_size=60), st.booleans())
def test_whatever_comes_a_post_follows_only_an_unsent_one_or_a_fruitless_search(answers, known):
    state, now, trail = begin("r", SENT, 0.0, searchable=True, wait=True, known=known), 0.0, []
    for answer in answers:
        if state.ending:
            break
        trail.append((state.ask, answer))
        now += 1
        state = take(state, answer, now, LIMITS)
    for (ask, answer), (next_ask, _) in pairwise(trail):
        if next_ask is Ask.post:
            assert isinstance(answer, Down) or ask is Ask.search
    assert state.posts <= MAX_POSTS


@pytest.mark.parametrize("silent", [[Down("x")], [Item()], [RUNNING, LogPart(b"", 0, True)]])
def test_every_wait_ends(silent):
    state = begin("r", SENT, 0.0, searchable=True, wait=True, known=False)
    now = 0.0
    for answer in [Accepted(5), *([Item(number=7)] if len(silent) == 2 else []), *silent * 3000]:
        if state.ending:
            break
        now += max(1.0, state.pause)
        state = take(state, answer, now, LIMITS)
    assert state.ending is not None
    assert now <= LIMITS.overall + 30
