"""Open-loop load from a child process, so that the parent's own work cannot disturb the send times.

Resting state: no child and no temporary folder outlive `LoadRun`; a child whose parent dies ends by itself.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from naru.edge import command
from naru.edge.load_guard import permitted
from naru.edge.load_rows import Rows
from naru.errors import Malformed, OutsideDown
from naru.model.load import LoadPlan, LoadResult, LoadSummary, Tick

BEGIN_SECONDS = 30.0
OnTick = Callable[[Tick], None]


def run_load(plan: LoadPlan, on_tick: OnTick | None = None) -> LoadResult:
    """Run the whole plan and wait for its end; raises OutsideDown where the engine itself fails."""
    with LoadRun(plan, on_tick) as run:
        return run.wait()


class LoadEngine:
    """The engine as a port: `start` gives a running load, whose steps may be changed and which must be closed."""

    def start(self, plan: LoadPlan, on_tick: OnTick | None = None) -> LoadRun:
        """Begin; second 0 has come (to within 50 ms) when this returns."""
        return LoadRun(plan, on_tick)


class LoadRun:
    """A load that runs. `on_tick` is called from a thread of its own, once a second."""

    def __init__(self, plan: LoadPlan, on_tick: OnTick | None = None) -> None:
        check_targets(plan)
        self.plan = plan
        self.ticks: list[Tick] = []
        self.origin = ""
        """Wall-clock time of second 0 (ISO, UTC)."""
        self.origin_monotonic = 0.0
        self._on_tick = on_tick
        self._more = 0.0
        self._begun, self._ended = threading.Event(), threading.Event()
        self._folder = Path(tempfile.mkdtemp(prefix="naru-load-"))
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def follow(self, steps: Mapping[str, Sequence[tuple[float, float]]]) -> None:
        """From now on each lane named follows these (seconds, requests per second) instead of what it had left."""
        self._send({"steps": {lane: [list(step) for step in lane_steps] for lane, lane_steps in steps.items()}})
        self._more += max(sum(seconds for seconds, _ in lane_steps) for lane_steps in steps.values())

    def stop(self) -> None:
        """Send nothing more; `wait` still collects what is under way."""
        self._send({"stop": True})

    def wait(self) -> LoadResult:
        """Wait for the end (a deadline follows from the steps) and give all rows."""
        if not self._ended.wait(_longest(self.plan) + self._more + BEGIN_SECONDS) or not (self._folder / "summary.json").exists():
            raise OutsideDown(f"the load engine did not end as planned: {self._last_words()}", hint="Try again.")
        summary = LoadSummary.from_json((self._folder / "summary.json").read_bytes(), where="the load engine's summary")
        return LoadResult(summary, Rows.load(self._folder / "rows").in_order())

    def close(self) -> None:
        """End the child, whatever it does, and remove the folder."""
        process = getattr(self, "_process", None)
        if process is not None:
            if process.poll() is None and not self._ended.is_set():
                command.stop_group(process)
            with suppress(OSError):
                self._control.close()
            process.wait(command.GRACE_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _start(self) -> None:
        (self._folder / "plan.json").write_text(self.plan.model_dump_json())
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
            door.bind(str(self._folder / "control"))
            door.listen(1)
            door.settimeout(BEGIN_SECONDS)
            scripts = str(Path(__file__).resolve().parents[2])
            self._process = command.start(
                [sys.executable, "-m", "naru.edge.load_child", str(self._folder)],
                env={**os.environ, "PYTHONPATH": scripts}, output=self._folder / "output",
            )
            try:
                self._control, _ = door.accept()
            except TimeoutError:
                raise OutsideDown(f"the load engine did not start: {self._last_words()}", hint="Try again.") from None
        threading.Thread(target=self._listen, daemon=True).start()
        if not self._begun.wait(BEGIN_SECONDS) or not self.origin:
            raise OutsideDown(f"the load engine did not begin: {self._last_words()}", hint="Try again.")

    def _send(self, message: dict[str, Any]) -> None:
        with suppress(OSError):  # a load that has ended has nothing left to change
            self._control.send(json.dumps(message).encode())

    def _listen(self) -> None:
        while True:
            try:
                data = self._control.recv(1 << 20)
            except OSError:
                data = b""
            message: dict[str, Any] = json.loads(data) if data else {"end": True}
            if "tick" in message:
                self._take(Tick.model_validate(message["tick"]))
            elif "begin" in message:
                self.origin, self.origin_monotonic = message["begin"]["origin"], message["begin"]["monotonic"]
                self._begun.set()
            elif "end" in message:
                self._begun.set()
                self._ended.set()
                return

    def _take(self, tick: Tick) -> None:
        self.ticks.append(tick)
        if self._on_tick is not None:
            self._on_tick(tick)

    def _last_words(self) -> str:
        try:
            lines = (self._folder / "output").read_text().strip().splitlines()
        except OSError:
            lines = []
        return lines[-1][:300] if lines else "it said nothing"


def check_targets(plan: LoadPlan) -> None:
    """Refuse a plan that would load anything but loopback or hosts that it names as allowed (raises Malformed)."""
    for lane in plan.lanes:
        parts = urlsplit(lane.url)
        host = parts.hostname or ""
        if parts.scheme != "http" or not host:
            raise Malformed(f"Lane '{lane.name}' has the target {lane.url!r}, which is not an http address.")
        if not lane.dns and not permitted(host, plan.allowed_hosts):
            raise Malformed(f"Lane '{lane.name}' would load {host}, which is not loopback.",
                            hint="Only a host that cloud.yaml names may be loaded.")


def _longest(plan: LoadPlan) -> float:
    """Seconds until the last request of the plan as given can be over, with room for a loaded host."""
    return max(sum(step.seconds for step in lane.steps) + lane.timeout_seconds for lane in plan.lanes) * 1.5 + 5
