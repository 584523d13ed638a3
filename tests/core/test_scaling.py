"""Recorded scaling runs, healthy and broken: first the breakage from the cluster's own objects, then verdict and sentence."""

import copy
from dataclasses import replace

import pytest

from fakes.scaling_bundles import DATA, load_bundle
from naru.core.scaling import judge_scaling, verdict_of
from naru.core.scaling_objects import containers_without_request, cpu_target, foreign_pods, is_ready, replica_range
from naru.core.scaling_phases import decide_limit, first_scrape, floor_for, phases_of
from naru.core.scaling_second import second_aim
from naru.core.scaling_timeline import timeline_of
from naru.core.scaling_timing import act_seconds
from naru.core.scaling_up import decided
from naru.model.cloud import ScalingLimits
from naru.model.words import Verdict


def entry(run):
    return run.entry


def sizes(run):
    return [change.after for change in timeline_of(run).changes]


def after_down(run):
    return [change.mono - run.marks.down for change in timeline_of(run).changes if change.mono > run.marks.down]


def words(run):
    return {row.error or f"http-{row.status}" for row in run.rows if not row.ok}


NEW = {"failed": Verdict.failed, "inconclusive": Verdict.inconclusive, "passed": Verdict.passed}

CASES = [
    ("no-resource-requests", lambda r: containers_without_request(entry(r)["deployment"]) == ["egov"],
     "failed", "requests_set", "Container egov of egov sets no CPU request"),
    ("max-too-low", lambda r: replica_range(entry(r)["hpa"]) == (2, 3), "failed", "room_to_scale", "its maximum is too low"),
    ("foreign-pod", lambda r: foreign_pods(entry(r)["pods"], entry(r)["replica_sets"], "egov") == ["load-generator"],
     "failed", "no_foreign_pods", "Pod load-generator matches the HPA's selector but does not belong to egov"),
    ("metrics-never", lambda r: entry(r)["hpa"]["status"]["conditions"][1]["reason"] == "FailedGetResourceMetric",
     "failed", "hpa_ready", "cannot scale: ScalingActive is not True (FailedGetResourceMetric"),
    ("metrics-down-in-the-middle", lambda r: any(p.fault for p in r.metrics) and timeline_of(r).inactive, "failed", "metrics_throughout",
     "metrics.k8s.io gave no new CPU reading for"),
    ("metrics-down-in-the-hold", lambda r: any(p.fault for p in r.metrics) and sizes(r)[0] == 4, "failed", "metrics_throughout",
     "the server is currently unable to handle the request"),
    ("target-too-high", lambda r: cpu_target(entry(r)["hpa"]) == 10 and not sizes(r), "failed", "decided", "its target is 1000 % (1000m a pod)"),
    ("hpa-does-not-decide", lambda r: not sizes(r), "failed", "decided", "The HPA did not scale in"),
    ("load-does-not-arrive", lambda r: words(r) == {"refused"} and not sizes(r), "failed", "decided", "had no reason to scale: only 24.98 %"),
    ("scale-down-too-early", lambda r: min(after_down(r)) < 3, "failed", "scale_down_not_early", "Pods were taken away 2.0 s after the load fell; 13 s"),
    ("thrash", lambda r: sizes(r).count(3) > 3 and sizes(r).count(4) > 3, "failed", "no_thrash", "The scale changed direction"),
    ("answers-500-while-scaling", lambda r: words(r) == {"http-500"}, "failed", "availability", "of them by new pods up to 3.9 s after they were Ready"),
    ("loses-requests-when-pods-leave", lambda r: words(r) == {"reset"}, "failed", "scale_down_errors", "requests failed while pods left (reset)"),
    ("new-pods-get-no-traffic", lambda r: len({row.pod for row in r.rows if row.pod}) == 2 and max(sizes(r)) == 4, "failed", "pods_serve",
     "was Ready but never answered a request"),
    ("new-pods-never-ready", lambda r: max(n for _, n in timeline_of(r).ready) == 2 and max(sizes(r)) >= 4, "failed", "pods_ready", "was not Ready"),
    ("someone-else-scales", lambda r: 3 in sizes(r), "failed", "only_hpa_scales", "only the HPA may"),
    ("kind-scaled-by-hand", lambda r: sizes(r) == [3, 2], "failed", "only_hpa_scales", "2 → 3; only the HPA may"),
    ("kind-step-too-near", lambda r: sizes(r)[:4] == [3, 4, 3, 2], "inconclusive", "step_landed", "CPU for 3 pods; it was aimed at 4"),
    ("kind-thrashes", lambda r: sizes(r) == [3, 5, 3, 2, 3, 5, 6, 3, 2], "failed", "no_thrash", "The scale changed direction 3 times"),
    ("apm-does-not-list", lambda r: not {p for poll in r.apm for p in poll.pods} & {p.name for p in timeline_of(r).new_pods(r.marks.step)},
     "failed", "apm_lists", "The APM never listed the new instance egov-"),
    ("too-slow", lambda r: min(row.latency for row in r.rows) > 1.5, "failed", "latency_baseline", "p99 before the step was"),
    ("never-scales-down", lambda r: sizes(r) == [4], "failed", "scale_down_done", "4 pods were still wanted"),
    ("asks-for-too-many", lambda r: max(sizes(r)) == 6, "failed", "overshoot", "2 pods more than the 4 expected"),
    ("sends-late", lambda r: max(row.lateness for row in r.rows) > 0.02, "inconclusive", "sends_on_time", "ms late"),
    ("watch-gap", lambda r: any(s.type == "GAP" for s in r.watch), "inconclusive", "watch_whole", "The longest gap of a decisive watch was 4.0 s"),
    ("moves-before-the-step", lambda r: timeline_of(r).changes and timeline_of(r).changes[0].mono < (r.marks.step or r.marks.end),
     "inconclusive", "baseline_still", "before the step"),
]


