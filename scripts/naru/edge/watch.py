"""List-and-watch of our own: nothing is missed silently, every gap is recorded, each sample is stamped on receipt.

A watch that ends (the server ends each after a while) goes on from the last version that was heard. A break is a
gap; a version that is too old (410) means listing again, and what changed meanwhile is told as if it came just now.
Resting state: no thread of ours lives after `stop`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from naru.edge.api_transport import Gone, Stream
from naru.edge.clock import SystemClock, iso
from naru.edge.cluster import Cluster
from naru.errors import NaruError, OutsideDown
from naru.model.samples import Sample, SampleType

SERVER_SECONDS = 15
"""After this the server ends a watch, with a bookmark shortly before: a half-open connection is found soon."""

READ_SECONDS = 20.0
"""Silence after which a connection counts as dead."""

FIRST_LIST_SECONDS = 30.0

CONFIRM_SECONDS = 1.0

UNCONFIRMED = {"Event", "Node"}
"""Kinds that change all the time and decide nothing at the end."""

OPTIONAL = {"Node"}
"""Kinds of the whole cluster that a login may not be allowed to list; they are watched where it may."""


class Watcher:
    """Watches several kinds in one namespace; `samples` only grows and is in order of receipt."""

    def __init__(self, cluster: Cluster, on_sample: Callable[[Sample], None] | None = None) -> None:
        self.samples: list[Sample] = []
        self.changed = threading.Condition()
        self._cluster = cluster
        self._clock = SystemClock()
        self._on_sample = on_sample
        self._stopping = threading.Event()
        self._watches: list[_KindWatch] = []
        self._last_mono = float("-inf")

    def begin(self, kinds: Sequence[tuple[str, str]], namespace: str) -> None:
        """Start watching; returns when each kind was listed once, so that nothing after this call is missed."""
        self._watches = [_KindWatch(self, self._cluster, version, kind, namespace) for version, kind in kinds]
        for watch in self._watches:
            watch.thread.start()
        for watch in self._watches:
            if not watch.listed.wait(FIRST_LIST_SECONDS):
                self.stop()
                raise watch.error or OutsideDown(f"{self._cluster.name} did not list {watch.kind} in {FIRST_LIST_SECONDS:g} s.")
            if watch.error is not None and not watch.store and watch.kind not in OPTIONAL:
                self.stop()
                raise watch.error

    def stop(self) -> None:
        """End all watches."""
        self._stopping.set()
        for watch in self._watches:
            watch.cut()
        for watch in self._watches:
            if watch.thread.is_alive():
                watch.thread.join(5)
        with self.changed:
            self.changed.notify_all()

    def wait_beyond(self, count: int, seconds: float) -> bool:
        """Wait until more than `count` samples are there, at most that long."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.samples) > count, seconds)

    def beyond(self, count: int) -> list[Sample]:
        """The samples after the first `count`; nothing that was stamped before this call is left out."""
        with self.changed:
            return self.samples[count:]

    def confirm(self) -> bool:
        """True if a fresh list shows nothing that the watches have not told within a second."""
        return all(watch.confirmed() for watch in self._watches if watch.kind not in UNCONFIRMED)

    @property
    def stopping(self) -> threading.Event:
        """Set once `stop` was called."""
        return self._stopping

    def note(self, kind: SampleType, obj: dict[str, Any]) -> None:
        """Stamp one observation and hand it on."""
        with self.changed:
            sample = Sample(iso(self._clock.now()), self._clock.monotonic(), kind, obj)
            self.samples.append(sample)
            self.changed.notify_all()
        if self._on_sample is not None:
            self._on_sample(sample)


