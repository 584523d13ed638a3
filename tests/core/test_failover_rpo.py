"""Data loss by numbered writes: what was acknowledged against what was found again, and what the figures stand for."""

from dataclasses import replace

import pytest

from fakes.failover_rows import CLOUDS, Story, row
from naru.core.failover_judgement import judge_drill
from naru.core.failover_prediction import Clients
from naru.core.failover_record import drill_files, judge_files
from naru.core.failover_rpo import NOT_APPLICABLE, data_loss, own_writes
from naru.core.failover_samples import BACK, LOST, WRITER, StoreReading, drill_from_lines, event_lines, row_lines
from naru.core.failover_table import failover_table
from naru.core.failover_verdict import Rules
from naru.model.cloud import FailoverLimits, GslbRules
from naru.model.failover import WRITE_SLOTS
from naru.model.words import Verdict

RULES = Rules(FailoverLimits(requests_per_second=40), GslbRules(), Clients(40, 1.3))
STORY = Story(redispatch=True)  # naver lost from 30.5 s to 65 s, undone at 60 s, over at 90 s


def writes(cloud, *, refused=(), seconds=90):
    """One write a second, acknowledged 0.01 s later unless its number is among `refused`."""
    rows = [row(WRITER + cloud, float(n), cloud, error="refused" if n in refused else "", status=202 if n not in refused else None) for n in range(seconds)]
    return tuple(each._replace(number=n) for n, each in enumerate(rows))


def told(cloud, numbers, moment=BACK, origin="", at=89.0, **more):
    return StoreReading(at, 0, cloud, moment, tuple(f"{origin or cloud}:{n}" for n in numbers), **more)


def drill(*, stores, refused=range(31, 65), seconds=90):
    base = STORY.drill()
    rows = (*base.rows, *writes("naver", refused=refused, seconds=seconds), *(each for name in CLOUDS[1:] for each in writes(name)))
    return replace(base, rows=rows, stores=tuple(stores))


def whole(**changes):
    """Every store kept everything; `changes` replaces what a cloud held after fail-back."""
    held = {name: told(name, range(90)) for name in CLOUDS} | {"naver": told("naver", [*range(31), *range(65, 90)])} | changes
    return [*(told(name, range(60), LOST, at=59.0) for name in CLOUDS[1:]), *held.values()]


def test_every_acknowledged_write_that_is_there_again_is_an_rpo_of_0_and_refused_ones_are_no_loss():
    loss = data_loss(drill(stores=whole()), 0, "naver")
    assert (loss.acknowledged, loss.refused, loss.lost, loss.rpo, loss.elsewhere) == (31, 29, 0, 0.0, 0)


def test_the_rpo_reaches_back_to_the_oldest_write_that_is_gone():
    loss = data_loss(drill(stores=whole(naver=told("naver", [*range(21), *range(65, 90)]))), 0, "naver")
    assert loss.lost == 10
    assert loss.rpo == pytest.approx(30.5 - 21.01, abs=0.1)  # effect at 30.5 s, write 21 acknowledged at 21.01 s
    assert not loss.at_least


def test_a_store_that_lost_everything_is_told_as_a_least_figure():
    loss = data_loss(drill(stores=whole(naver=told("naver", range(65, 90)))), 0, "naver")
    assert (loss.lost, loss.acknowledged, loss.at_least) == (31, 31, True)
    assert loss.rpo == pytest.approx(30.5, abs=0.1)


def test_writes_acknowledged_during_the_fault_and_gone_are_counted_but_reach_back_no_time():
    loss = data_loss(drill(refused=(), stores=whole(naver=told("naver", [*range(40), *range(60, 90)]))), 0, "naver")
    assert (loss.lost, loss.rpo) == (20, 0.0)


