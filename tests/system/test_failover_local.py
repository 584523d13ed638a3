"""The whole fail-over measurement on loopback: real HAProxy, real PowerDNS, real load, processes that really stop, freeze and lie."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fakes.local_clouds import MARKER, LocalClouds, local_handlers
from fakes.local_drill import FAST, SHARED, drill_runner, judged, run_drill
from naru.core.failover_plot import failover_figure
from naru.core.failover_record import drill_files
from naru.edge.fault_journal import FaultJournal
from naru.edge.faults import Faults
from naru.edge.plots import SvgPlots
from naru.errors import Interrupted
from naru.model.words import Verdict

pytestmark = pytest.mark.system


@pytest.fixture
def clouds(tmp_path):
    with LocalClouds(tmp_path) as found:
        yield found


def lane(judgement, fault, name):
    entry = next(f for f in judgement.summary["faults"] if f["fault"] == fault)
    return next(each for each in entry["lanes"] if each["lane"] == name)


def wrong(judgement):
    return [f"{c.name}: {c.sentence}" for c in judgement.checks if c.verdict is not Verdict.passed]


def test_a_stopped_and_a_frozen_cloud_are_noticed_and_come_back_with_true_marks(clouds, tmp_path):
    drill, found = run_drill(clouds, tmp_path, ["node-stop", "node-pause"])
    assert wrong(found) == []
    stopped, frozen = lane(found, "node-stop", "new"), lane(found, "node-pause", "new")
    assert "The process is gone." in next(c.sentence for c in found.checks if c.name == "node-stop: effect")
    assert stopped["failed"] == 0
    assert lane(found, "node-stop", "dns-ttl")["failed"] > 0
    assert frozen["failed"] > 0
    assert frozen["classes"] == {"timeout": frozen["failed"]}
    assert frozen["effect"] <= frozen["first_error"] + 0.1
    assert frozen["detection_seconds"] >= 1.0  # two checks that time out after 0.5 s each: never less
    assert b"<svg" in SvgPlots().svg(failover_figure(drill, found))
    assert judged(drill).checks == found.checks
    assert len(drill_files(drill, [])["requests.jsonl"].splitlines()) == len(drill.rows)


def test_without_a_health_check_users_are_sent_to_the_dead_cloud_for_ever_and_the_sentence_says_so(clouds, tmp_path):
    _, found = run_drill(clouds, tmp_path, ["node-pause"], FAST.model_copy(update={"check": "none"}))
    assert found.verdict is Verdict.failed
    assert found.cause.reason == "no-health-check"
    assert lane(found, "node-pause", "keepalive")["failed"] >= 5  # how many depends on how long each waits


def test_a_health_page_that_lies_is_found_out_and_one_check_of_the_home_page_mends_it(clouds, tmp_path):
    _, lied = run_drill(clouds, tmp_path, ["lying-health"])
    assert lied.verdict is Verdict.failed
    assert lied.cause.reason == "health-check-lies"
    assert set(lane(lied, "lying-health", "new")["classes"]) == {"http-500"}
    _, mended = run_drill(clouds, tmp_path, ["lying-health"], FAST.model_copy(update={"path": "/"}), check_path="/", marker=MARKER)
    assert [c for c in wrong(mended) if "detection" in c or "RTO" in c] == []


def test_sticky_clients_are_named(clouds, tmp_path):
    rules = FAST.model_copy(update={"sticky": True})
    _, found = run_drill(clouds, tmp_path, ["node-pause"], rules)
    assert found.verdict is Verdict.failed
    assert found.cause.reason == "sticky-clients"


def test_an_app_that_comes_back_late_is_named(clouds, tmp_path):
    clouds["naver"].start_delay = 5.0
    _, found = run_drill(clouds, tmp_path, ["scale-to-zero"], limits=SHARED.model_copy(update={"restore_seconds": 2.0}))
    assert found.verdict is Verdict.failed
    assert found.cause.reason == "slow-return"


def test_an_interrupt_in_the_middle_of_a_fault_leaves_nothing_broken(clouds, tmp_path):
    with drill_runner(clouds, tmp_path, ["node-stop"]) as runner:
        inject = runner.parts.faults.inject

        def inject_and_interrupt(fault, cloud):
            entry = inject(fault, cloud)
            signal.setitimer(signal.ITIMER_REAL, 1.0)
            return entry

        def interrupted(number, frame):
            raise Interrupted("stopped by a signal")

        runner.parts.faults.inject = inject_and_interrupt
        before = signal.signal(signal.SIGALRM, interrupted)
        try:
            with pytest.raises(Interrupted):
                runner.run()
        finally:
            signal.signal(signal.SIGALRM, before)
    assert clouds["naver"].answers()
    assert list((tmp_path / "faults").iterdir()) == []


def test_what_a_killed_drill_leaves_is_found_and_undone_by_the_next_command(clouds, tmp_path):
    folder = tmp_path / "faults"
    folder.mkdir()
    code = (
        "import sys, signal, os; sys.path[:0] = [sys.argv[1], sys.argv[2]]\n"
        "from pathlib import Path\n"
        "from naru.edge.faults import Faults\nfrom naru.edge.fault_journal import FaultJournal\n"
        "class Frozen:\n"
        "    def prepare(self, cloud): return {'minimum': '1'}\n"
        "    def inject(self, entry): os.kill(int(sys.argv[4]), signal.SIGSTOP); os.kill(os.getpid(), signal.SIGKILL)\n"
        "Faults(FaultJournal(Path(sys.argv[3])), {'node-pause': Frozen()}).inject('node-pause', 'naver')\n"
    )
    root = Path(__file__).resolve().parents[2]
    dead = subprocess.run(
        [sys.executable, "-c", code, str(root / "scripts"), str(root / "tests"), str(folder), str(clouds["naver"].process.pid)], check=False, timeout=60
    )
    assert dead.returncode == -signal.SIGKILL
    assert not clouds["naver"].answers()
    faults = Faults(FaultJournal(folder), local_handlers(clouds))
    assert [entry.fault for entry in faults.leftovers()] == ["node-pause"]
    assert [entry.cloud for entry in faults.undo_leftovers()] == ["naver"]
    assert clouds["naver"].answers()
    assert faults.leftovers() == []


def test_a_living_drill_keeps_its_faults_from_being_undone_by_another_command(clouds, tmp_path):
    folder = tmp_path / "faults"
    folder.mkdir()
    faults = Faults(FaultJournal(folder), local_handlers(clouds))
    entry = faults.inject("node-pause", "naver")
    assert Faults(FaultJournal(folder), local_handlers(clouds)).undo_leftovers() == []
    assert not clouds["naver"].answers()
    faults.undo(entry)
    deadline = time.monotonic() + 10
    while not faults.settled(entry):
        assert time.monotonic() < deadline
    assert list(folder.iterdir()) == []
