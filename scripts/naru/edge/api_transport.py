"""HTTP to one API server: TLS with the cluster's own CA, deadlines on everything, retries by one rule.

Leaves nothing behind: the client certificate is on disk only while it is loaded.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

from naru.edge.clock import SystemClock
from naru.edge.exec_login import plugin_token
from naru.edge.kubeconfig import Access
from naru.errors import Missing, OutsideDown

if TYPE_CHECKING:
    from kubernetes.client.rest import RESTClientObject, RESTResponse

DEADLINE = 30.0
"""Seconds after which a read that was retried is given up."""

TRY = (3.0, 10.0)
"""Seconds to connect, and to the next byte, of one try."""

RETRIED = {429, 500, 502, 503, 504}
UNKNOWN_FIELD = "field not declared in schema"
"""Server-side apply answers an unknown field with status 500, though trying again will not help."""

TOKEN_SECONDS = 600.0
"""Seconds after which an exec plugin is asked for a new token."""


class Gone(OutsideDown):
    """410: the resource version is too old; list again."""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes
    retry_after: float

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def message(self) -> str:
        """The server's own sentence (Status.message), with the first causes."""
        try:
            return str(json.loads(self.body)["message"])
        except (ValueError, KeyError, TypeError):
            return self.text.strip()[:300] or f"status {self.status} without a text"


class Transport:
    """Requests to one API server; safe for threads."""

    def __init__(self, name: str, access: Access) -> None:
        self._name = name
        self._access = access
        self._clock = SystemClock()
        self._guard = threading.Lock()
        self._rest: RESTClientObject | None = None
        self._token, self._token_at = access.token, float("inf") if access.token else float("-inf")

    def read(self, path: str) -> Answer:
        """GET, retried until the deadline on 429, 5xx and broken connections."""
        end = self._clock.monotonic() + DEADLINE
        pause, last = 0.1, ""
        while True:
            try:
                answer = self._once("GET", path, None, "")
                if answer.status not in RETRIED:
                    return answer
                last, pause = answer.message(), max(pause, answer.retry_after)
            except OutsideDown as error:
                last = error.message
            if self._clock.monotonic() + pause > end:
                raise OutsideDown(f"{self._name} did not answer within {DEADLINE:g} s: {last}")
            self._clock.sleep(pause)
            pause = min(pause * 2, 2.0)

    def write(self, method: str, path: str, body: dict[str, Any], content: str) -> Answer:
        """One write; tried again only where the server surely did nothing."""
        end = self._clock.monotonic() + DEADLINE
        pause = 0.2
        while True:
            answer, refused = None, ""
            try:
                answer = self._once(method, path, body, content)
            except _NotConnected as error:
                refused = error.message
            if answer is not None and (answer.status not in RETRIED or UNKNOWN_FIELD in answer.text):
                return answer
            if answer is not None and answer.status != 429:
                raise OutsideDown(f"{self._name} answered {answer.status} to a write: {answer.message()}")
            pause = max(pause, answer.retry_after if answer else 0)
            if self._clock.monotonic() + pause > end:
                raise OutsideDown(f"{self._name} took no write within {DEADLINE:g} s: {refused or 'it is overloaded (429)'}")
            self._clock.sleep(pause)
            pause = min(pause * 2, 2.0)

    def stream(self, path: str, *, read_timeout: float) -> Stream:
        """Lines as they come; raises at once where the server refuses."""
        return Stream(self._name, self._open(path, read_timeout))

    def _open(self, path: str, read_timeout: float) -> RESTResponse:
        response = self._send("GET", path, None, "", (TRY[0], read_timeout))
        if response.status >= 300:
            answer = _answer(response)
            kind = Gone if answer.status == 410 else OutsideDown if answer.status in RETRIED else Missing
            raise kind(f"{self._name} ended {path.partition('?')[0]} with status {answer.status}: {answer.message()}")
        return response

    def _once(self, method: str, path: str, body: dict[str, Any] | None, content: str) -> Answer:
        import urllib3

        try:
            return _answer(self._send(method, path, body, content, TRY))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise OutsideDown(f"{self._name} broke the connection: {_short(error)}.") from None

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None, content: str, timeout: tuple[float, float]
    ) -> RESTResponse:
        import urllib3
        from kubernetes.client.exceptions import ApiException

        headers = {"Accept": "application/json", "User-Agent": "naru"}
        if token := self._login():
            headers["Authorization"] = f"Bearer {token}"
        if content:
            headers["Content-Type"] = content
        try:
            return cast("RESTResponse", self._client().request(  # type: ignore[no-untyped-call]
                method, self._access.server + path, headers=headers, body=body, _request_timeout=timeout
            ))
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise _NotConnected(f"{self._name} cannot be reached at {self._access.server}: {_short(error)}.") from None
        except ApiException as error:
            reason = str(error.reason).splitlines()[-1]
            raise Missing(f"{self._name}: TLS to {self._access.server} failed: {reason[:200]}",
                          hint="The CA in the kubeconfig does not fit this server.") from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise OutsideDown(f"{self._name} broke the connection: {_short(error)}.") from None

    def _login(self) -> str:
        plugin = self._access.plugin
        if plugin is None:
            return self._token
        with self._guard:
            if self._clock.monotonic() - self._token_at > TOKEN_SECONDS:
                self._token = plugin_token(plugin, self._access.plugin_environment)
                self._token_at = self._clock.monotonic()
            return self._token

    def _client(self) -> RESTClientObject:
        with self._guard:
            if self._rest is None:
                self._rest = _rest_client(self._access)
            return self._rest


