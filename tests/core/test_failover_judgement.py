"""Verdicts over whole drills, each wrong system with its sentence."""

import json
from dataclasses import replace

import pytest

from fakes.failover_rows import CLOUDS, Story, row
from naru.core.failover_judgement import judge_drill
from naru.core.failover_prediction import Clients
from naru.core.failover_record import drill_files, judge_files, rules_from_plain
from naru.core.failover_samples import DIRECT, StateChange
from naru.core.failover_verdict import Rules
from naru.errors import Missing
from naru.model.cloud import FailoverLimits, GslbRules
from naru.model.failover import Reading
from naru.model.words import Verdict

LIMITS = FailoverLimits(requests_per_second=40)
GOOD = Story(redispatch=True)


def judged(story, *, rules=None, limits=LIMITS, drill=None):
    return judge_drill(drill or story.drill(), Rules(limits, rules or GslbRules(), Clients(40, 1.3)))


def check(judgement, name):
    return next(c for c in judgement.checks if c.name.endswith(name))


def test_a_cloud_whose_loss_nobody_notices_passes():
    found = judged(GOOD)
    assert [c.sentence for c in found.checks if c.verdict is not Verdict.passed] == []
    assert found.verdict is Verdict.passed
    assert found.cause is None


def test_requests_that_are_not_sent_elsewhere_count_as_lost():
    found = judged(Story())
    assert found.verdict is Verdict.failed
    assert check(found, "lost requests").measured == pytest.approx(15, abs=3)


def test_a_director_that_never_notices_without_a_check_is_named():
    found = judged(Story(detect=None), rules=GslbRules(check="none"))
    assert found.cause.reason == "no-health-check"
    assert "it has no health check at all" in found.cause.sentence
    assert "헬스 체크가 없습니다" in found.cause.sentence_ko


def test_a_health_page_that_lies_is_named_with_its_path():
    found = judged(Story(fault="lying-health", detect=None), rules=GslbRules(path="/health"))
    assert found.cause.reason == "health-check-lies"
    assert "/health says yes while the home page fails" in found.cause.sentence


def test_a_check_that_only_opens_a_connection_is_named():
    assert judged(Story(detect=None), rules=GslbRules(check="tcp")).cause.reason == "shallow-health-check"


def test_survivors_that_cannot_carry_the_load_are_named_with_the_hpa_at_its_end():
    story = Story(survivors_fail=True, errors_after_detect=True)
    full = tuple(Reading(40, cloud, replicas=2, ready=2, hpa_minimum=1, hpa_maximum=2, cpu_percent=180, cpu_target=60) for cloud in CLOUDS[1:])
    found = judged(story, drill=story.drill(readings=full))
    assert found.cause.reason == "survivors-too-small"
    assert "could not carry the load of naver" in found.cause.sentence
    assert "stood at the HPA's maximum" in found.cause.sentence
    assert check(found, "survivors").verdict is Verdict.failed


def test_clients_that_stay_with_the_lost_cloud_are_named():
    found = judged(Story(errors_after_detect=True))
    assert found.cause.reason == "sticky-clients"
    assert "clients are bound to the lost cloud" in found.cause.sentence


def test_an_app_that_does_not_come_back_in_time_is_named():
    found = judged(replace(GOOD, ready=None, share_after=False))
    assert found.cause.reason == "slow-return"
    assert "was not ready within 30 s after it was restored" in found.cause.sentence


def test_an_error_while_traffic_comes_back_fails_the_fail_back_alone():
    found = judged(replace(GOOD, failback_errors=3))
    wrong = [c.name for c in found.checks if c.verdict is not Verdict.passed]
    assert wrong == ["scale-to-zero: fail-back, errors"]
    assert found.cause.reason == "errors-at-return"


def test_a_cloud_that_goes_in_and_out_again_flaps():
    more = [StateChange(70, "http", "naver", up=False), StateChange(75, "http", "naver", up=True)]
    found = judged(replace(GOOD, extra_changes=more))
    assert check(found, "flapping").verdict is Verdict.failed
    assert check(found, "flapping").measured == 3


@pytest.mark.parametrize(("ups_and_downs", "measured"), [
    ([], 1), ([(61, True)], 2), ([(61, True), (63, False)], 1), ([(61, True), (62, False), (63, True), (64, False)], 1),
    ([(61, True), (63, False), (68, False), (69, True)], 3),
])
def test_a_balancer_that_follows_pods_which_still_restart_does_not_flap(ups_and_downs, measured):
    changes = [StateChange(at, "http", "naver", up=up) for at, up in ups_and_downs]
    found = check(judged(replace(GOOD, extra_changes=changes)), "flapping")
    assert (found.measured, found.verdict) == (measured, Verdict.passed if measured == 1 else Verdict.failed)


def test_a_share_that_does_not_come_back_fails():
    assert check(judged(replace(GOOD, share_after=False)), "fail-back, share").verdict is Verdict.failed


def test_a_fault_that_no_direct_request_noticed_proves_nothing():
    story = replace(GOOD, effect=1000.0)
    found = judged(story)
    assert found.verdict is Verdict.inconclusive
    assert "had no effect and nothing was proven" in found.cause.sentence


