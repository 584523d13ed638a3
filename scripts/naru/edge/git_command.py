"""Starts git, through GitPython: one call, one deadline, an environment of its own.

No prompt, no user or system configuration, no hook, filter helper, submodule or credential helper of anybody else
takes part: git is given an empty environment plus what stands here. GitPython's own option guards are not relied on;
every argument that comes from outside is checked before and stands after `--end-of-options` or `--`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from naru.edge.command import collect
from naru.edge.git_access import GitAccess
from naru.edge.git_errors import error_of
from naru.errors import Missing

LOCAL_SECONDS = 60.0
"""Deadline of a call that reads or writes the local copy only."""

REMOTE_SECONDS = 300.0
"""Deadline of a call that speaks to another repository."""

KEPT = ("PATH", "TMPDIR", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""All that git sees of our own environment."""

SETTINGS = {
    "core.hooksPath": "/dev/null", "core.fsmonitor": "false", "core.pager": "cat",
    "core.protectNTFS": "true", "core.quotePath": "false", "core.autocrlf": "false", "core.attributesFile": "/dev/null",
    "credential.helper": "", "protocol.version": "2", "submodule.recurse": "false", "fetch.recurseSubmodules": "false",
    "transfer.fsckObjects": "true", "gc.auto": "0", "maintenance.auto": "false", "commit.gpgSign": "false",
    "tag.gpgSign": "false", "push.gpgSign": "false", "push.followTags": "false", "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000", "http.lowSpeedTime": "30", "log.showSignature": "false", "init.defaultBranch": "main",
}


@dataclass(frozen=True)
class GitAnswer:
    """What git answered; `out` as bytes, since paths and contents may be anything."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output without the last newline."""
        return self.out.decode("utf-8", "replace").rstrip("\n")


class GitCommand:
    """Calls git in one repository folder."""

    def __init__(self, folder: Path, *, where: str, access: GitAccess | None = None, durable: bool = False) -> None:
        self.folder = folder
        self.durable = durable
        """True where the folder is somebody's remote; a private copy can be made again and need not reach the disk."""
        self.where = where
        """How messages call this repository."""
        self._access = access or GitAccess()

    def __call__(
        self,
        *arguments: str,
        doing: str = "Reading",
        stdin: bytes = b"",
        timeout: float = LOCAL_SECONDS,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        on_error: Callable[[str], None] | None = None,
    ) -> GitAnswer:
        """Run `git ARGUMENTS`; with `check` a non-zero status raises what git_errors makes of it.

        `on_error` gets each line of standard error as it comes.
        """
        from git.cmd import Git
        from git.exc import GitCommandNotFound

        own = self._environment() | dict(env or {})
        argv = [*_without(own), "git", *_settings(durable=self.durable), f"--git-dir={self.folder}", *arguments]
        _no_nul(argv)
        try:
            # istream=-1 is PIPE; the session of its own lets the deadline end git and all its children.
            started = Git(str(self.folder.parent)).execute(
                argv, istream=-1, as_process=True, start_new_session=True, shell=False, env=own
            )
        except GitCommandNotFound:
            raise Missing("The program 'env' was not found.", hint="Run ./naru doctor.") from None
        assert started.proc is not None
        shown = f"git {arguments[0]} ({self.where})"
        code, out, err = collect(started.proc, stdin=stdin, timeout=timeout, shown=shown, on_error=on_error)
        answer = GitAnswer(code, out, err.decode("utf-8", "replace"))
        if code == ENV_NOT_FOUND:
            raise Missing("The program 'git' was not found.", hint="Run ./naru doctor.")
        if check and code != 0:
            raise error_of(doing, self.where, answer.err)
        return answer

    def _environment(self) -> dict[str, str]:
        values = {
            "HOME": str(self.folder), "LC_ALL": "C", "TZ": "UTC", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ATTR_NOSYSTEM": "1", "GIT_ALLOW_PROTOCOL": "file:https:http:ssh", "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0", "GIT_ADVICE": "0",
        }
        return values | self._access.variables()


ENV_NOT_FOUND = 127


def _without(own: Mapping[str, str]) -> list[str]:
    """`env` that drops all of our environment that is not kept; values (a proxy's password) never stand in arguments."""
    dropped = [name for name in os.environ if name not in own and name not in KEPT and name != "LANGUAGE"]
    return ["env", *(word for name in dropped for word in ("-u", name))]


def _settings(*, durable: bool) -> list[str]:
    settings = SETTINGS | {"core.fsync": "all" if durable else "none"}
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _no_nul(argv: Sequence[str]) -> None:
    if any("\0" in word for word in argv):
        raise Missing("A Git argument holds a NUL character.")