class _KindWatch:
    """One kind's list-and-watch loop in a thread of its own."""

    def __init__(self, owner: Watcher, cluster: Cluster, api_version: str, kind: str, namespace: str) -> None:
        self.owner, self.cluster = owner, cluster
        self.api_version, self.kind, self.namespace = api_version, kind, namespace
        self.clock = SystemClock()
        self.store: dict[str, dict[str, Any]] = {}
        self.version = ""
        self.listed = threading.Event()
        self.error: NaruError | None = None
        self.blind_since: float | None = None
        self.relisted = False
        self.heard = self.clock.monotonic()
        self.stream: Stream | None = None
        self.thread = threading.Thread(target=self._run, name=f"watch-{kind}", daemon=True)

    def cut(self) -> None:
        """Wake the thread out of its read."""
        if self.stream is not None:
            self.stream.close()

    def confirmed(self) -> bool:
        """True if a fresh list equals what was told, at the latest after CONFIRM_SECONDS."""
        items, _ = self.cluster.list_versioned(self.api_version, self.kind, self.namespace)
        fresh = {_key(item): _version(item) for item in items}
        with self.owner.changed:
            return self.owner.changed.wait_for(lambda: self._covers(fresh), CONFIRM_SECONDS)

    def _covers(self, fresh: dict[str, str]) -> bool:
        told = {key: _version(item) for key, item in list(self.store.items())}
        gone = [key for key in told if key not in fresh]
        return not gone and all(int(told.get(key, "0")) >= int(version) for key, version in fresh.items())

    def _run(self) -> None:
        pause = 0.05
        while not self.owner.stopping.is_set():
            try:
                if not self.version:
                    self._list()
                self._watch()
                pause = 0.05
            except Gone:
                self._blind()
                self.version = ""
            except NaruError as error:
                if self._fatal(error):
                    return
                self._blind()
                self.owner.stopping.wait(pause)
                pause = min(pause * 2, 1.0)

    def _fatal(self, error: NaruError) -> bool:
        """The first list failed for good: the caller of `begin` gets the error."""
        self.error = error
        if isinstance(error, OutsideDown) or self.version:
            return False
        self.listed.set()
        return True

    def _list(self) -> None:
        items, self.version = self.cluster.list_versioned(self.api_version, self.kind, self.namespace)
        self.relisted = self.blind_since is not None
        self._seen_again()
        fresh = {_key(item): item for item in items}
        for key in [key for key in self.store if key not in fresh]:
            self._tell("DELETED", self.store[key])
        for key, item in fresh.items():
            if key not in self.store:
                self._tell("ADDED", item)
            elif _version(item) != _version(self.store[key]):
                self._tell("MODIFIED", item)
        self.error = None
        self.listed.set()

    def _watch(self) -> None:
        query = {"watch": "true", "allowWatchBookmarks": "true", "resourceVersion": self.version, "timeoutSeconds": str(SERVER_SECONDS)}
        path = f"{self.cluster.path(self.api_version, self.kind, self.namespace)}?{urlencode(query)}"
        self.stream = self.cluster.stream(path, read_timeout=READ_SECONDS)
        self._seen_again()
        if self.owner.stopping.is_set():
            self.stream.close()
        for line in self.stream:
            self._line(line)
        self.heard = self.clock.monotonic()

    def _line(self, line: bytes) -> None:
        try:
            event = json.loads(line)
            kind, obj = event["type"], event["object"]
        except (ValueError, KeyError, TypeError):
            raise OutsideDown(f"{self.cluster.name}: a line of the watch of {self.kind} is torn.") from None
        if kind == "ERROR":
            if obj.get("code") == 410:
                raise Gone(f"{self.cluster.name}: the watch of {self.kind} is too old.")
            raise OutsideDown(f"{self.cluster.name}: the watch of {self.kind} ended: {obj.get('message')}")
        self.heard = self.clock.monotonic()
        self.version = _version(obj)
        if kind != "BOOKMARK":
            self._tell(kind, obj)

    def _tell(self, kind: SampleType, obj: dict[str, Any]) -> None:
        obj.setdefault("kind", self.kind)
        obj.setdefault("apiVersion", self.api_version)
        obj["metadata"].pop("managedFields", None)
        if kind == "DELETED":
            self.store.pop(_key(obj), None)
        else:
            self.store[_key(obj)] = obj
        self.owner.note(kind, obj)

    def _blind(self) -> None:
        """From here on nothing is seen (a dead connection: since it was last heard)."""
        if self.blind_since is None and self.listed.is_set():
            silent = self.clock.monotonic() - self.heard >= READ_SECONDS - 1
            self.blind_since = self.heard if silent else self.clock.monotonic()

    def _seen_again(self) -> None:
        if self.blind_since is None:
            return
        seconds = self.clock.monotonic() - self.blind_since
        self.owner.note("GAP", {"kind": self.kind, "seconds": round(seconds, 6), "relisted": self.relisted})
        self.blind_since, self.relisted = None, False


def _key(obj: dict[str, Any]) -> str:
    meta = obj["metadata"]
    return f"{meta.get('namespace', '')}/{meta['name']}/{meta.get('uid', '')}"


def _version(obj: dict[str, Any]) -> str:
    return str(obj["metadata"]["resourceVersion"])
