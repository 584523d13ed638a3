"""Which Git addresses are allowed and how Git is let in: login from a file, own askpass, pinned known hosts.

Resting state: nothing is written. No secret ever stands in an address, an argument or the environment; only the
paths of the files that hold it do.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from naru.errors import Malformed, Missing

KNOWN_HOSTS_ENV = "NARU_GIT_KNOWN_HOSTS"
"""Environment variable with the path of the pinned known_hosts file for SSH."""

ASKPASS = Path(__file__).resolve().parents[2] / "hooks" / "askpass"
"""Prints line 1 (user) or line 2 (token) of the login file; Git calls it instead of asking a person."""

_LOOPBACK = r"(?:localhost|127\.0\.0\.1|\[::1\])"
_HOST = r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}"
_PATH = r"[A-Za-z0-9~_.%/+-]+"
ADDRESS = re.compile(
    rf"(?:https://{_HOST}(?::\d{{1,5}})?/{_PATH}|http://{_LOOPBACK}(?::\d{{1,5}})?/{_PATH}"
    rf"|ssh://(?:[A-Za-z0-9_.-]+@)?{_HOST}(?::\d{{1,5}})?/{_PATH}|[A-Za-z0-9_.-]+@{_HOST}:{_PATH}"
    r"|(?:file://)?/[^\x00-\x1f\x7f]+)",
    re.ASCII,
)


@dataclass(frozen=True)
class GitAccess:
    """Files that let Git in; all empty for public or local repositories."""

    login_file: Path | None = None
    """Two lines (user, token) for https, or an SSH private key."""
    known_hosts: Path | None = None

    @classmethod
    def from_environment(cls, name: str, environment: Mapping[str, str] | None = None) -> GitAccess:
        """The access whose file the environment variable `name` points at; an empty name means none is needed."""
        values = os.environ if environment is None else environment
        pinned = values.get(KNOWN_HOSTS_ENV)
        known_hosts = Path(pinned) if pinned else None
        if not name:
            return cls(None, known_hosts)
        if not values.get(name):
            raise Missing(f"The environment variable {name} is not set.", hint="It must name the file with the Git login.")
        path = Path(values[name])
        if not path.is_file():
            raise Missing(f"{path}, named by {name}, is not a file.", hint="It must hold the Git login.")
        return cls(path, known_hosts)

    def variables(self) -> dict[str, str]:
        """Environment for git: how to answer without a person, and how SSH checks the other side."""
        values = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "false", "SSH_ASKPASS": "false", "SSH_ASKPASS_REQUIRE": "never"}
        values["GIT_SSH_COMMAND"] = self._ssh()
        values["GIT_SSH_VARIANT"] = "ssh"
        if self.login_file is not None and not self._is_key():
            values |= {"GIT_ASKPASS": str(ASKPASS), "NARU_GIT_LOGIN_FILE": str(self.login_file)}
        return values

    def _is_key(self) -> bool:
        assert self.login_file is not None
        with self.login_file.open("rb") as stream:
            return stream.read(11) == b"-----BEGIN "

    def _ssh(self) -> str:
        words = ["ssh", "-F", "/dev/null", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes",
                 "-o", "ConnectTimeout=15", "-o", "IdentitiesOnly=yes", "-o", "ForwardAgent=no",
                 "-o", f"UserKnownHostsFile={_quoted(self.known_hosts or Path('/dev/null'))}",
                 "-o", "GlobalKnownHostsFile=/dev/null"]
        if self.login_file is not None and self._is_key():
            words += ["-i", _quoted(self.login_file)]
        return " ".join(words)


def checked_address(url: str) -> str:
    """The address itself; raises Malformed for other protocols, for secrets in it and for anything option-like."""
    if len(url) > 500 or ADDRESS.fullmatch(url) is None or "/../" in url:
        raise Malformed(
            f"'{url[:80]}' is not an allowed Git address.",
            hint="Use https://host/path, ssh://user@host/path, user@host:path or an absolute path, without a password.",
        )
    return url


def _quoted(path: Path) -> str:
    """The path for GIT_SSH_COMMAND, which git hands to a shell; raises Missing for a path that would not stay one word."""
    text = str(path)
    if re.fullmatch(r"[A-Za-z0-9_./@%+=:,-]+", text, re.ASCII) is None:
        raise Missing(f"The path '{text}' has characters that SSH could not be given.", hint="Move the file to a plain path.")
    return text
