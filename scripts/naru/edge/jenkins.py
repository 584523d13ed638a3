"""Jenkins: job definitions through python-jenkins, and the four endpoints of trigger-and-wait of our own.

Resting state: the waiter's requests are sent once each; what an answer means is said in model/waiting.py, and only
core/waiter.py decides what to do about it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import requests

from naru.edge.jenkins_http import JenkinsHttp, as_json, job_path, short
from naru.errors import Missing, OutsideDown
from naru.model.jobs import ServerJob
from naru.model.waiting import (
    Accepted,
    Answer,
    Build,
    Down,
    Found,
    Gone,
    Item,
    JobDefinition,
    LogPart,
    ParameterDefinition,
    Refused,
    Unsure,
)

REQUEST_ID = "NARU_REQUEST_ID"
BUILD_TREE = "number,building,result,url,timestamp,duration,actions[parameters[name,value]]"
GATEWAY = {502, 503, 504}


class JenkinsJobs:
    """The job definitions of a controller; reads by our own GETs, writes through python-jenkins."""

    def __init__(self, http: JenkinsHttp) -> None:
        import jenkins

        self._http = http
        self._library = jenkins
        self._server = jenkins.Jenkins(http.url, http.user or None, http.token or None, timeout=int(http.read_seconds))

    def listed(self) -> tuple[ServerJob, ...]:
        """Every job of the controller's top level, in one request."""
        value = self._http.get_json("/api/json?tree=jobs[name,description]") or {}
        jobs = [job for job in value.get("jobs", []) if "name" in job]
        return tuple(ServerJob(name=str(job["name"]), description=str(job.get("description") or "")) for job in jobs)

    def config(self, name: str) -> str:
        """config.xml of a job; raises Missing where there is none."""
        for attempt in range(4):
            try:
                response = self._http.send("GET", job_path(name) + "/config.xml")
            except requests.RequestException as error:
                fault = short(error)
            else:
                self._http.refuse(response, job_path(name))
                if response.status_code == 404:
                    raise Missing(f"Jenkins has no job '{name}'.", hint="./naru jobs plan lists what there is.")
                if response.status_code == 200 and b"<" in response.content[:200] and b"<html" not in response.content[:400].lower():
                    return response.content.decode("utf-8", "replace")
                fault = f"status {response.status_code}"
            self._http.forget()
            self._http._sleep(0.3 * 2**attempt)  # noqa: SLF001 (one object in two files)
        raise OutsideDown(f"Jenkins at {self._http.url} did not give the XML of '{name}': {fault}.", hint="Try again when it is up.")

    def create_job(self, name: str, xml: str) -> None:
        """Make a job that is not there."""
        self._write(f"create '{name}'", lambda: self._server.create_job(name, xml))

    def change_job(self, name: str, xml: str) -> None:
        """Give an existing job this definition; its builds stay."""
        self._write(f"change '{name}'", lambda: self._server.reconfig_job(name, xml))

    def delete_job(self, name: str) -> None:
        """Delete a job and its builds."""
        self._write(f"delete '{name}'", lambda: self._server.delete_job(name))

    def _write(self, what: str, call: Callable[[], Any]) -> None:
        try:
            call()
        except self._library.JenkinsException as error:
            status = getattr(getattr(error.__context__, "response", None), "status_code", None)
            if status in GATEWAY:
                raise OutsideDown(f"Jenkins could not {what}: status {status}.", hint="./naru jobs plan shows what was done.") from None
            raise Missing(
                f"Jenkins refused to {what}: status {status or 'unknown'}, {_sentence(str(error))}.",
                hint="Check the rights of the API user, and that the plugins in docs/jenkins.md are there.",
            ) from None
        except (requests.RequestException, OSError) as error:
            raise OutsideDown(f"Jenkins did not answer while asked to {what}: {short(error)}.", hint="./naru jobs plan shows what was done.") from None


