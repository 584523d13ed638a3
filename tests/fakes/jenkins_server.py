"""A contract server: the HTTP behaviour of a Jenkins controller that Hudson does not have, on loopback.

Each behaviour names the source file of Jenkins core that it follows (paths below core/src/main/java unless another
project is named). It runs the job's script as a real process or gives a canned console. What both servers have is
tested against Hudson too (tests/system/test_hudson.py), so that this double is itself tested.
"""

import base64
import contextlib
import json
import re
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass
class Job:
    name: str
    parameters: dict = field(default_factory=dict)
    """Name → None (text) or a list of choices."""
    buildable: bool = True
    script: list | None = None
    console: list = field(default_factory=lambda: [b"hello\n", b"world\n"])
    """Pieces of the log; one more is there at each request while the build runs."""
    result: str = "SUCCESS"
    xml: str = ""
    description: str = ""
    builds: list = field(default_factory=list)


@dataclass
class Item:
    id: int
    job: Job
    parameters: dict
    looks: int = 0
    """How often the item is shown as waiting before it moves on."""
    cancelled: bool = False
    left: bool = False
    number: int | None = None
    expired: bool = False


@dataclass
class Fault:
    """Spoils the next requests whose method and path fit: a status, a page, a cut connection."""

    method: str
    pattern: str
    kind: str
    """status:N, html, drop (before anything is done), drop-after (done, then cut), cut-body."""
    times: int = 1