def test_a_reading_that_came_as_the_load_was_taken_away_is_held_against_nobody():
    run, limits = load_bundle("kind-reading-came-last")
    last, down = run.metrics, run.marks.down
    fresh = [poll for poll in last if down - 1 < poll.mono <= down][-1]
    earlier = [poll for poll in last if poll.mono <= down - act_seconds(run.timing)][-1]
    assert sum(pod.cores for pod in fresh.pods.values()) > 0.2 > sum(pod.cores for pod in earlier.pods.values())
    assert judge_scaling(run, ScalingLimits.model_validate(limits)).verdict is Verdict.passed


@pytest.mark.parametrize(("name", "breakage", "verdict", "cause", "sentence"), CASES, ids=[case[0] for case in CASES])
def test_a_broken_run_is_told_by_its_cause(name, breakage, verdict, cause, sentence):
    run, limits = load_bundle(name)
    assert breakage(run)
    found = judge_scaling(run, ScalingLimits.model_validate(limits))
    assert (found.verdict, found.cause.reason) == (NEW[verdict], cause)
    assert sentence in found.cause.sentence
    assert found.cause.sentence_ko


def test_every_recorded_bundle_is_judged_by_a_test():
    here = {path.name.removesuffix(".json.gz") for path in DATA.glob("*.json.gz")}
    assert here == {case[0] for case in CASES} | {case[0] for case in RECORDED} | {"healthy"}


RECORDED = [
    ("kind-egov-passes", Verdict.passed, None),
    ("kind-host-overloaded", Verdict.failed, "latency_after"),
    ("kind-step-missed-its-aim", Verdict.inconclusive, "step_landed"),
    ("kind-reading-came-last", Verdict.passed, None),
]
"""Real runs on kind clusters: the sample in the fast profile, an app on a host that had far too much to do, a step whose
requests cost less than those of the baseline, so that the HPA was asked nothing clear, and a hold that ended as the decisive
reading came (the HPA acted a second later)."""


@pytest.mark.parametrize(("name", "verdict", "cause"), RECORDED, ids=[case[0] for case in RECORDED])
def test_a_real_run_is_judged_as_it_was_then(name, verdict, cause):
    run, limits = load_bundle(name)
    found = judge_scaling(run, ScalingLimits.model_validate(limits))
    assert (found.verdict, found.cause.reason if found.cause else None) == (verdict, cause)
    assert len({row.pod for row in run.rows if row.pod}) > (2 if sizes(run) else 1)