class Stream:
    """Lines of a watch or of a followed log; iterated by one thread, closed by any."""

    def __init__(self, name: str, response: RESTResponse) -> None:
        self._name = name
        self._response = response.response
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        """Lines until the server ends it or `close`; raises OutsideDown where the connection breaks."""
        import urllib3

        rest = b""
        try:
            while chunk := self._response.read1(65_536):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from lines
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError) as error:
            if not self._closed:
                raise OutsideDown(f"{self._name}: a stream broke off: {_short(error)}.") from None
        finally:
            self._response.close()
        if rest:
            yield rest

    def close(self) -> None:
        """End the stream; the iterating thread wakes up."""
        self._closed = True
        try:
            self._response.shutdown()
        except (OSError, ValueError, RuntimeError):
            return  # it ended already


class _NotConnected(OutsideDown):
    """The request did not leave: the server did nothing."""


def _rest_client(access: Access) -> RESTClientObject:
    import urllib3
    from kubernetes.client import Configuration
    from kubernetes.client.rest import RESTClientObject

    configuration = Configuration(host=access.server)
    configuration.proxy = None
    configuration.retries = False
    configuration.connection_pool_maxsize = 64
    rest = RESTClientObject(configuration)
    name: dict[str, Any] = {"server_hostname": access.tls_server_name} if access.tls_server_name else {}
    rest.pool_manager = urllib3.PoolManager(ssl_context=_tls(access), maxsize=64, retries=False, **name)
    return rest


def _tls(access: Access) -> Any:
    import ssl

    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cadata=access.ca_pem.decode("ascii"))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if access.certificate_pem and not access.token:
        with TemporaryDirectory(prefix="naru-") as folder:
            path = Path(folder) / "client.pem"
            path.touch(mode=0o600)
            path.write_bytes(access.certificate_pem + b"\n" + access.key_pem)
            context.load_cert_chain(path)
    return context


def _answer(response: RESTResponse) -> Answer:
    body = response.response.read()
    response.response.release_conn()
    return Answer(response.status, body, _seconds(response.response.headers.get("Retry-After")))


def _seconds(text: str | None) -> float:
    return min(float(text), 30.0) if text and text.isdigit() else 0.0


def _short(error: BaseException) -> str:
    return str(error).replace("\n", " ")[:200] or type(error).__name__
