"""Jenkins: trigger-and-wait in twenty situations beside two public clients, the cost of a plan, the way from tag to queue.

    .venv/bin/python benchmarks/jenkins_waiter.py [--peers PYTHON]

PYTHON is an interpreter that has python-jenkins and api4jenkins; without it the peers are left out. The server is the
contract server of the tests (tests/fakes/jenkins_server.py), on loopback; a client that does not come back within the
limit counts as hung.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from fakes.jenkins_server import JenkinsServer  # noqa: E402 (the package is not installed)
from naru.edge.clock import SystemClock  # noqa: E402
from naru.edge.jenkins import JenkinsBuilds, JenkinsJobs  # noqa: E402
from naru.edge.jenkins_http import JenkinsHttp  # noqa: E402
from naru.edge.job_builder import parse_xml  # noqa: E402
from naru.errors import NaruError  # noqa: E402
from naru.model.jobs import JobForm, RenderedJob  # noqa: E402
from naru.model.waiting import WaitLimits  # noqa: E402
from naru.steps import jobs as jobs_step  # noqa: E402
from naru.steps.effects import Effects  # noqa: E402
from naru.steps.trigger import TriggerRequest, trigger  # noqa: E402
from naru.wiring.jenkins import render_jobs  # noqa: E402

HUNG_SECONDS = 12.0
DECLARED: dict[str, Any] = {"KHAN_RELEASE": ["8.9.csap", "8.8.4"], "BUG_FIX_VERSION": None, "NARU_REQUEST_ID": None}
LINES = ["one", "나루", "three"]
PIECES = [b"one\n", "나루\n".encode(), b"three\n"]
CUT_PIECES = [b"one\n", "나루".encode()[:4], "나루".encode()[4:] + b"\nthree\n"]


@dataclass(frozen=True)
class Situation:
    """What is done to the server, and the one right outcome."""

    name: str
    prepare: Callable[[JenkinsServer], None]
    ending: str = "success"
    """`refused` and `cancelled` are also right as an error of the library's own."""
    builds: int = 1
    items: int = 0
    """Queue items that the server must have in the end; 0 where it does not matter."""
    parameters: dict[str, str] | None = None


def fault(method: str, pattern: str, kind: str, times: int = 2) -> Callable[[JenkinsServer], None]:
    """A fault put before the server."""
    return lambda server: server.fault(method, pattern, kind, times)


def field(**values: Any) -> Callable[[JenkinsServer], None]:
    """Fields of the server or of its job."""
    def prepare(server: JenkinsServer) -> None:
        for name, value in values.items():
            setattr(server if hasattr(server, name) else server.jobs["release"], name, value)

    return prepare


SITUATIONS = (
    Situation("all goes well", field()),
    Situation("the queue is long", field(waits=6)),
    Situation("the item left, its build is not named yet", field(leave_without_build=3)),
    Situation("the item is cancelled", field(cancel_items=True), "cancelled", 0),
    Situation("the item expired (404)", field(expire_items=True)),
    Situation("no queue item is named (302)", field(no_location=True)),
    Situation("the POST is cut after it was done", fault("POST", "build", "drop-after", 1)),
    Situation("the POST is cut before it was done", fault("POST", "build", "drop", 1)),
    Situation("the POST is answered 503", fault("POST", "build", "status:503")),
    Situation("503 while queued", fault("GET", "queue/item", "status:503")),
    Situation("an HTML page while queued", fault("GET", "queue/item", "html")),
    Situation("a cut connection while queued", fault("GET", "queue/item", "drop")),
    Situation("503 while it runs", fault("GET", r"/release/1/api", "status:503")),
    Situation("a cut connection while it runs", fault("GET", r"/release/1/api", "drop")),
    Situation("the build's page is cut in the middle", fault("GET", r"/release/1/api", "cut-body")),
    Situation("the console is cut in the middle", fault("GET", "Text", "cut-body")),
    Situation("503 for the console", fault("GET", "Text", "status:503")),
    Situation("a piece of the log ends inside a character", lambda server: setattr(server.jobs["release"], "console", list(CUT_PIECES))),
    Situation("the log shrinks in a crash", lambda server: setattr(
        server.jobs["release"], "console", [b"one\n" + "나".encode(), ("replace", b"one\n"), ("replace", "one\n나루\nthree\n".encode())])),
    Situation("an equal request waits already", lambda server: server.queue(server.jobs["release"], {
        "KHAN_RELEASE": "8.9.csap", "BUG_FIX_VERSION": "999", "NARU_REQUEST_ID": ""}), items=2),
    Situation("the job is disabled", field(buildable=False), "refused", 0),
    Situation("a choice that the job does not have", field(), "refused", 0, parameters={"KHAN_RELEASE": "9.9"}),
    Situation("the build is unstable", field(result="UNSTABLE"), "unstable"),
    Situation("the build is aborted", field(result="ABORTED"), "aborted"),
)


