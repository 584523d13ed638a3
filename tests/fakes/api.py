"""An API server for the watch: lists and streams that a test scripts, kind by kind."""

from __future__ import annotations

import json
import queue
import threading
from typing import Any

from naru.edge.api_transport import Gone
from naru.errors import OutsideDown

END, BREAK, TOO_OLD = object(), object(), object()


class FakeStream:
    """One watch: gives what is put into it; END ends it, BREAK breaks it, TOO_OLD is a 410 in the stream."""

    def __init__(self) -> None:
        self.lines: queue.Queue[Any] = queue.Queue()

    def __iter__(self):
        while True:
            item = self.lines.get(timeout=30)
            if item is END:
                return
            if item is BREAK:
                raise OutsideDown("the stream broke off")
            if item is TOO_OLD:
                yield json.dumps({"type": "ERROR", "object": {"code": 410, "message": "too old"}}).encode()
                continue
            yield item if isinstance(item, bytes) else json.dumps(item).encode()

    def close(self) -> None:
        self.lines.put(END)


class FakeApi:
    """Stands for Cluster in Watcher."""

    def __init__(self) -> None:
        self.name = "fake"
        self.objects: dict[str, dict[str, Any]] = {}
        self.version = 1
        self.streams: queue.Queue[FakeStream] = queue.Queue()
        self.asked: list[str] = []
        self.refuse_next: list[Exception] = []
        self.guard = threading.Lock()

    def put(self, name: str, **more: Any) -> dict[str, Any]:
        self.version += 1
        self.objects[name] = {"kind": "Pod", "metadata": {"name": name, "namespace": "khan", "uid": f"uid-{name}", "resourceVersion": str(self.version)}, **more}
        return self.objects[name]

    def list_versioned(self, api_version: str, kind: str, namespace: str = "", selector: str = ""):
        if self.refuse_next:
            raise self.refuse_next.pop(0)
        return [json.loads(json.dumps(item)) for item in self.objects.values()], str(self.version)

    def path(self, api_version: str, kind: str, namespace: str = "", name: str = "") -> str:
        return f"/{kind}"

    def stream(self, path: str, *, read_timeout: float) -> FakeStream:
        with self.guard:
            self.asked.append(path)
        if self.refuse_next:
            raise self.refuse_next.pop(0)
        stream = FakeStream()
        self.streams.put(stream)
        return stream


def gone() -> Gone:
    return Gone("too old")
