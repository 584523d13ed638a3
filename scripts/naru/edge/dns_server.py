"""A PowerDNS process on loopback that answers for one zone; its records are set through its API.

Resting state: after `stop` neither the process nor its private folder (database, API key) is left. Every cache of the
server is off: with its defaults (20 s) a changed record would be answered from the cache long after the change.
"""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import sqlite3
import tempfile
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from naru.edge import command
from naru.edge.clock import SystemClock
from naru.edge.files import write_durably
from naru.errors import Missing, OutsideDown

START_SECONDS = 15.0
TRIES = 4
API_SECONDS = 3.0
SCHEMAS = (Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"), Path("/usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql"))


class DnsServer:
    """One authoritative server for `zone`; `port` is where it answers (UDP and TCP)."""

    def __init__(self, zone: str, *, address: str = "127.0.0.1") -> None:
        self.zone = zone.rstrip(".") + "."
        self.address = address
        self.port = 0
        self._api_port = 0
        self._key = secrets.token_urlsafe(24)
        self._clock = SystemClock()
        self._folder: Path | None = None

    def start(self) -> None:
        """Make the database, start, wait for the API, make the zone; a port that someone took meanwhile is replaced."""
        for left in range(TRIES - 1, -1, -1):
            try:
                self._begin()
            except OutsideDown:
                self.stop()
                if not left:
                    raise
            except BaseException:
                self.stop()
                raise
            else:
                return

    def _begin(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="naru-dns-"))
        self.port, self._api_port = free_port(self.address), free_port(self.address)
        self._make_database()
        write_durably(self._folder / "pdns.conf", self._config().encode(), mode=0o600)
        self._process = command.start(["pdns_server", f"--config-dir={self._folder}"], output=self._folder / "output")
        self._await_api()
        self._call("POST", "/zones", {"name": self.zone, "kind": "Native", "nameservers": [f"ns.{self.zone}"]})

    def stop(self) -> None:
        """End the process and remove what it needed."""
        process = getattr(self, "_process", None)
        if process is not None and process.poll() is None:
            command.stop_group(process)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def set_addresses(self, name: str, addresses: list[str], ttl: int) -> None:
        """Let `name` have exactly these A records from now on; raises OutsideDown where the server does not say yes."""
        change: dict[str, Any] = {"name": name.rstrip(".") + ".", "type": "A", "changetype": "REPLACE" if addresses else "DELETE"}
        if addresses:
            change |= {"ttl": ttl, "records": [{"content": address, "disabled": False} for address in addresses]}
        self._call("PATCH", f"/zones/{self.zone}", {"rrsets": [change]})

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _config(self) -> str:
        lines = {
            "launch": "gsqlite3", "gsqlite3-database": f"{self._folder}/zone.sqlite3", "gsqlite3-dnssec": "no",
            "local-address": self.address, "local-port": str(self.port), "api": "yes", "api-key": self._key,
            "webserver": "yes", "webserver-address": self.address, "webserver-port": str(self._api_port),
            "webserver-allow-from": "127.0.0.0/8", "socket-dir": str(self._folder), "daemon": "no", "guardian": "no",
            "cache-ttl": "0", "query-cache-ttl": "0", "negquery-cache-ttl": "0", "zone-cache-refresh-interval": "0",
            "security-poll-suffix": "", "disable-syslog": "yes", "loglevel": "4", "receiver-threads": "1",
            "distributor-threads": "1", "default-ttl": "5",
        }
        return "".join(f"{key}={value}\n" for key, value in lines.items())

    def _make_database(self) -> None:
        assert self._folder is not None
        schema = next((path for path in SCHEMAS if path.exists()), None)
        if schema is None:
            raise Missing("The schema of PowerDNS's SQLite backend is not installed.", hint="Run ./naru doctor (pdns-backend-sqlite3).")
        path = self._folder / "zone.sqlite3"
        path.touch(mode=0o600)
        with closing(sqlite3.connect(path)) as database:
            database.executescript(schema.read_text())

    def _await_api(self) -> None:
        deadline = self._clock.monotonic() + START_SECONDS
        while self._clock.monotonic() < deadline and self._process.poll() is None:
            try:
                self._call("GET", "", None)
            except OutsideDown:
                self._clock.sleep(0.05)
            else:
                return
        raise OutsideDown(f"PowerDNS did not start: {self._last_words()}", hint="./naru doctor tells whether it is installed.")

    def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        door = HTTPConnection(self.address, self._api_port, timeout=API_SECONDS)
        try:
            door.request(method, f"/api/v1/servers/localhost{path}", None if body is None else json.dumps(body),
                         {"X-API-Key": self._key, "Content-Type": "application/json"})
            answer = door.getresponse()
            text = answer.read(1 << 20)
        except (OSError, HTTPException) as error:
            raise OutsideDown(f"PowerDNS's API did not answer {method} {path}: {error}.") from None
        finally:
            door.close()
        if answer.status >= 300:
            raise OutsideDown(f"PowerDNS refused {method} {path} with status {answer.status}: {text.decode('utf-8', 'replace')[:200]}")
        return json.loads(text) if text else None

    def _last_words(self) -> str:
        assert self._folder is not None
        path = self._folder / "output"
        lines = path.read_text().strip().splitlines() if path.exists() else []
        return lines[-1][:300] if lines else "it said nothing"


def free_port(address: str) -> int:
    """A port that nobody used a moment ago, neither by TCP nor by UDP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as first, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second:
            first.bind((address, 0))
            port = int(first.getsockname()[1])
            try:
                second.bind((address, port))
            except OSError:
                continue
            return port