def ours(server: JenkinsServer, parameters: dict[str, str]) -> dict[str, Any]:
    """Naru's waiter over its real edge, with the real clock."""
    lines: list[str] = []
    request = TriggerRequest("release", parameters, "bench", limits=WaitLimits(poll=0.05, lost=1, overall=HUNG_SECONDS))
    try:
        state = trigger(
            JenkinsBuilds(JenkinsHttp(server.url, server.user, server.token)), SystemClock(), Effects(_NoLog(), SystemClock(), stage="bench"),
            request, say=lambda _: None, line=lines.append, jitter=lambda: 0.5,
        )
    except NaruError as error:
        return {"error": type(error).__name__, "crash": False}
    assert state.ending is not None
    return {"ending": state.ending.value.split()[0], "lines": lines}


class _NoLog:
    def append(self, entry: dict[str, Any]) -> None:
        """Nothing is kept."""


def peer(python: str, client: str, server: JenkinsServer, parameters: dict[str, str]) -> dict[str, Any]:
    """Another client in its own interpreter; `hung` where it does not come back."""
    argv = [python, str(Path(__file__).with_name("jenkins_peers.py")), client, server.url, server.user, server.token, json.dumps(parameters)]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=HUNG_SECONDS, check=True)
    except subprocess.TimeoutExpired:
        return {"error": "hung", "crash": True}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def judged(situation: Situation, answer: dict[str, Any], server: JenkinsServer) -> tuple[bool, str]:
    """(right, what came of it)."""
    builds = len(server.jobs["release"].builds)
    if situation.ending in {"cancelled", "refused"}:
        right = not answer.get("crash") and answer.get("ending") in {None, situation.ending}
    else:
        right = answer.get("ending") == situation.ending and answer.get("lines") == LINES
    shown = str(answer.get("error") or answer.get("ending"))
    if answer.get("ending") and situation.builds and answer.get("lines") != LINES:
        shown += ", log not whole"
    if builds != situation.builds:
        shown += f", {builds} builds"
    if situation.items and len(server.items) != situation.items:
        return False, f"{shown}, got the other request's build"
    return right and builds == situation.builds, shown


def table(python: str) -> list[dict[str, Any]]:
    """Each situation with each client."""
    rows = []
    for situation in SITUATIONS:
        row: dict[str, Any] = {"situation": situation.name}
        for client in ("naive", "api4jenkins", "naru") if python else ("naru",):
            with JenkinsServer() as server:
                server.job("release", DECLARED, console=list(PIECES))
                situation.prepare(server)
                given = {"KHAN_RELEASE": "8.9.csap", "BUG_FIX_VERSION": "999", **(situation.parameters or {})}
                answer = ours(server, given) if client == "naru" else peer(python, client, server, given)
                right, shown = judged(situation, answer, server)
                row[client] = {"right": right, "came": shown}
        rows.append(row)
        print(situation.name, "|", " | ".join(f"{name}: {'right' if row[name]['right'] else 'WRONG'} ({row[name]['came']})" for name in row if name != "situation"), flush=True)
    return rows


