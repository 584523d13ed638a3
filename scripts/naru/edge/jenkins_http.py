"""HTTP to one Jenkins controller: own time limits, no redirect followed, credentials in headers only.

Resting state: no request is repeated here but by `get_json`, which only reads. python-jenkins' own `retries` is dead
(its adapter is shadowed by requests' own) and it reads a 503 as "does not exist", so neither is used.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from naru.edge.clock import SystemClock
from naru.edge.files import read_capped
from naru.errors import Malformed, Missing, OutsideDown

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
ATTEMPTS = 5
MAX_ANSWER = 32 * 1024 * 1024
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class JenkinsHttp:
    """One session with one controller."""

    def __init__(
        self, url: str, user: str = "", token: str = "", *, read_seconds: float = READ_SECONDS,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.url = _checked(url)
        self.user, self.token = user, token
        self.read_seconds = read_seconds
        self._sleep = sleep or SystemClock().sleep
        self._crumb: dict[str, str] = {}
        self._session = self._fresh()

    @classmethod
    def from_environment(cls) -> JenkinsHttp:
        """NARU_JENKINS_URL, NARU_JENKINS_USER and NARU_JENKINS_TOKEN or NARU_JENKINS_TOKEN_FILE."""
        url = os.environ.get("NARU_JENKINS_URL") or os.environ.get("JENKINS_URL", "")
        if not url:
            raise Missing("No Jenkins is configured.", hint="Set NARU_JENKINS_URL, NARU_JENKINS_USER and NARU_JENKINS_TOKEN_FILE.")
        file = os.environ.get("NARU_JENKINS_TOKEN_FILE", "")
        token = read_capped(Path(file), 4096).decode("utf-8", "replace").strip() if file else os.environ.get("NARU_JENKINS_TOKEN", "")
        return cls(url, os.environ.get("NARU_JENKINS_USER", ""), token)

    def send(self, method: str, path: str, *, data: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> requests.Response:
        """One request, its body read whole; requests' own exceptions come through."""
        with self._session.request(
            method, self.url + path, data=data, headers={**self._crumb, **(headers or {})},
            timeout=(CONNECT_SECONDS, self.read_seconds), allow_redirects=False, stream=True,
        ) as response:
            body = bytearray()
            for piece in response.iter_content(65536):
                body += piece
                if len(body) > MAX_ANSWER:
                    raise OutsideDown(f"Jenkins answered {path} with more than {MAX_ANSWER} bytes.")
            response._content = bytes(body)  # noqa: SLF001 (the capped body in place of an unbounded one)
            return response

    def get_json(self, path: str) -> Any | None:
        """JSON of a GET, tried again while the controller is away; None for 404. Raises OutsideDown or Missing."""
        last = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._sleep(min(10.0, 0.3 * 2**attempt) * random.uniform(0.5, 1))  # noqa: S311 (spreads retries only)
            try:
                response = self.send("GET", path)
            except requests.RequestException as error:
                self.forget()
                last = short(error)
                continue
            if response.status_code == 404:
                return None
            self.refuse(response, path)
            value, last = as_json(response)
            if not last:
                return value
            self.forget()
        raise OutsideDown(f"Jenkins at {self.url} did not answer {path.partition('?')[0]}: {last}.", hint="Try again when it is up.")

    def refuse(self, response: requests.Response, path: str) -> None:
        """Raise Missing for an answer that no retry mends: no rights, a login page, a proxy's redirect."""
        code = response.status_code
        if code in {401, 403}:
            raise Missing(
                f"Jenkins refused {path.partition('?')[0]} with {code} for user '{self.user or 'anonymous'}'.",
                hint="Check NARU_JENKINS_USER and the API token, and the user's rights.",
            )
        if code in {301, 302, 303, 307, 308}:
            target = urlsplit(response.headers.get("Location", ""))
            raise Missing(f"{self.url} redirects to {target.scheme}://{target.hostname}{target.path}.", hint="Enter the final address in NARU_JENKINS_URL.")

    def fetch_crumb(self) -> bool:
        """Ask for a crumb (needed with a password, not with an API token); False where there is no issuer."""
        try:
            value, fault = as_json(self.send("GET", "/crumbIssuer/api/json"))
        except requests.RequestException:
            return False
        if fault or not isinstance(value, dict) or "crumb" not in value:
            return False
        self._crumb = {str(value["crumbRequestField"]): str(value["crumb"])}
        return True

    def forget(self) -> None:
        """Drop connections, cookies and crumb: after a restart of the controller they are worth nothing."""
        self._session.close()
        self._session = self._fresh()
        self._crumb = {}

    def _fresh(self) -> requests.Session:
        session = requests.Session()
        session.headers["Accept-Encoding"] = "identity"  # so that a cut answer is noticed by its length
        if self.user:
            session.auth = (self.user, self.token)
        return session


def job_path(name: str) -> str:
    """`/job/A/job/B` for `A/B`, each part percent-encoded."""
    return "".join(f"/job/{quote(part, safe='')}" for part in name.split("/") if part)


def as_json(response: requests.Response) -> tuple[Any, str]:
    """(value, empty) or (None, what is wrong): a status that is no success, a page instead of JSON."""
    if response.status_code >= 300:
        return None, f"status {response.status_code}"
    try:
        return json.loads(response.content), ""
    except ValueError:
        kind = response.headers.get("Content-Type", "no type").partition(";")[0]
        return None, f"{kind} instead of JSON"


def short(error: Exception) -> str:
    """A library's exception as words, without object addresses and without the URL's query."""
    name = type(error).__name__
    words = {
        "ConnectTimeout": "no connection in time", "ReadTimeout": "no answer in time", "ConnectionError": "connection refused or cut",
        "ChunkedEncodingError": "the answer was cut off", "SSLError": "the certificate was not accepted",
    }
    return words.get(name, name)


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Malformed("NARU_JENKINS_URL is no http(s) address.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Malformed("NARU_JENKINS_URL must carry no user, password, query or fragment.", hint="Use NARU_JENKINS_USER and a token file.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and os.environ.get("NARU_JENKINS_PLAIN_HTTP") != "yes":
        raise Malformed(
            "NARU_JENKINS_URL is plain http to another host: the token could be read on the way.",
            hint="Use https, or set NARU_JENKINS_PLAIN_HTTP=yes inside a network that you trust.",
        )
    return url.rstrip("/")