def test_a_second_measurement_aims_higher_where_requests_cost_less_than_the_baseline_said():
    run, limits = load_bundle("kind-step-missed-its-aim")
    again = second_aim(run, limits["most_requests_per_second"])
    assert again.cores_per_request < run.aim.cores_per_request
    assert again.step_rate > run.aim.step_rate


@pytest.fixture(scope="module")
def healthy():
    run, limits = load_bundle("healthy")
    return run, ScalingLimits.model_validate(limits), judge_scaling(run, ScalingLimits.model_validate(limits))


def test_a_healthy_run_passes_every_check_and_has_no_cause(healthy):
    _, _, found = healthy
    assert found.verdict is Verdict.passed
    assert found.cause is None
    assert {check.verdict for check in found.checks} == {Verdict.passed}
    assert len(found.checks) >= 25


def test_the_five_phases_follow_one_another_and_add_up(healthy):
    run, limits, found = healthy
    phases = phases_of(run, timeline_of(run), limits.p99_milliseconds)
    assert phases.load <= phases.metric <= phases.decide <= phases.ready <= phases.serve
    plain = found.summary["phases"]
    parts = [plain[f"{name}_seconds"] for name in ("metric", "control", "actuation", "routing")]
    assert sum(parts) == pytest.approx(plain["serve_seconds"], abs=0.01)


@pytest.mark.parametrize(("late", "expected"), [(0.25, 9.25), (4.0, 5.5), (9.4, 0.1), (None, None)])
def test_the_phase_of_the_scrapes_is_told_by_the_last_new_reading_before_the_step(healthy, late, expected):
    run = healthy[0]
    step, poll = run.marks.step, next(poll for poll in run.metrics if poll.pods)

    def reading(mono, at):
        return replace(poll, mono=mono, pods={name: replace(cpu, at=at) for name, cpu in poll.pods.items()})

    came = [reading(step - late, "2026-01-01T00:00:10Z")] if late is not None else []
    polls = (reading(step - 12, "2026-01-01T00:00:00Z"), *came, reading(step + 3, "2026-01-01T00:00:20Z"))
    found = first_scrape(replace(run, metrics=polls))
    assert found == pytest.approx(expected) if expected is not None else found is None


def test_no_hpa_is_asked_to_decide_sooner_than_its_clusters_timing_allows(healthy):
    run = healthy[0]
    assert decide_limit(run, 45) == 45
    slow = replace(run, timing=replace(run.timing, housekeeping=10, resolution=15, sync=15), metrics=())
    floor = floor_for(slow)
    assert decide_limit(slow, 20) == pytest.approx(floor.p95 + 5, abs=0.1)
    assert floor.p95 > 35
    assert decide_limit(replace(slow, timing=replace(slow.timing, resolution=90)), 45) == 100
    assert decide_limit(replace(slow, aim=replace(run.aim, step_rate=run.aim.base_rate)), 45) == 45, "a step that is no step has no floor"


def test_the_decision_is_set_against_the_floor_of_this_cluster(healthy):
    floor = healthy[2].summary["floor"]
    assert floor["p5_seconds"] < floor["median_seconds"] < floor["p95_seconds"] <= floor["maximum_seconds"] <= 2 * 10 + 10 + 2
    assert floor["excess_seconds"] == pytest.approx(healthy[2].summary["phases"]["decide_seconds"] - floor["median_seconds"], abs=0.002)
    assert 0 <= floor["percentile"] <= 1


def test_every_decision_bears_the_words_of_the_hpa(healthy):
    decisions = healthy[2].summary["decisions"]
    assert (decisions[0]["before"], decisions[0]["after"], decisions[-1]["after"]) == (2, 4, 2)
    assert all("cpu resource utilization" in d["reason"] for d in decisions)


def test_the_summary_holds_used_against_ideal_replica_seconds(healthy):
    replicas = healthy[2].summary["replicas"]
    assert 0 < replicas["replica_seconds"] < replicas["ideal_replica_seconds"]