def plan_cost(count: int) -> dict[str, float]:
    """Seconds of `jobs plan` for so many jobs: whole, and what the server's answers alone take."""
    rendered = render_jobs("khan-monitoring", JobForm.pipeline)
    many = tuple(
        RenderedJob(name=f"job-{number}", source=job.source, xml=job.xml) for number, job in ((n, rendered[n % len(rendered)]) for n in range(count))
    )
    with JenkinsServer() as server:
        for job in many:
            made = server.job(job.name, xml=job.xml)
            made.description = parse_xml(job.xml).child("description").text  # type: ignore[union-attr]
        edge = JenkinsJobs(JenkinsHttp(server.url, server.user, server.token))
        whole, answers = [], []
        for _ in range(5):
            begun = time.perf_counter()
            render_jobs("khan-monitoring", JobForm.pipeline)
            jobs_step.plan(edge, many, parse_xml, owner="khan-monitoring")
            whole.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            edge.listed()
            for job in many:
                edge.config(job.name)
            answers.append(time.perf_counter() - begun)
    return {"jobs": count, "plan_seconds": statistics.median(whole), "server_seconds": statistics.median(answers),
            "beyond_server_seconds": statistics.median(whole) - statistics.median(answers)}


def tag_to_queue(runs: int) -> dict[str, float]:
    """Seconds from the call of `naru webhook` (a verified delivery) to the POST at the server, processes started anew."""
    import hashlib
    import hmac
    import tempfile

    seconds = []
    with tempfile.TemporaryDirectory() as folder, JenkinsServer() as server:
        server.job("release", {**DECLARED, "KHAN_RELEASE": ["8.9.csap", "8.9", "8.8.4"], "APPROVAL": ["ask", "given"], "PART": ["all"]})
        (Path(folder) / "token").write_text(server.token)
        (Path(folder) / "secret").write_text("a secret of the webhook")
        environment = {**os.environ, "NARU_STATE": f"{folder}/state", "NARU_SANDBOX": "bench", "NARU_JENKINS_URL": server.url, "NARU_JENKINS_USER": server.user,
                       "NARU_JENKINS_TOKEN_FILE": f"{folder}/token", "NARU_WEBHOOK_SECRET_FILES": f"{folder}/secret", "NARU_RELEASE_JOB": "release"}
        naru = [sys.executable, str(ROOT / "scripts" / "main.py"), "webhook"]
        subprocess.run([*naru, "--reconcile"], env=environment, check=True, capture_output=True, timeout=120)
        repository = f"{folder}/state/sandbox/bench/repos/khan-monitoring.git"
        for number in range(runs):
            tag = f"khan-monitoring-5-git-{7000 + number}-ape-5.2.0-8.9.csap"
            subprocess.run(["git", "-C", repository, "tag", tag, "master"], check=True, timeout=30)
            body = json.dumps({"ref": f"refs/tags/{tag}", "before": "0" * 40, "after": "a" * 40}).encode()
            mac = hmac.new(b"a secret of the webhook", body, hashlib.sha256).hexdigest()
            (Path(folder) / "body").write_bytes(body)
            (Path(folder) / "headers").write_text(f"X-GitHub-Event: push\nX-Hub-Signature-256: sha256={mac}\n")
            before = len(server.items)
            begun = time.perf_counter()
            done = subprocess.Popen([*naru, "--body", f"{folder}/body", "--headers", f"{folder}/headers"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            while len(server.items) == before and done.poll() is None:
                time.sleep(0.002)
            seconds.append(time.perf_counter() - begun)
            done.wait(60)
            assert len(server.items) == before + 1, done.stdout.read() if done.stdout else ""
    return {"runs": runs, "median_seconds": statistics.median(seconds), "slowest_seconds": max(seconds)}


def main() -> None:
    """Measure and write benchmarks/results/jenkins.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default="", help="Interpreter with python-jenkins and api4jenkins.")
    options = parser.parse_args()
    rows = table(options.peers)
    clients = [name for name in rows[0] if name != "situation"]
    result = {
        "benchmark": "jenkins", "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": {"cpus": os.cpu_count(), "system": platform.platform(terse=True), "python": platform.python_version(), "load_average": round(os.getloadavg()[0], 1)},
        "situations": len(rows), "right": {name: sum(row[name]["right"] for row in rows) for name in clients},
        "waiter": rows, "plan": plan_cost(20), "tag_to_queue": tag_to_queue(5),
    }
    path = ROOT / "benchmarks" / "results" / "jenkins.json"
    path.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    print(json.dumps({name: result[name] for name in ("right", "plan", "tag_to_queue")}, indent=2))


if __name__ == "__main__":
    main()
