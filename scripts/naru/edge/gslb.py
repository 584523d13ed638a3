"""The GSLB stand-in: a HAProxy process on loopback, whose state changes are stamped as its log tells them.

Resting state: after `stop` (or the end of the `with` block) neither the process nor its private folder is left.
"""

from __future__ import annotations

import re
import shutil
import socket
import struct
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from naru.edge import command
from naru.edge.clock import SystemClock
from naru.edge.files import write_durably
from naru.errors import Missing, OutsideDown
from naru.model.failover import DirectorEvent

START_SECONDS = 10.0
SO_TIMESTAMPNS = 35
"""Linux: the kernel notes when each message came (the socket module of Python 3.11 has no name for it)."""
STAMP = struct.Struct("@qq")
MAX_LINES = 20_000
"""Log lines that are kept."""

_CHANGE = re.compile(r"Server clouds/(?P<cloud>\S+) is (?P<state>UP|DOWN)(?:/\S+)?,? ?(?:reason: (?P<reason>.*?)(?:, check duration|\. \d|$))?")
_STAMP = re.compile(r"^<\d+>1 (\S+)")

ConfigText = Callable[[str, str], str]
"""From log address and admin socket to the text of the configuration."""


class Gslb:
    """One HAProxy in HTTP mode; `config` is written by core/gslb_config."""

    def __init__(self, config: ConfigText, address: str, port: int, on_event: Callable[[DirectorEvent], None] | None = None) -> None:
        self._config = config
        self._place = (address, port)
        self._on_event = on_event
        self._clock = SystemClock()
        self._guard = threading.Lock()
        self._events: list[DirectorEvent] = []
        self._lines: list[str] = []
        self._folder: Path | None = None
        self._ended = threading.Event()

    def start(self) -> None:
        """Check the configuration, start, and wait until it accepts connections; OutsideDown where it does not."""
        self._folder = Path(tempfile.mkdtemp(prefix="naru-gslb-"))
        try:
            self._listen()
            self._launch()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the process and remove what it needed."""
        self._ended.set()
        process = getattr(self, "_process", None)
        if process is not None and process.poll() is None:
            command.stop_group(process)
        log = getattr(self, "_log", None)
        if log is not None:
            log.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def events(self) -> list[DirectorEvent]:
        """State changes so far, in order."""
        with self._guard:
            return list(self._events)

    def lines(self) -> list[str]:
        """The log so far, health checks included."""
        with self._guard:
            return list(self._lines)

    def states(self) -> dict[str, bool]:
        """Cloud → taken for healthy, as HAProxy says it now."""
        rows = self._ask("show servers state clouds").splitlines()
        found = {}
        for row in rows:
            words = row.split()
            if len(words) > 5 and words[1] == "clouds":
                found[words[3]] = words[5] == "2"
        return found

    def alive(self) -> bool:
        """True while the process runs."""
        process = getattr(self, "_process", None)
        return process is not None and process.poll() is None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _listen(self) -> None:
        self._log = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._log.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._log.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._log.bind(("127.0.0.1", 0))
        self._log.settimeout(0.5)
        threading.Thread(target=self._receive, daemon=True).start()

    def _launch(self) -> None:
        assert self._folder is not None
        path = self._folder / "haproxy.cfg"
        port = self._log.getsockname()[1]
        write_durably(path, self._config(f"127.0.0.1:{port}", str(self._folder / "admin")).encode(), mode=0o600)
        tried = command.run(["haproxy", "-c", "-f", str(path)], timeout=20, check=False)
        if not tried.ok:
            raise Missing(f"HAProxy refuses the configuration made from cloud.yaml: {tried.last_line()}", hint="Look at the gslb rules.")
        self._process = command.start(["haproxy", "-db", "-f", str(path)], output=self._folder / "output")
        self._await_door()

    def _await_door(self) -> None:
        deadline = self._clock.monotonic() + START_SECONDS
        while self._clock.monotonic() < deadline and self._process.poll() is None:
            try:
                with socket.create_connection(self._place, timeout=1):
                    return
            except OSError:
                self._clock.sleep(0.05)
        raise OutsideDown(
            f"HAProxy did not listen on {self._place[0]}:{self._place[1]}: {self._last_words()}",
            hint="Does another program use the port? ./naru doctor tells.",
        )

    def _receive(self) -> None:
        while not self._ended.is_set():
            try:
                data, notes, _, _ = self._log.recvmsg(65_536, 256)
            except TimeoutError:
                continue
            except OSError:
                return
            wall, mono = self._clock.now(), self._clock.monotonic()
            self._take(data.decode("utf-8", "replace").rstrip("\n"), mono - waited(notes, wall), wall - timedelta(seconds=waited(notes, wall)))

    def _take(self, line: str, mono: float, wall: datetime) -> None:
        event = parsed_change(line, mono, wall)
        with self._guard:
            if len(self._lines) < MAX_LINES:
                self._lines.append(line)
            if event is not None:
                self._events.append(event)
        if event is not None and self._on_event is not None:
            self._on_event(event)

    def _ask(self, question: str) -> str:
        assert self._folder is not None
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
            door.settimeout(5)
            try:
                door.connect(str(self._folder / "admin"))
                door.sendall(question.encode() + b"\n")
                return b"".join(iter(lambda: door.recv(65_536), b"")).decode()
            except OSError as error:
                raise OutsideDown(f"HAProxy's own socket did not answer '{question}': {error}.") from None

    def _last_words(self) -> str:
        assert self._folder is not None
        path = self._folder / "output"
        lines = path.read_text().strip().splitlines() if path.exists() else []
        return lines[-1][:300] if lines else "it said nothing"


def waited(notes: list[tuple[int, int, bytes]], now: datetime) -> float:
    """Seconds that a message lay in the socket before we came to it, by the kernel's stamp; a busy machine cannot shift it."""
    for level, kind, data in notes:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(data) >= STAMP.size:
            seconds, nanoseconds = STAMP.unpack_from(data)
            return max(0.0, now.timestamp() - float(seconds + nanoseconds / 1e9))
    return 0.0


def parsed_change(line: str, mono: float, wall: datetime) -> DirectorEvent | None:
    """The state change that a log line tells, or None; its own stamp is carried over to the monotonic axis."""
    found = _CHANGE.search(line)
    if found is None:
        return None
    stamp = _STAMP.match(line)
    logged = None
    if stamp is not None:
        try:
            behind = (wall - datetime.fromisoformat(stamp.group(1)).astimezone(UTC)) / timedelta(seconds=1)
            logged = mono - behind
        except ValueError:
            logged = None
    return DirectorEvent(mono, "http", found["cloud"], found["state"] == "UP", (found["reason"] or "").strip(), logged)