class JenkinsBuilds:
    """The four endpoints: start, queue, build, console. Every method sends its requests once and never raises for an answer."""

    def __init__(self, http: JenkinsHttp) -> None:
        self._http = http
        self.secrets = tuple(secret for secret in (http.token,) if secret)

    def definition(self, job: str) -> JobDefinition:
        """The job as the server defines it; raises Missing where there is none."""
        tree = "buildable,property[parameterDefinitions[name,choices,defaultParameterValue[value]]]"
        value = self._http.get_json(f"{job_path(job)}/api/json?tree={tree}")
        if value is None:
            raise Missing(f"Jenkins has no job '{job}'.", hint="./naru jobs plan lists what there is.")
        found = [item for entry in value.get("property", []) if entry for item in entry.get("parameterDefinitions", [])]
        named = {str(item.get("name")): item for item in found}  # Hudson lists each parameter twice
        return JobDefinition(job, bool(value.get("buildable", True)), tuple(_definition(item) for item in named.values()))

    def queue_build(self, job: str, parameters: dict[str, str]) -> Answer:
        """Queue a build, parameters in the body (never in the address, which ends in access logs)."""
        path = job_path(job) + ("/buildWithParameters" if parameters else "/build")
        answer = self._post(path, parameters)
        if isinstance(answer, Refused) and answer.code == 403:
            answer = self._post(path, parameters) if self._http.fetch_crumb() else answer
            return Refused(answer.reason, 3) if isinstance(answer, Refused) else answer
        return answer

    def _post(self, path: str, parameters: dict[str, str]) -> Answer:
        try:
            response = self._http.send("POST", path, data={**parameters, "delay": "0sec"})
        except requests.ConnectTimeout as error:
            return Down(short(error))
        except requests.RequestException as error:
            self._http.forget()
            return Down("connection refused") if _never_sent(error) else Unsure(short(error))
        return _posted(response)

    def search(self, job: str, request_id: str) -> Answer:
        """The queue item or build that carries the request id: first the queue, then the builds (the newest 100), so none slips through."""
        queue = self._read("/queue/api/json?tree=items[id,task[name],actions[parameters[name,value]]]")
        if not isinstance(queue, dict):
            return queue
        for item in queue.get("items", []):
            if parameters_of(item).get(REQUEST_ID) == request_id:
                return Found(queue_id=int(item.get("id", 0)))
        builds = self._read(f"{job_path(job)}/api/json?tree=builds[{BUILD_TREE}]")
        if not isinstance(builds, dict):
            return builds
        for build in builds.get("builds", []):
            if parameters_of(build).get(REQUEST_ID) == request_id:
                return Found(number=int(build["number"]))
        return Found()

    def item(self, queue_id: int) -> Answer:
        """One queue item."""
        value = self._read(f"/queue/item/{queue_id}/api/json")
        if not isinstance(value, dict):
            return value
        executable = value.get("executable") or {}
        number = executable.get("number")
        return Item(
            why=str(value.get("why") or ""), stuck=bool(value.get("stuck")), since=int(value.get("inQueueSince") or 0),
            cancelled=bool(value.get("cancelled")), left=str(value.get("_class", "")).endswith("LeftItem") or number is not None,
            number=None if number is None else int(number),
        )

    def build(self, job: str, number: int) -> Answer:
        """One build."""
        value = self._read(f"{job_path(job)}/{number}/api/json?tree={BUILD_TREE}")
        if not isinstance(value, dict):
            return value
        result = value.get("result")
        return Build(
            number=int(value["number"]), building=bool(value.get("building")), result=None if result is None else str(result),
            parameters=parameters_of(value), url=str(value.get("url", "")), started=int(value.get("timestamp") or 0),
            duration=int(value.get("duration") or 0),
        )

    def log(self, job: str, number: int, start: int) -> Answer:
        """The console from byte `start` on; an answer that was cut off counts as none, so nothing is lost or doubled."""
        path = f"{job_path(job)}/{number}/logText/progressiveText?{urlencode({'start': start})}"
        try:
            response = self._http.send("GET", path)
        except requests.RequestException as error:
            self._http.forget()
            return Down(short(error))
        if response.status_code == 404:
            return Gone()
        size = response.headers.get("X-Text-Size", "")
        if response.status_code != 200 or not size.isdigit():
            return Down(f"status {response.status_code} instead of the console")
        return LogPart(response.content, int(size), response.headers.get("X-More-Data") == "true")

    def cancel_queued(self, queue_id: int) -> bool:
        """Take our own item out of the queue; True if the server said yes."""
        return self._done("/queue/cancelItem?" + urlencode({"id": queue_id}))

    def stop_build(self, job: str, number: int) -> bool:
        """Stop our own build; True if the server said yes."""
        return self._done(f"{job_path(job)}/{number}/stop")

    def _done(self, path: str) -> bool:
        try:
            return self._http.send("POST", path).status_code < 400
        except requests.RequestException:
            return False

    def _read(self, path: str) -> dict[str, Any] | Down | Gone | Refused:
        """JSON object, or the Answer that its absence means."""
        try:
            response = self._http.send("GET", path)
        except requests.RequestException as error:
            self._http.forget()
            return Down(short(error))
        if response.status_code == 404:
            return Gone()
        if response.status_code in {401, 403}:
            return Refused(f"Jenkins answered {response.status_code}; check the API user's rights")
        value, fault = as_json(response)
        if fault or not isinstance(value, dict):
            self._http.forget()
            return Down(fault or "no JSON object")
        return value


def parameters_of(value: dict[str, Any]) -> dict[str, str]:
    """Parameters that an item or build records, as text."""
    pairs = [pair for action in value.get("actions", []) if action for pair in action.get("parameters", [])]
    return {str(pair["name"]): _text(pair.get("value")) for pair in pairs if "name" in pair}


def _posted(response: requests.Response) -> Answer:
    code = response.status_code
    place = response.headers.get("Location", "")
    if code in {201, 302, 303, 200}:
        number = place.rstrip("/").rpartition("/queue/item/")[2]
        if "/queue/item/" in place and number.isdigit():
            return Accepted(int(number))
        return Unsure(f"status {code} without a queue item")
    clear: dict[int, Answer] = {
        400: Refused(f"status 400, {_sentence(response.text)}", 2),
        401: Refused("status 401: user or token is wrong", 3),
        403: Refused("status 403: no right to build, or no valid crumb", 403),
        404: Gone(),
        409: Refused("the job is disabled", 3),
        503: Down("status 503"),
    }
    return clear.get(code, Unsure(f"status {code}, {_sentence(response.text)}"))


def _definition(item: dict[str, Any]) -> ParameterDefinition:
    default = (item.get("defaultParameterValue") or {}).get("value")
    return ParameterDefinition(str(item.get("name")), tuple(str(choice) for choice in item.get("choices") or ()), _text(default))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _never_sent(error: requests.RequestException) -> bool:
    """True where the connection was not even made: nobody can have seen the request."""
    text = repr(error)
    return "NewConnectionError" in text or "Connection refused" in text or "Name or service not known" in text


def _sentence(text: str) -> str:
    """The first words of a page or message, without its tags."""
    import re

    plain = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    return " ".join(plain.split())[:160] or "no text"
