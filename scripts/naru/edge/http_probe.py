"""Asks a page over a new connection each time, with a deadline; changes nothing and keeps no connection."""

from __future__ import annotations

import http.client
import json
from typing import Any

from naru.edge.clock import SystemClock, iso
from naru.model.probe import PageAnswer

MAX_PAGE = 1 << 20
SECONDS = 3.0


class HttpProbe:
    """Pages of one host."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._host = host
        self._clock = SystemClock()

    def ask(self, app: str, port: int, path: str, marker: str = "") -> PageAnswer:
        """One GET; never raises."""
        at, begun = iso(self._clock.now()), self._clock.monotonic()
        try:
            status, headers, body = self._get(port, path)
        except (OSError, http.client.HTTPException) as error:
            return PageAnswer(at=at, app=app, error=type(error).__name__, milliseconds=self._since(begun))
        return PageAnswer(
            at=at, app=app, status=status, milliseconds=self._since(begun), marked=marker.encode() in body,
            cloud=headers.get("X-Naru-Cloud", ""), pod=headers.get("X-Naru-Pod", ""), version=headers.get("X-Naru-Version", ""),
        )

    def json(self, port: int, path: str) -> Any:
        """The page as plain values; None where it does not answer with JSON."""
        try:
            status, _, body = self._get(port, path)
            return json.loads(body) if status == 200 else None
        except (OSError, http.client.HTTPException, ValueError):
            return None

    def _get(self, port: int, path: str) -> tuple[int, Any, bytes]:
        connection = http.client.HTTPConnection(self._host, port, timeout=SECONDS)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read(MAX_PAGE)
        finally:
            connection.close()

    def _since(self, begun: float) -> float:
        return round((self._clock.monotonic() - begun) * 1000, 3)
