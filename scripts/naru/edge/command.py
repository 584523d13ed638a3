"""The one module that starts programs: argument lists only, own process group, deadline, capped output.

Resting state: no child of ours outlives its call, except those begun by `start`, which the caller owns.
No secret may stand in an argument list; hand it over by a file or by `stdin`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from naru.errors import Missing, OutsideDown

MAX_OUTPUT = 8 * 1024 * 1024
"""Bytes of each stream that are kept; more is read and dropped, and the result says so."""

GRACE_SECONDS = 5.0
"""Time between SIGTERM and SIGKILL for a program that overran its deadline."""

_left_running: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class CommandResult:
    """What a program answered."""

    argv: tuple[str, ...]
    code: int
    stdout: str
    stderr: str
    truncated: bool = False

    @property
    def ok(self) -> bool:
        """True if the exit status was 0."""
        return self.code == 0

    def last_line(self) -> str:
        """The last non-empty line of stderr, else of stdout: usually the reason."""
        lines = [line.strip() for line in (self.stderr + "\n" + self.stdout).splitlines() if line.strip()]
        errors = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        return (errors or lines or [f"exit status {self.code} and no output"])[-1]


def run(
    argv: Sequence[str],
    *,
    timeout: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    on_line: Callable[[str], None] | None = None,
    check: bool = True,
) -> CommandResult:
    """Run to the end or to the deadline.

    `env` replaces the whole environment where given. `on_line` gets each line of stdout and stderr as it comes.
    Raises Missing if the program is not there, OutsideDown on the deadline or (with `check`) on a non-zero status.
    """
    process = _spawn(argv, cwd=cwd, env=env)
    collectors = [_Collector(process.stdout, on_line), _Collector(process.stderr, on_line)]
    feeder = threading.Thread(target=_feed, args=(process, stdin), daemon=True)
    feeder.start()
    _wait(process, argv, timeout)
    for collector in collectors:
        collector.thread.join(GRACE_SECONDS)
    result = CommandResult(
        tuple(argv), process.returncode, collectors[0].text(), collectors[1].text(), any(c.truncated for c in collectors)
    )
    if check and not result.ok:
        raise OutsideDown(f"'{_shown(argv)}' ended with status {result.code}: {result.last_line()}")
    return result


def run_shown(argv: Sequence[str], *, timeout: float, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Run to the end or to the deadline with our own output as its output, half lines too; gives its exit status.

    Raises as `run`.
    """
    process = _spawn(argv, cwd=cwd, env=env, pipes=False)
    _wait(process, argv, timeout)
    return int(process.returncode)


def start(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    output: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program that goes on by itself, in a session of its own, its output in `output` (or dropped)."""
    target: int | IO[bytes] = subprocess.DEVNULL
    if output is not None:
        target = output.open("ab")
    try:
        return subprocess.Popen(
            list(argv), cwd=cwd, env=None if env is None else dict(env), stdin=subprocess.DEVNULL,
            stdout=target, stderr=subprocess.STDOUT, start_new_session=True,
        )
    except OSError as error:
        raise Missing(f"'{argv[0]}' could not be started: {error.strerror}.", hint="Run ./naru doctor.") from None
    finally:
        if not isinstance(target, int):
            target.close()


def leave_running(process: subprocess.Popen[bytes]) -> None:
    """Let a started program outlive us on purpose: Python warns of a running child whose handle is dropped."""
    _left_running.append(process)


def collect(
    process: subprocess.Popen[bytes], *, stdin: bytes, timeout: float, shown: str, on_error: Callable[[str], None] | None = None
) -> tuple[int, bytes, bytes]:
    """(status, stdout, stderr) of a program that another library started in a session of its own.

    `on_error` gets each line of stderr as it comes, those too that only a carriage return ends.
    Raises OutsideDown on the deadline; whatever ends the wait early, no child is left behind.
    """
    errors = _Errors(process, on_error) if on_error is not None else None
    try:
        out, err = process.communicate(stdin if process.stdin else None, timeout)
    except BaseException as error:
        stop_group(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        if isinstance(error, subprocess.TimeoutExpired):
            raise OutsideDown(f"'{shown}' did not end within {timeout:g} s and was stopped.", hint="Try again.") from None
        raise
    return process.returncode, out or b"", errors.rest() if errors is not None else err or b""


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """End a program and its children: SIGTERM, then SIGKILL after the grace."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        try:
            process.wait(GRACE_SECONDS)
            break
        except subprocess.TimeoutExpired:
            continue
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # children that outlived their parent


def _spawn(argv: Sequence[str], *, cwd: Path | None, env: Mapping[str, str] | None, pipes: bool = True) -> subprocess.Popen[bytes]:
    stdin, output = (subprocess.PIPE, subprocess.PIPE) if pipes else (subprocess.DEVNULL, None)
    try:
        return subprocess.Popen(
            list(argv), cwd=cwd, env=None if env is None else dict(env), stdin=stdin, stdout=output, stderr=output, start_new_session=True,
        )
    except OSError as error:
        raise Missing(f"'{argv[0]}' could not be started: {error.strerror}.", hint="Run ./naru doctor.") from None


def _wait(process: subprocess.Popen[bytes], argv: Sequence[str], timeout: float) -> None:
    """Wait for the end; whatever comes first instead, the program and its children are ended before it is raised."""
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        stop_group(process)
        raise OutsideDown(
            f"'{_shown(argv)}' did not end within {timeout:g} s and was stopped.",
            hint="Look at its last lines with -v and try again.",
        ) from None
    except BaseException:
        stop_group(process)
        raise


def _feed(process: subprocess.Popen[bytes], stdin: bytes) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(stdin)
        process.stdin.close()
    except OSError:
        return  # the program ended without reading all; its exit status tells why


def _shown(argv: Sequence[str]) -> str:
    text = " ".join(argv)
    return text if len(text) <= 160 else text[:157] + "..."


class _Errors:
    """Takes stderr away from the process and reads it in a thread, line by line, keeping the last MAX_OUTPUT bytes."""

    def __init__(self, process: subprocess.Popen[bytes], on_line: Callable[[str], None]) -> None:
        assert process.stderr is not None
        self._stream, process.stderr = process.stderr, None
        self._on_line = on_line
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def rest(self) -> bytes:
        """All that was said, once the program has ended."""
        self._thread.join(GRACE_SECONDS)
        return bytes(self._kept)

    def _read(self) -> None:
        open_line = b""
        with self._stream:
            while data := os.read(self._stream.fileno(), 65536):
                self._kept = (self._kept + data)[-MAX_OUTPUT:]
                *lines, open_line = (open_line + data).replace(b"\r", b"\n").split(b"\n")
                for line in lines:
                    self._on_line(line.decode("utf-8", "replace"))
        if open_line:
            self._on_line(open_line.decode("utf-8", "replace"))


class _Collector:
    """Reads one stream to its end in a thread, keeps the first MAX_OUTPUT bytes."""

    def __init__(self, stream: IO[bytes] | None, on_line: Callable[[str], None] | None) -> None:
        assert stream is not None
        self.stream = stream
        self.on_line = on_line
        self.kept = bytearray()
        self.truncated = False
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        with self.stream:
            for line in self.stream:
                # A shorter line after a dropped one is dropped too: the kept text has no hole.
                self.truncated = self.truncated or len(self.kept) + len(line) > MAX_OUTPUT
                if not self.truncated:
                    self.kept += line
                if self.on_line is not None:
                    self.on_line(line.decode("utf-8", "replace").rstrip("\n"))

    def text(self) -> str:
        return self.kept.decode("utf-8", "replace")
