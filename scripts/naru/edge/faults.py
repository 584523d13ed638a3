"""Injects faults and takes them back; whatever happens, each fault is either undone and verified or in the journal.

Resting state: no fault of a living process outlives `undo_all`, none of a dead one outlives `undo_leftovers`.
How a fault is done and undone is the business of its Handler; an undo may be called at any time and more than once.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from typing import Protocol

from naru.edge.clock import SystemClock, iso
from naru.edge.fault_journal import FaultJournal, myself
from naru.errors import Missing, NaruError, OutsideDown
from naru.model.failover import FaultEntry

UNDO_SECONDS = 180.0
LOOK_SECONDS = 0.5


class Handler(Protocol):
    """One way of breaking a cloud."""

    def prepare(self, cloud: str) -> dict[str, str]:
        """What the undo will need. Changes nothing; raises Missing where this cloud may not be broken."""

    def inject(self, entry: FaultEntry) -> None:
        """Break it."""

    def undo(self, entry: FaultEntry) -> None:
        """Take it back; nothing to do where it never came or is gone already."""

    def restored(self, entry: FaultEntry) -> bool:
        """True once the cloud's own objects show that all is as before."""

    def breakage(self, entry: FaultEntry) -> str:
        """What the cloud's own objects say now, as a sentence; empty where they say nothing is wrong (or cannot)."""


class Faults:
    """Faults by name; safe to use from several threads."""

    def __init__(self, journal: FaultJournal, handlers: Mapping[str, Handler]) -> None:
        self._journal = journal
        self._handlers = handlers
        self._clock = SystemClock()
        self._guard = threading.Lock()
        self._mine: list[FaultEntry] = []

    def inject(self, fault: str, cloud: str) -> FaultEntry:
        """Break a cloud; the journal knows of it before the cloud does."""
        handler = self._handler(fault)
        process, started = myself()
        entry = FaultEntry(
            identity=f"{fault}-{cloud}-{secrets.token_hex(4)}", fault=fault, cloud=cloud, began=iso(self._clock.now()),
            owner=process, owner_started=started, undo=handler.prepare(cloud),
        )
        self._journal.write(entry)
        with self._guard:
            self._mine.append(entry)
        handler.inject(entry)
        return entry

    def undo(self, entry: FaultEntry) -> None:
        """Take one fault back; it stays in the journal until `settled` has seen that all is as before."""
        self._handler(entry.fault).undo(entry)

    def settled(self, entry: FaultEntry) -> bool:
        """True (and the journal forgets the fault) once the undo is seen in the cloud's own objects."""
        try:
            if not self._handler(entry.fault).restored(entry):
                return False
        except OutsideDown:
            return False
        self._journal.remove(entry)
        with self._guard:
            self._mine = [other for other in self._mine if other.identity != entry.identity]
        return True

    def breakage(self, entry: FaultEntry) -> str:
        """What the cloud's own objects say while the fault is on."""
        try:
            return self._handler(entry.fault).breakage(entry)
        except OutsideDown as error:
            return error.message

    def blip(self, fault: str, cloud: str, seconds: float) -> None:
        """A fault that lasts only so long."""
        entry = self.inject(fault, cloud)
        try:
            self._clock.sleep(seconds)
        finally:
            self.undo(entry)
        self._await(entry)

    def undo_all(self) -> list[str]:
        """Take back every fault of this process and wait for it; gives a sentence for each that would not go."""
        with self._guard:
            mine = list(self._mine)
        return self._undo_each(mine)

    def leftovers(self) -> list[FaultEntry]:
        """What dead processes left."""
        return self._journal.leftovers()

    def undo_leftovers(self) -> list[FaultEntry]:
        """Take back what dead processes left; raises OutsideDown that names what could not be taken back."""
        left = self._journal.leftovers()
        troubles = self._undo_each(left)
        if troubles:
            raise OutsideDown(f"A fault of an earlier drill could not be undone: {troubles[0]}", hint="Run ./naru clouds up, then again.")
        return left

    def _undo_each(self, entries: list[FaultEntry]) -> list[str]:
        troubles = []
        for entry in entries:
            try:
                self.undo(entry)
            except NaruError as error:
                troubles.append(f"{entry.fault} in {entry.cloud}: {error.message}")
                continue
            if not self._await(entry):
                troubles.append(f"{entry.fault} in {entry.cloud}: it was undone, but {entry.cloud} is not as before yet.")
        return troubles

    def _await(self, entry: FaultEntry) -> bool:
        deadline = self._clock.monotonic() + UNDO_SECONDS
        while not self.settled(entry):
            if self._clock.monotonic() > deadline:
                return False
            self._clock.sleep(LOOK_SECONDS)
        return True

    def _handler(self, fault: str) -> Handler:
        handler = self._handlers.get(fault)
        if handler is None:
            raise Missing(f"The fault '{fault}' cannot be injected here.", hint=f"Possible: {', '.join(sorted(self._handlers))}.")
        return handler