@pytest.mark.parametrize("stores", [[], [told("naver", (), trouble="it gave no list")]])
def test_a_store_that_was_not_read_gives_no_figure_and_never_a_0(stores):
    found = drill(stores=stores)
    loss = data_loss(found, 0, "naver")
    assert (loss.lost, loss.rpo) == (None, None)
    judgement = judge_drill(found, RULES)
    assert not [check for check in judgement.checks if "RPO, reported" in check.name]
    assert judgement.verdict is Verdict.passed
    assert "naver: RPO not measured" in "\n".join(failover_table(judgement.summary))


def test_writes_whose_place_a_later_one_took_are_not_judged():
    late = WRITE_SLOTS + 20
    loss = data_loss(drill(seconds=late, refused=(), stores=[told("naver", range(20, late), at=float(late))]), 0, "naver")
    assert loss.acknowledged == 60 - 20  # those up to 19 were overwritten by 240 to 259
    assert loss.lost == 0


def test_a_loss_by_an_earlier_fault_is_not_counted_again():
    first = drill(stores=whole(naver=told("naver", range(65, 90))))
    again = replace(first.faults[0], sent=82.0, undo_sent=88.0, undo_acknowledged=88.1, ended=90.0)
    early = replace(first.faults[0], ended=80.0)
    both = replace(first, faults=(early, again), stores=(*first.stores, StoreReading(89.5, 1, "naver", BACK, tuple(f"naver:{n}" for n in range(65, 90)))))
    assert data_loss(both, 1, "naver").acknowledged == 8
    assert data_loss(both, 1, "naver").lost == 0


def test_writes_that_other_clouds_hold_meanwhile_are_counted_up_to_the_effect():
    stores = [*whole(), StoreReading(59.0, 0, "ktcloud", LOST, tuple(f"naver:{n}" for n in range(25)))]
    loss = data_loss(drill(stores=[each for each in stores if each.moment == BACK] + stores[-1:]), 0, "naver")
    assert loss.elsewhere == 25


def test_the_report_has_one_check_for_the_lost_cloud_and_the_others_show_that_the_writer_loses_nothing():
    judgement = judge_drill(drill(stores=whole(naver=told("naver", range(65, 90)))), RULES)
    checks = [check for check in judgement.checks if check.name == "scale-to-zero: RPO, reported"]
    assert [(check.verdict, check.measured, check.limit) for check in checks] == [(Verdict.passed, 30.5, None)]
    assert "31 of 31 acknowledged writes were gone after fail-back (RPO at least 30.5 s); 29 were refused." in checks[0].sentence
    assert "No other cloud held any of them meanwhile: each cloud keeps its own store." in checks[0].sentence
    assert "원복 후 사라짐 (RPO 최소 30.5초)" in checks[0].sentence_ko
    rows = {each["cloud"]: each for each in judgement.summary["faults"][0]["rpo"]}
    assert [rows[name]["lost"] for name in CLOUDS] == [31, 0, 0]
    assert judgement.summary["rpo"].startswith("measured: one numbered write a second to each cloud's own store")
    assert any(line.startswith("data at scale-to-zero: naver: 31 of 31") for line in failover_table(judgement.summary))


def test_without_a_writer_the_rpo_is_not_applicable():
    judgement = judge_drill(STORY.drill(), RULES)
    assert judgement.summary["rpo"] == NOT_APPLICABLE
    assert judgement.summary["faults"][0]["rpo"] == []
    assert not [check for check in judgement.checks if "RPO, reported" in check.name]


def test_what_the_stores_held_is_recorded_and_judged_to_the_same_again():
    found = drill(stores=whole(naver=told("naver", range(65, 90))))
    again = drill_from_lines(row_lines(found.rows), event_lines(found))
    assert again.stores == found.stores
    limits = {**RULES.limits.plain(), "gslb": RULES.gslb.plain(), "dns_clients": {"number": 40, "requests_per_second": 1.3, "lost_share": 1 / 3}}
    assert judge_files(drill_files(found, []), limits).checks == judge_drill(found, RULES).checks


def test_only_writes_with_this_drill_s_mark_count():
    assert own_writes(("naver:0512-17", "naver:0511-18", "ktcloud:0512-3", "naver:x"), "0512") == ("naver:17", "ktcloud:3")
