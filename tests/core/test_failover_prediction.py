"""Prediction of detection and RTO from a site's own settings, held against simulated sites."""

import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naru.core.failover_faults import Loss
from naru.core.failover_prediction import Clients, deviation_percent, predicted_detection, predicted_rto
from naru.model.cloud import GslbRules


def simulated_detection(rules, silent, chance):
    """Checks at fixed ticks, begun one after another; the cloud is lost at time 0."""
    tick = chance.random() * rules.interval_seconds
    failures = 0
    while True:
        end = tick + (rules.timeout_seconds if silent else 0.0)
        failures += 1
        if failures == rules.fall:
            return end
        tick += rules.interval_seconds
        while tick <= end and silent:
            tick += rules.interval_seconds


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize(("interval", "timeout", "fall"), [(1, 1, 2), (2, 1, 3), (10, 3, 3), (0.5, 1.2, 2), (30, 30, 1)])
def test_the_predicted_mean_and_bounds_are_those_of_a_simulated_site(silent, interval, timeout, fall):
    rules = GslbRules(interval_seconds=interval, timeout_seconds=timeout, fall=fall)
    found = predicted_detection(rules, Loss.silent if silent else Loss.refused)
    chance = random.Random(7)
    times = [simulated_detection(rules, silent, chance) for _ in range(3000)]
    assert found.least <= min(times) + 1e-9
    assert max(times) <= found.most + 1e-9
    assert found.mean == pytest.approx(statistics.mean(times), rel=0.06)


@given(st.floats(0.1, 60), st.floats(0.1, 60), st.integers(1, 10), st.floats(1, 600))
@settings(max_examples=60, deadline=None)
def test_least_mean_and_most_are_always_in_order_and_dns_adds_at_most_a_ttl(interval, timeout, fall, ttl):
    rules = GslbRules(interval_seconds=interval, timeout_seconds=timeout, fall=fall, dns_ttl_seconds=ttl)
    for loss in (Loss.refused, Loss.silent, Loss.wrong):
        detection, rto = predicted_detection(rules, loss), predicted_rto(rules, loss, "dns")
        assert 0 <= detection.least <= detection.mean <= detection.most
        assert rto.most == pytest.approx(detection.most + ttl)


def test_what_a_number_of_clients_can_see_is_that_of_simulated_caches():
    ttl, clients, chance = 5.0, Clients(40, 1.3), random.Random(3)
    pause, seen = 1 / 1.3, []
    for _ in range(2000):
        lasts = []
        for _ in range(round(clients.number * clients.lost_share)):
            uses = int(ttl / pause)
            age = chance.random() * (uses + 1) * pause
            lasts.append(uses * pause - age)
        seen.append(max(lasts))
    rules = GslbRules()
    predicted = predicted_rto(rules, Loss.refused, "dns", clients=clients).mean - predicted_detection(rules, Loss.refused).mean
    assert predicted == pytest.approx(statistics.mean(seen), rel=0.03)


def test_nobody_waits_behind_a_director_that_sends_a_refused_request_elsewhere():
    assert predicted_rto(GslbRules(), Loss.refused, "http").most == 0
    assert predicted_rto(GslbRules(), Loss.refused, "http", redispatch=False).most == 2
    assert predicted_rto(GslbRules(), Loss.silent, "http").most > 2


def test_a_deviation_is_signed_and_of_the_predicted():
    assert deviation_percent(10, 11) == pytest.approx(10)
    assert deviation_percent(10, 8) == pytest.approx(-20)