class JenkinsServer:
    """Start with `with JenkinsServer() as server`; set `waits`, `faults` and the jobs' fields to shape what happens."""

    def __init__(self, *, user="naru", token="token-of-naru", password=None):
        self.user, self.token, self.password = user, token, password
        self.jobs, self.items, self.faults = {}, {}, []
        self.waits = 0
        """Looks at a queue item before it becomes a build."""
        self.leave_without_build = 0
        """Looks at an item that has left the queue and names no build yet (hudson/model/Queue.java, LeftItem)."""
        self.cancel_items = self.expire_items = self.no_location = False
        self.crumbs = {}
        self.requests = []
        self._number = 100
        self._lock = threading.RLock()
        outer = self

        class Handler(_Handler):
            server_state = outer

        self._http = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()

    def job(self, name, parameters=None, **fields):
        self.jobs[name] = Job(name, parameters or {}, **fields)
        return self.jobs[name]

    def fault(self, method, pattern, kind, times=1):
        self.faults.append(Fault(method, pattern, kind, times))

    def posts(self):
        return [path for method, path, _ in self.requests if method == "POST" and "build" in path]

    def queue(self, job, parameters):
        """hudson/model/Queue.java, scheduleInternal: an equal request that still waits is folded into one item."""
        with self._lock:
            for item in self.items.values():
                if item.job is job and item.parameters == parameters and not item.left:
                    return item
            self._number += 1
            item = Item(self._number, job, parameters, looks=self.waits)
            self.items[item.id] = item
            return item

    def advance(self, item):
        """One look at the queue item: it waits, is cancelled, or becomes a build."""
        with self._lock:
            if self.cancel_items:
                item.cancelled = item.left = True
            elif item.looks > 0:
                item.looks -= 1
            elif item.number is None and not item.cancelled:
                item.left = True
                item.looks = self.leave_without_build
                self._build(item)
                item.expired = self.expire_items

    def _build(self, item):
        number = len(item.job.builds) + 1
        item.number = number
        build = {"number": number, "parameters": item.parameters, "queue": item.id, "pieces": list(item.job.console), "given": b"",
                 "result": item.job.result, "stopped": False}
        if item.job.script:
            environment = {"PATH": "/usr/bin:/bin", **item.parameters}
            done = subprocess.run(item.job.script, env=environment, capture_output=True, check=False, timeout=60)
            build["pieces"] = [done.stdout + done.stderr]
            build["result"] = "SUCCESS" if done.returncode == 0 else "FAILURE"
        item.job.builds.append(build)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_state = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._serve("GET")

    def do_POST(self):
        self._serve("POST")

    def _serve(self, method):
        state = self.server_state
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        state.requests.append((method, self.path, body))
        fault = next((f for f in state.faults if f.times and f.method == method and re.search(f.pattern, self.path)), None)
        if fault is not None:
            fault.times -= 1
            if fault.kind == "drop":
                return self._drop()
            if fault.kind.startswith("status:"):
                return self._page(int(fault.kind[7:]))
            if fault.kind == "html":
                # jenkins/util/HudsonIsLoading and HudsonIsRestarting show pages; proxies show theirs with 200
                return self._page(200)
        answer = self._answer(method, body)
        if fault is not None and fault.kind == "drop-after":
            return self._drop()
        code, headers, data = answer
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("X-Jenkins", "2.440")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if fault is not None and fault.kind == "cut-body":
            self.wfile.write(data[: len(data) // 2])
            return self._drop()
        self.wfile.write(data)
        return None

    def _drop(self):
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _page(self, code):
        data = b"<html><body><h1>Please wait while Jenkins is getting ready to work ...</h1></body></html>"
        self.send_response(code)
        self.send_header("Content-Type", "text/html;charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, method, body):
        state = self.server_state
        refused = self._who(method)
        if refused:
            return refused
        path = urlsplit(self.path).path
        query = dict(parse_qsl(urlsplit(self.path).query))
        if path == "/crumbIssuer/api/json":
            crumb = f"crumb-{len(state.crumbs)}"
            state.crumbs[crumb] = True
            return _json({"crumb": crumb, "crumbRequestField": "Jenkins-Crumb"})
        fixed = self._fixed(path)
        if fixed:
            return fixed
        if path == "/createItem" and method == "POST":
            job = state.job(query["name"], xml=body.decode())
            job.description = _description(job)
            return 200, {}, b""
        if match := re.fullmatch(r"/queue/item/(\d+)/api/json", path):
            return self._item(int(match[1]))
        if path == "/queue/cancelItem":
            item = state.items.get(int(query["id"]))
            item.cancelled = item.left = True
            return 302, {"Location": state.url + "/queue/"}, b""
        if match := re.fullmatch(r"/job/([^/]+)(/.*)", path):
            job = state.jobs.get(unquote(match[1]))
            return self._job(method, job, match[2], query, body) if job else (404, {}, b"<html>not found</html>")
        return 404, {}, b"<html>not found</html>"

    def _fixed(self, path):
        """What the controller says about itself: its jobs, its executors, its queue."""
        state = self.server_state
        if path == "/":
            return 200, {}, b"<html>Dashboard</html>"
        if path == "/api/json":
            kind = "org.jenkinsci.plugins.workflow.job.WorkflowJob"
            jobs = [{"_class": kind, "name": job.name, "url": f"{state.url}/job/{job.name}/", "description": _description(job)} for job in state.jobs.values()]
            return _json({"_class": "hudson.model.Hudson", "jobs": jobs})
        if path == "/computer/api/json":
            idle = {"currentExecutable": None}
            return _json({"computer": [{"_class": "hudson.model.Hudson$MasterComputer", "displayName": "Built-In Node", "executors": [idle], "oneOffExecutors": []}]})
        if path == "/queue/api/json":
            return _json({"items": [_queued(item) for item in state.items.values() if not item.left]})
        return None

    def _who(self, method):
        """jenkins/security/BasicHeaderProcessor; hudson/security/csrf/CrumbFilter, ApiCrumbExclusion: a token needs no crumb."""
        state = self.server_state
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        user, _, word = base64.b64decode(value).decode().partition(":") if kind == "Basic" else ("", "", "")
        if (user, word) == (state.user, state.token):
            return None
        if state.password and (user, word) == (state.user, state.password):
            if method == "POST" and self.headers.get("Jenkins-Crumb") not in state.crumbs:
                return 403, {}, b"<html>No valid crumb was included in the request</html>"
            return None
        return (401 if kind else 403), {}, b"<html>Authentication required</html>"

    def _item(self, number):
        """hudson/model/Queue.java: items that left stay in a cache for five minutes, then their page is gone."""
        state = self.server_state
        item = state.items.get(number)
        if item is None:
            return 404, {}, b"<html>not found</html>"
        if not item.left or item.looks:
            shown_left = item.left
            state.advance(item) if not item.left else None
            if shown_left:
                item.looks -= 1
                return _json({"_class": "hudson.model.Queue$LeftItem", "id": number, "cancelled": False, "why": None, "stuck": False, "executable": None})
        if item.expired:
            return 404, {}, b"<html>not found</html>"
        value = _queued(item)
        if item.cancelled:
            value |= {"_class": "hudson.model.Queue$LeftItem", "cancelled": True, "executable": None}
        elif item.left and not item.looks:
            value |= {"_class": "hudson.model.Queue$LeftItem", "cancelled": False, "executable": _executable(state, item)}
        return _json(value)

    def _job(self, method, job, rest, query, body):
        if rest == "/config.xml":
            if method == "POST":
                job.xml = body.decode()
                job.description = _description(job)
                return 200, {}, b""
            return 200, {"Content-Type": "application/xml"}, job.xml.encode()
        if rest == "/doDelete" and method == "POST":
            del self.server_state.jobs[job.name]
            return 302, {"Location": self.server_state.url + "/"}, b""
        if rest == "/api/json":
            for item in list(self.server_state.items.values()):
                if item.expired or self.server_state.no_location:
                    self.server_state.advance(item)
            return _json({"_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob", "name": job.name, "fullName": job.name,
                          "url": f"{self.server_state.url}/job/{job.name}/", "buildable": job.buildable,
                          "property": [{"parameterDefinitions": [_definition(*pair) for pair in job.parameters.items()]}],
                          "builds": [_shown(self.server_state, job, build) for build in reversed(job.builds)]})
        if rest in {"/build", "/buildWithParameters"} and method == "POST":
            return self._start(job, rest, {**query, **dict(parse_qsl(body.decode(), keep_blank_values=True))})
        if match := re.fullmatch(r"/(\d+)(/.*)", rest):
            number = int(match[1])
            if not 1 <= number <= len(job.builds):
                return 404, {}, b"<html>not found</html>"
            return self._build(job, job.builds[number - 1], match[2], query)
        return 404, {}, b"<html>not found</html>"

    def _start(self, job, rest, given):
        """jenkins/model/ParameterizedJobMixIn.java (409, 201 and Location), ParametersDefinitionProperty.java, ChoiceParameterDefinition.java."""
        state = self.server_state
        if not job.buildable:
            return 409, {}, b"<html>job is not buildable</html>"
        if bool(job.parameters) != rest.endswith("WithParameters"):
            return (400 if job.parameters else 500), {}, b"<html>Nothing is submitted</html>"
        values = {}
        for name, choices in job.parameters.items():
            value = given.get(name, choices[0] if choices else "")
            if choices and value not in choices:
                return 500, {}, f"<html>Illegal choice for parameter {name}: {value}</html>".encode()
            values[name] = value
        item = state.queue(job, values)
        if state.no_location:
            return 302, {"Location": f"{state.url}/job/{job.name}/"}, b""
        return 201, {"Location": f"{state.url}/queue/item/{item.id}/"}, b""

    def _build(self, job, build, rest, query):
        state = self.server_state
        if rest == "/api/json":
            return _json(_shown(state, job, build))
        if rest == "/stop":
            build["pieces"], build["result"] = [], "ABORTED"
            return 302, {"Location": f"{state.url}/job/{job.name}/{build['number']}/"}, b""
        if rest == "/consoleText":
            answer = _log(build, 0)
            return 200, {"Content-Type": "text/plain;charset=utf-8"}, answer[2]
        if rest == "/logText/progressiveText":
            return _log(build, int(query.get("start", 0)))
        return 404, {}, b"<html>not found</html>"


def _log(build, start):
    """stapler's LargeText.java: bytes from `start`; a start beyond the end begins anew; X-More-Data while it runs."""
    if build["pieces"]:
        piece = build["pieces"].pop(0)
        build["given"] = piece[1] if isinstance(piece, tuple) else build["given"] + piece
    log = build["given"]
    start = 0 if start > len(log) else start
    headers = {"Content-Type": "text/plain;charset=utf-8", "X-Text-Size": str(len(log))}
    if build["pieces"]:
        headers["X-More-Data"] = "true"
    return 200, headers, log[start:]


def _shown(state, job, build):
    building = bool(build["pieces"])
    return {"_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun", "number": build["number"], "building": building, "result": None if building else build["result"], "queueId": build["queue"],
            "url": f"{state.url}/job/{job.name}/{build['number']}/", "timestamp": 1_700_000_000_000, "duration": 0 if building else 5,
            "actions": [{}, {"parameters": [{"name": name, "value": value} for name, value in build["parameters"].items()]}]}


def _executable(state, item):
    return {"_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun", "number": item.number, "url": f"{state.url}/job/{item.job.name}/{item.number}/"}


def _queued(item):
    return {"_class": "hudson.model.Queue$WaitingItem", "id": item.id, "task": {"name": item.job.name}, "why": "Waiting for next available executor",
            "stuck": False, "inQueueSince": int(time.time() * 1000), "actions": [{"parameters": [{"name": n, "value": v} for n, v in item.parameters.items()]}]}


def _definition(name, choices):
    return {"name": name, "choices": choices, "defaultParameterValue": {"value": choices[0] if choices else ""}}


def _description(job):
    match = re.search(r"<description>(.*?)</description>", job.xml, re.DOTALL)
    return match[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") if match else job.description


def _json(value):
    return 200, {"Content-Type": "application/json;charset=utf-8"}, json.dumps(value).encode()
