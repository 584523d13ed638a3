"""Whose a change of the scale is: the HPA's own words decide, never its desired number alone."""

from dataclasses import replace

import pytest

from fakes.scaling_bundles import load_bundle
from naru.core.scaling_timeline import ScaleChange, Timeline, timeline_of
from naru.core.scaling_trust import foreign_writers, unexplained_changes

STEP = 100.0
REAL = {"kind-egov-passes": [], "kind-thrashes": [], "kind-scaled-by-hand": ["2 → 3"]}


@pytest.fixture
def run():
    run = load_bundle("healthy")[0]
    return replace(run, marks=replace(run.marks, step=STEP))


def line(change, *, desired=(), rescales=()):
    return Timeline(changes=[change], desired=[(0.0, 2), *desired], rescales=list(rescales))


def test_a_number_that_the_hpa_takes_for_desired_after_it_found_it_is_not_its_own(run):
    by_hand = line(ScaleChange(105.0, 2, 3), desired=[(107.0, 3)])
    assert unexplained_changes(run, by_hand) == ["2 → 3"]


def test_a_change_that_the_hpa_tells_by_event_or_by_its_last_scale_time_is_its_own(run):
    assert unexplained_changes(run, line(ScaleChange(105.0, 2, 3, "New size: 3; reason: cpu"))) == []
    assert unexplained_changes(run, line(ScaleChange(105.0, 2, 3), rescales=[(105.4, 3)])) == []


@pytest.mark.parametrize("rescale", [(105.4, 4), (111.0, 3), (98.0, 3)])
def test_another_size_or_another_moment_of_the_hpa_explains_nothing(run, rescale):
    assert unexplained_changes(run, line(ScaleChange(105.0, 2, 3), rescales=[rescale])) == ["2 → 3"]


def test_what_changed_before_the_step_is_not_asked_about(run):
    assert unexplained_changes(run, line(ScaleChange(99.0, 1, 2))) == []


def test_without_an_owner_in_managed_fields_the_hand_is_still_seen():
    run, _ = load_bundle("someone-else-scales")
    assert foreign_writers(run) == [], "the API server keeps no owner where nobody owned replicas"
    assert unexplained_changes(run, timeline_of(run)) == ["2 → 3"]


@pytest.mark.parametrize("name", sorted(REAL))
def test_on_real_clusters_every_change_is_told_by_the_hpa_but_the_one_by_hand(name):
    run, _ = load_bundle(name)
    found = timeline_of(run)
    assert found.changes
    assert unexplained_changes(run, found) == REAL[name]
    own = [change.after for change in found.changes if f"{change.before} → {change.after}" not in REAL[name]]
    assert [size for _, size in found.rescales] == own, "each of its changes has a lastScaleTime of its own"
