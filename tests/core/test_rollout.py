"""The judge of a rollout, by cases that are files."""

import pytest

from rollout_cases import START, cases, read, told

PATHS = cases()


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_told_rollout_gets_its_verdict_at_its_moment(path):
    case = read(path)
    _, state = told(case)
    expect = case.expect
    shown = state.sign.said if state.sign else state.unmet
    assert str(state.verdict) == expect["verdict"], shown
    assert round(state.decided_at - START, 3) == pytest.approx(expect["at"]), shown
    assert (str(state.sign.reason) if state.sign else None) == expect.get("reason")
    assert expect.get("says", "") in (state.sign.said.en if state.sign else "")
    assert expect.get("says_ko", "") in (state.sign.said.ko if state.sign else "")


def test_a_jump_of_the_wall_clock_changes_nothing():
    for path in PATHS:
        _, usual = told(read(path))
        _, jumped = told(read(path), jump="1999-01-01T00:00:00.000000Z")
        assert (jumped.verdict, jumped.decided_at, jumped.sign) == (usual.verdict, usual.decided_at, usual.sign), path


def test_there_are_cases_of_every_verdict():
    assert {read(path).expect["verdict"] for path in PATHS} == {"passed", "failed", "inconclusive"}
    assert len(PATHS) >= 60
