"""The parts of the scaling proof: floor, quantities, aim, statistics, files, progress, timing."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.scaling_bundles import load_bundle
from naru.core.floor import FloorModel, floor_of
from naru.core.load_stats import nearest_rank, seconds_of_load, stats_of
from naru.core.scaling_aim import aim_step, aimed_replicas, base_rate, mean_cores
from naru.core.scaling_files import NAMES, WATCH, raw_files, row_from, row_plain, run_from_raw, watch_file
from naru.core.scaling_objects import scale_down_window, seconds_of
from naru.core.scaling_plot import plot_of
from naru.core.scaling_polls import apm_poll, metric_poll, scale_writers
from naru.core.scaling_progress import spark
from naru.core.scaling_record import MetricPoll, PodCpu, Timing
from naru.core.scaling_timing import flags_of, profile_of, timing_of
from naru.errors import Missing
from naru.model.load import Row
from naru.model.words import Profile

# research: p5, median, p95, max of a step 5 → 200 % at a target of 50 %
TABLE = [((10, 60, 15), (30, 58, 87, 99)), ((10, 15, 15), (13, 24, 35, 42)), ((10, 15, 5), (11, 19, 27, 32)),
         ((10, 10, 5), (8, 15, 22, 28)), ((1, 10, 1), (4, 9, 13, 14)), ((1, 1, 1), (0.9, 1.8, 2.6, 3.2))]


@pytest.mark.parametrize(("times", "expected"), TABLE)
def test_the_floor_gives_the_known_figures(times, expected):
    floor = floor_of(FloorModel(*times, 0.5, 0.05, 2.0), trials=4_000)
    assert (floor.p5, floor.median, floor.p95, floor.maximum) == pytest.approx(expected, abs=1.5)


def test_a_step_that_stays_within_tolerance_is_never_decided():
    assert floor_of(FloorModel(10, 15, 15, 0.5, 0.1, 0.54)).share_undecided == 1.0


@pytest.mark.parametrize("scrape", [0.5, 5.0, 9.5])
def test_where_the_first_scrape_is_known_nothing_is_decided_before_it_or_between_scrapes(scrape):
    floor = floor_of(FloorModel(5, 10, 2, 0.6, 0.24, 1.0, jitter=1.0, first_scrape=scrape))
    assert all((time - scrape) % 10 <= 2 for time in floor.times)
    assert floor.p5 >= scrape


@settings(max_examples=15, deadline=None)
@given(st.floats(1, 15), st.floats(1, 30), st.floats(1, 15), st.floats(0.6, 4.0), st.integers(1, 4))
def test_no_floor_is_later_than_the_sum_of_its_periods_allows(h, m, s, after, pods):
    floor = floor_of(FloorModel(h, m, s, 0.4, 0.1, after, pods=pods), trials=60)
    assert 0 <= floor.p5 <= floor.median <= floor.p95 <= floor.maximum
    if after > 0.9:
        assert floor.maximum <= 2 * h + 2 * m + s


@pytest.mark.parametrize(("text", "value"), [("15s", 15), ("5m0s", 300), ("1m30s", 90), ("10.5s", 10.5), ("500ms", 0.5), ("", 0)])
def test_go_durations_are_read(text, value):
    assert seconds_of(text) == pytest.approx(value)


def test_the_hpas_own_window_beats_the_clusters():
    own = {"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}}}}
    assert (scale_down_window(own, 15), scale_down_window({"spec": {}}, 15)) == (0, 15)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 50), st.integers(4, 50))
def test_the_aim_lies_strictly_between_min_plus_one_and_max_minus_one(low, room):
    assert low + 1 < aimed_replicas(low, low + room) < low + room - 1


@settings(max_examples=40, deadline=None)
@given(st.floats(0.0005, 0.004), st.floats(0.0005, 0.02), st.integers(1, 4), st.integers(4, 10))
def test_the_step_makes_the_hpa_want_exactly_the_aimed_number(idle, cost, low, room):
    target, rate, high = 0.06, 10.0, low + room
    loaded = idle + rate * cost / low
    aim = aim_step(idle=idle, loaded=loaded, rate=rate, pods=low, low=low, high=high, target_cores=target, most=1e6)
    if aim.step_rate > rate:
        # Idle CPU of more than a quarter of the loaded reading is not believed but taken for the requests' own.
        believed = aim.idle_cores * aim.replicas + aim.step_rate * aim.cores_per_request
        assert math.ceil(believed / target - 0.02) == aim.replicas


def test_a_load_that_leaves_no_trace_gives_no_aim_and_a_rate_over_the_cap_is_cut():
    known = {"rate": 10.0, "pods": 2, "low": 2, "high": 6, "target_cores": 1.0}
    assert aim_step(idle=0.01, loaded=0.01, most=100, **known) is None
    cut = aim_step(idle=0.001, loaded=0.016, most=100, **known)
    assert (cut.step_rate, cut.capped) == (100, True)


def test_the_baseline_stays_below_any_decision_for_a_light_request():
    assert base_rate(0.06, 2, 500) * 0.004 / 2 < 0.06 * 0.9
    assert base_rate(10, 2, 500) == 500


def test_only_readings_whose_whole_window_lies_in_the_load_calibrate():
    def poll(at, value):
        return MetricPoll(0.0, {"a": PodCpu(f"1970-01-01T00:00:{at:02d}Z", 10.0, value)})

    polls = [poll(15, 9.0), poll(25, 0.03), poll(35, 0.05), poll(45, 9.0)]
    assert mean_cores(polls, 12, 40, 0.0) == pytest.approx(0.04)
    assert mean_cores(polls, 50, 60, 0.0) is None


def row(number, latency=0.01, *, status=200, error="", intended=None, late=0.0):
    at = number / 10 if intended is None else intended
    return Row("new", number, at, at + late, at + latency, status, error, "naver", "egov-1", "8.9.csap-999", False)


def test_latency_counts_from_the_intended_time_failures_included():
    stats = stats_of([row(1, 0.010), row(2, 0.500, status=0, error="timeout"), row(3, 0.020, late=0.015)])
    assert (stats.sent, stats.ok, stats.errors) == (3, 2, {"timeout": 1})
    assert stats.p50 == pytest.approx(20, rel=0.01)
    assert stats.longest == pytest.approx(500, rel=0.01)


def test_dropped_sends_are_counted_apart_and_never_as_answers():
    stats = stats_of([row(1), row(2, error="dropped", status=0)])
    assert (stats.intended, stats.sent, stats.dropped, stats.availability) == (2, 1, 1, 1.0)
    assert stats_of([]).availability is None


def test_the_encoded_histogram_can_be_read_by_others():
    from hdrh.histogram import HdrHistogram

    read = HdrHistogram.decode(stats_of([row(n, n / 1000) for n in range(1, 101)], histogram=True).histogram)
    assert read.get_total_count() == 100
    assert read.get_value_at_percentile(90) == pytest.approx(90_000, rel=0.01)


def test_seconds_have_no_holes_and_late_answers_count_where_they_came():
    series = seconds_of_load([row(0, intended=0.5), row(1, 2.0, intended=0.9), row(2, intended=3.1)])
    assert [(s.second, s.offered, s.served) for s in series] == [(0, 2, 1), (1, 0, 0), (2, 0, 1), (3, 1, 1)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 10), min_size=1, max_size=60), st.sampled_from([0.5, 0.9, 0.99]))
def test_a_nearest_rank_covers_its_share_and_is_a_measured_value(values, share):
    found = nearest_rank(sorted(values), share) / 1000
    assert sum(v <= found + 1e-6 for v in values) >= share * len(values)
    assert min(abs(v - found) for v in values) < 1e-6


def test_rows_pass_through_their_lines_unharmed():
    rows = [row(1), row(2, error="dropped", status=0)._replace(sent=math.nan)]
    back = [row_from(row_plain(r)) for r in rows]
    assert back[0] == rows[0]
    assert math.isnan(back[1].sent)


def test_a_run_passes_through_its_files_unharmed_and_a_torn_file_is_told():
    run, _ = load_bundle("healthy")
    files = {**raw_files(run), WATCH: watch_file(run)}
    assert set(files) == set(NAMES)
    assert run_from_raw(files) == run
    with pytest.raises(Missing):
        run_from_raw({**files, "polls.jsonl": b'{"kind": "metrics"}\n'})
    with pytest.raises(Missing):
        run_from_raw({name: data for name, data in files.items() if name != "load.jsonl"})


def test_timing_is_read_from_flags_and_defaults_are_kubernetes_own():
    pods = [{"spec": {"containers": [{"command": ["kcm", "--horizontal-pod-autoscaler-sync-period=2s", "--leader-elect=false"],
                                      "args": ["--horizontal-pod-autoscaler-downscale-stabilization=15s"]}]}}]
    fast = timing_of(flags_of(pods), {"metric-resolution": "10s"})
    assert (fast.sync, fast.downscale_window, fast.resolution, profile_of(fast)) == (2, 15, 10, Profile.fast)
    assert timing_of({}, {"metric-resolution": "15s"}) == Timing(10, 15, 15, 300, 0.1)
    assert profile_of(Timing()) is Profile.production


def test_only_who_owns_the_replicas_is_a_writer_of_the_scale():
    found = scale_writers(1.0, {"spec": {"replicas": 3}, "metadata": {"managedFields": [
        {"manager": "naru", "fieldsV1": {"f:spec": {"f:template": {}}}},
        {"manager": "kubectl", "subresource": "scale", "time": "t", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]}})
    assert [(w.manager, w.subresource, w.replicas) for w in found] == [("kubectl", "scale", 3)]


def test_polls_keep_their_faults_and_sum_containers():
    good = metric_poll(1.0, {"items": [{"metadata": {"name": "a"}, "timestamp": "t", "window": "10.1s",
                                        "containers": [{"usage": {"cpu": "5m"}}, {"usage": {"cpu": "1000000n"}}]}]}, "")
    assert good.pods["a"] == PodCpu("t", 10.1, 0.006)
    assert metric_poll(1.0, None, "down").fault == "down"
    assert apm_poll(1.0, [{"app": "egov", "pod": "a", "last_seen": "x"}, {"app": "other", "pod": "b"}], "", app="egov").pods == {"a": "x"}
    assert apm_poll(1.0, {"oops": 1}, "", app="egov").fault


def test_a_spark_line_grows_with_its_numbers():
    assert spark([2, 2, 4, 4]) == "▅▅██"
    assert spark([]) == ""


def test_the_figure_has_rates_latencies_replicas_and_cpu_on_one_axis():
    from naru.core.scaling import judge_scaling
    from naru.model.cloud import ScalingLimits

    run, limits = load_bundle("healthy")
    figure = plot_of(run, judge_scaling(run, ScalingLimits.model_validate(limits)))
    assert [len(panel.lines) for panel in figure.panels] == [3, 4, 3, 1]
    assert [band.name.split()[1] for band in figure.bands] == ["metric", "control", "actuation", "routing"]
    assert all(len(line.x) == len(line.y) for panel in figure.panels for line in panel.lines)