@pytest.mark.parametrize("name", ["control", "blip"])
def test_a_shift_in_a_control_run_is_a_false_fail_over(name):
    at = 15 if name == "control" else 25
    found = judged(replace(GOOD, extra_changes=[StateChange(at, "dns", "ktcloud", up=False)]))
    assert check(found, f"{name} run").verdict is Verdict.failed
    assert "(dns ktcloud)" in check(found, f"{name} run").sentence
    assert found.verdict is Verdict.failed


def test_a_bad_steady_state_makes_everything_inconclusive_never_failed():
    drill = Story().drill()
    rows = tuple(row("new", r.intended, error="closed") if r.lane == "new" and r.intended < 2 else r for r in drill.rows)
    found = judged(None, drill=replace(drill, rows=rows))
    assert found.verdict is Verdict.inconclusive
    assert found.cause.reason == "steady-state"


def test_late_sends_and_dropped_sends_make_it_inconclusive():
    drill = GOOD.drill()
    late = tuple(r._replace(sent=r.intended + 0.2) for r in drill.rows)
    assert judged(None, drill=replace(drill, rows=late)).verdict is Verdict.inconclusive
    assert judged(None, drill=replace(drill, dropped=1)).verdict is Verdict.inconclusive


def test_too_few_requests_make_it_inconclusive():
    assert judged(GOOD, limits=FailoverLimits(requests_per_second=1000)).verdict is Verdict.inconclusive


def test_a_drill_without_a_fault_or_without_a_request_proves_nothing():
    drill = GOOD.drill()
    assert judged(None, drill=replace(drill, faults=())).verdict is Verdict.inconclusive
    assert judged(None, drill=replace(drill, rows=())).verdict is Verdict.inconclusive


def test_a_lost_cloud_that_could_not_be_restored_fails():
    drill = GOOD.drill()
    found = judged(None, drill=replace(drill, faults=(replace(drill.faults[0], restored=False),)))
    assert found.cause.reason == "not-restored"
    assert "./naru clouds up" in found.cause.sentence


def test_pods_below_the_hpas_minimum_after_the_return_fail():
    drill = GOOD.drill()
    found = judged(None, drill=replace(drill, faults=(replace(drill.faults[0], ready_pods=1),)))
    assert check(found, "fail-back, pods").verdict is Verdict.failed


def test_with_all_clouds_lost_a_quick_503_is_as_declared_and_a_hang_is_not():
    def all_lost(first_error="", **wrong):
        story = replace(GOOD, fault="all-clouds")
        drill = story.drill()
        rows = tuple(
            row(r.lane, r.intended, **(wrong if not first_error or r.intended > 33 else {"error": first_error})) if r.lane in {"new", "keepalive"} and 30.5 <= r.intended < 65
            else row(r.lane, r.intended, error="refused") if r.lane.startswith(DIRECT) and 30.5 <= r.intended < 65 else r
            for r in drill.rows
        )
        return judged(None, drill=replace(drill, rows=rows, faults=(replace(drill.faults[0], clouds=CLOUDS),)))

    assert check(all_lost(status=503), "fails closed").verdict is Verdict.passed
    assert check(all_lost(status=503, first_error="closed"), "fails closed").verdict is Verdict.passed  # before they are taken out
    assert check(all_lost(error="timeout", latency=3.0), "fails closed").verdict is Verdict.failed


def test_the_recorded_files_judge_to_the_same_answer_every_time():
    limits = {**LIMITS.plain(), "gslb": GslbRules().plain(), "dns_clients": {"number": 40, "requests_per_second": 1.3, "lost_share": 0.5}}
    drill = Story().drill(readings=(Reading(40, "naver", replicas=2),))
    first = judge_files(drill_files(drill, ["a line"]), limits)
    again = judge_files(drill_files(drill, []), json.loads(json.dumps(limits)))
    assert (first.verdict, first.checks, first.cause, first.summary) == (again.verdict, again.checks, again.cause, again.summary)
    assert first.checks == judge_drill(drill, rules_from_plain(limits)).checks


@pytest.mark.parametrize("damage", [
    lambda f: f.pop("requests.jsonl"),
    lambda f: f.update({"requests.jsonl": b"[1,2]\n"}),
    lambda f: f.update({"events.jsonl": b'{"kind":"surprise"}\n'}),
    lambda f: f.update({"events.jsonl": b'{"kind":"fault","clouds":[]}\n'}),
    lambda f: f.update({"events.jsonl": b"\xff\xfe\n"}),
])
def test_files_that_no_drill_wrote_are_missing_and_not_a_verdict(damage):
    files = drill_files(GOOD.drill(), [])
    damage(files)
    with pytest.raises(Missing):
        judge_files(files, LIMITS.plain())


def test_answers_that_stay_slow_without_an_error_are_not_blamed_on_clients():
    drill = GOOD.drill()
    rows = tuple(r._replace(done=r.intended + 1.0) if 30.5 <= r.intended < 60 and r.lane == "new" else r for r in drill.rows)
    found = judged(None, drill=replace(drill, rows=rows))
    assert found.verdict is Verdict.failed
    assert found.cause.reason == "slow-answers"
    assert "no request failed after naver was out, but answers stayed slow: p99 1000 ms" in found.cause.sentence
