"""A whole drill on loopback: real HAProxy, real PowerDNS, real load, three processes as clouds, faults that really break them."""

import socket
from contextlib import contextmanager

from fakes.local_clouds import MARKER, local_handlers
from naru.core.failover_faults import FAULTS
from naru.core.failover_judgement import judge_drill
from naru.core.failover_plan import LanePlace, Timings, dns_clients, load_plan
from naru.core.failover_verdict import Rules
from naru.core.gslb_config import GslbMember
from naru.edge.clock import SystemClock
from naru.edge.fault_journal import FaultJournal
from naru.edge.faults import Faults
from naru.edge.load import LoadEngine
from naru.edge.shield import shielded
from naru.model.cloud import FailoverLimits, GslbRules
from naru.model.words import Verdict
from naru.steps.effects import Effects
from naru.steps.failover_drill import DrillPlan, DrillRunner, Parts
from naru.wiring.gslb_site import GslbSite

SHARED = FailoverLimits(late_send_p99_milliseconds=1000, latency_floor_milliseconds=1500, rto_seconds=15, pause_rto_seconds=15, detection_seconds=15)
"""Limits on time at five times the usual and more: the machine of the tests is shared, and what is tested is order and counts."""
FAST = GslbRules(interval_seconds=0.5, timeout_seconds=0.5, fall=2, rise=2, dns_ttl_seconds=2)


class NoTask:
    def advance(self, amount=1): ...

    def say(self, text): ...


class Log:
    def __init__(self):
        self.entries = []

    def append(self, entry):
        self.entries.append(entry)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def members(clouds, rules, check_path="/health", marker=""):
    return [
        GslbMember(name, "127.0.0.1", cloud.port, rules, check_path, marker, "egov", f"127.81.0.{number + 1}")
        for number, (name, cloud) in enumerate(clouds.clouds.items())
    ]


@contextmanager
def drill_runner(clouds, folder, faults, rules=FAST, *, limits=None, check_path="/health", marker="", timings=None, rate=80, handlers=None):
    limits = limits or SHARED
    port, clock = free_port(), SystemClock()
    journal = folder / "faults"
    journal.mkdir(exist_ok=True)
    driver = Faults(FaultJournal(journal), handlers or local_handlers(clouds))
    with GslbSite(members(clouds, rules, check_path, marker), port, "egov", clouds) as site:
        place = LanePlace(
            f"127.0.0.1:{port}", {name: f"127.0.0.1:{c.port}" for name, c in clouds.clouds.items()}, marker=MARKER,
            dns=site.lookup(), dns_port=port, sticky=rules.sticky,
        )
        plan = DrillPlan(
            tuple(FAULTS[name] for name in faults), tuple(clouds.clouds), dict.fromkeys(clouds.clouds, 100.0), rules, limits,
            timings or Timings(3, 1, 5), load_plan(place, rate=rate, direct_rate=20, seconds=300),
        )
        yield DrillRunner(plan, Parts(site, driver, LoadEngine(), Effects(Log(), clock, stage="verify_failover"), clock, shielded, NoTask()))


def judged(drill, rules=FAST, limits=None):
    return judge_drill(drill, Rules(limits or SHARED, rules, dns_clients(3)))


def run_drill(clouds, folder, faults, rules=FAST, **options):
    """Inconclusive is measured once more, as the stage does it; failed never."""
    for _ in range(2):
        with drill_runner(clouds, folder, faults, rules, **options) as runner:
            drill = runner.run()
        found = judged(drill, rules, options.get("limits"))
        if found.verdict is not Verdict.inconclusive:
            break
    return drill, found


__all__ = ["FAST", "SHARED", "drill_runner", "judged", "members", "run_drill"]
