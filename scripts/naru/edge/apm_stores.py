"""The list of instances that each cloud's APM keeps: the store to which a drill's numbered writes go. Reads only."""

from __future__ import annotations

from collections.abc import Mapping

from naru.edge.http_probe import HttpProbe
from naru.errors import OutsideDown
from naru.model.failover import WRITER_APP

PATH = "/api/instances"


class ApmStores:
    """`ports` gives each cloud's loopback port."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self._ports = dict(ports)
        self._probe = HttpProbe()

    def writes(self, cloud: str) -> tuple[str, ...]:
        """The writes of drills that the store holds, `naver:MARK-17` each; raises OutsideDown where it gives no list within 3 s."""
        entries = self._probe.json(self._ports[cloud], PATH)
        if not isinstance(entries, list):
            raise OutsideDown(f"The store of {cloud} gave no list of instances at {PATH}.", hint="Try again.")
        ours = [entry for entry in entries if isinstance(entry, dict) and entry.get("app") == WRITER_APP]
        return tuple(sorted(f"{entry.get('cloud')}:{entry.get('version')}" for entry in ours))
