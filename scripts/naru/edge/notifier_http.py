"""Sends one JSON body to one address: no redirect, no netrc, the answer's body unread; no word of an error holds the address."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from naru.edge.bounded import within
from naru.errors import Malformed, OutsideDown

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
CONNECT_SECONDS = 5.0
PLAIN_VARIABLE = "NARU_NOTIFY_PLAIN_HTTP"


class WebhookSender:
    """One address with its credentials."""

    def __init__(self, url: str, *, token: str = "", secret: str = "") -> None:
        self._url = _checked(url)
        self._token, self._secret = token, secret

    def send(self, body: bytes, seconds: float) -> None:
        """POST once; raises OutsideDown where the answer is no success or does not come in time."""
        within(seconds, lambda: self._send(body, seconds), doing="POST")

    def _send(self, body: bytes, seconds: float) -> None:
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "naru"}
        if self._secret:
            headers["X-Naru-Signature-256"] = "sha256=" + hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
        with requests.post(
            self._url, data=body, headers=headers, auth=_Bearer(self._token), timeout=(min(CONNECT_SECONDS, seconds), seconds),
            allow_redirects=False, stream=True,
        ) as answer:
            if not 200 <= answer.status_code < 300:
                raise OutsideDown(f"POST: the answer was status {answer.status_code}.")


class _Bearer(AuthBase):
    """Our own header or none: with an auth of ours, requests reads no .netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: Any) -> Any:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (raises where it is no number)
    except ValueError:
        raise Malformed("The address is no http(s) address.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not url.isascii() or not url.isprintable() or " " in url:
        raise Malformed("The address is no http(s) address.")
    if parts.username or parts.password:
        raise Malformed("The address must carry no user and no password.", hint="Use token_env.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and os.environ.get(PLAIN_VARIABLE) != "yes":
        raise Malformed("The address is plain http to another host.", hint=f"Use https, or set {PLAIN_VARIABLE}=yes inside a network that you trust.")
    return url