def test_judging_the_same_run_twice_gives_the_same_answer_to_the_letter(healthy):
    run, limits, found = healthy
    assert judge_scaling(run, limits) == found


@pytest.mark.parametrize(("limit", "value", "cause"), [
    ("ready_seconds", 1, "pods_ready"), ("p99_milliseconds", 1, "latency_baseline"), ("apm_seconds", 1, "apm_lists"),
    ("scale_down_seconds", 1, "scale_down_done"), ("scale_down_wait_seconds", 40, "scale_down_not_early"),
])
def test_the_clouds_own_limit_decides(healthy, limit, value, cause):
    run, limits, _ = healthy
    found = judge_scaling(run, limits.model_copy(update={limit: value}))
    assert (found.verdict, found.cause.reason) == (Verdict.failed, cause)


@pytest.mark.parametrize(("took", "verdict"), [(44.9, Verdict.passed), (45.1, Verdict.failed)])
def test_a_decision_that_comes_too_late_fails(healthy, took, verdict):
    run, limits, _ = healthy
    line = timeline_of(run)
    phases = replace(phases_of(run, line, limits.p99_milliseconds), decide=run.marks.step + took)
    assert decided(run, line, phases, limits).verdict is verdict


def test_no_checks_at_all_is_inconclusive():
    assert verdict_of([]) is Verdict.inconclusive


def test_a_bad_measurement_makes_a_failed_scaling_check_untold_but_not_a_failed_object(healthy):
    run, limits = load_bundle("sends-late")
    slow = judge_scaling(run, ScalingLimits.model_validate(limits).model_copy(update={"decide_seconds": 1}))
    assert slow.verdict is Verdict.inconclusive
    assert slow.cause.reason == "sends_on_time"


def test_pods_that_were_ready_before_the_load_are_not_counted_as_new(healthy):
    run, _, _ = healthy
    before = {pod["metadata"]["name"] for pod in run.entry["pods"] if is_ready(pod)}
    assert not before & {pod.name for pod in timeline_of(run).new_pods(run.marks.step)}


def resized(run, spans):
    """The run with other sizes of the scale: (begin, end, size) each, as its Deployment and its HPA would have shown them."""
    watch = [_with_size(sample, next((size for begin, end, size in spans if begin <= sample.mono < end), None)) for sample in run.watch]
    for kind in ("HorizontalPodAutoscaler", "Deployment"):
        shown = next(sample for sample in watch if sample.object["kind"] == kind)
        watch += [_with_size(replace(shown, mono=begin, type="MODIFIED"), size) for begin, _, size in spans]
    return replace(run, watch=tuple(sorted(watch, key=lambda sample: sample.mono)))


def _with_size(sample, size):
    if size is None or sample.object["kind"] not in {"HorizontalPodAutoscaler", "Deployment"}:
        return sample
    changed = copy.deepcopy(sample.object)
    if changed["kind"] == "Deployment":
        changed["spec"]["replicas"] = size
    else:
        changed["status"]["desiredReplicas"] = size
    return replace(sample, object=changed)


def verdicts(run, limits):
    return {found.name: found.verdict for found in judge_scaling(run, limits).checks}


@pytest.mark.parametrize(("to", "verdict"), [(4, Verdict.passed), (3, Verdict.failed)])
def test_an_overshoot_put_right_just_after_the_load_fell_is_not_early_but_a_needed_pod_is(healthy, to, verdict):
    run, limits, _ = healthy
    down = run.marks.down
    seen = resized(run, [(down - 8, down + 4, 5), (down + 4, down + 13, to)])
    assert [change.after for change in timeline_of(seen).changes if down - 9 < change.mono < down + 5] == [5, to]
    assert verdicts(seen, limits)["scale_down_not_early"] is verdict


@pytest.mark.parametrize(("to", "verdict"), [(4, Verdict.passed), (3, Verdict.failed)])
def test_an_overshoot_put_right_under_the_load_is_no_thrash_but_taking_a_needed_pod_is(healthy, to, verdict):
    run, limits, _ = healthy
    down = run.marks.down
    seen = resized(run, [(down - 8, down - 4, 5), (down - 4, down + 13, to)])
    assert verdicts(seen, limits)["no_thrash"] is verdict
