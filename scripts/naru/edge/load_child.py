"""The process that runs the engine: `python -m naru.edge.load_child FOLDER`, with `plan.json` and `control` in FOLDER.

It ends by itself when its steps are over, when its parent asks, and when its parent is gone. Rows go to `rows`.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import socket
import sys
from contextlib import suppress
from math import isnan
from pathlib import Path
from typing import Any

from naru.edge.clock import SystemClock, iso
from naru.edge.load_engine import Engine
from naru.model.load import LoadPlan, LoadStep, LoadSummary

LATE_SECONDS = 0.010
HEAD_START_SECONDS = 0.05


def main(folder: Path) -> None:
    """Run the plan in `folder`; the control socket tells begin, ticks and the summary."""
    plan = LoadPlan.from_json((folder / "plan.json").read_bytes(), where="plan.json")
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.connect(str(folder / "control"))
    control.setblocking(False)
    _prepare()
    clock = SystemClock()
    origin, started = clock.monotonic() + HEAD_START_SECONDS, clock.now()
    engine = Engine(plan, clock=clock.monotonic, origin=origin, on_tick=lambda tick: _tell(control, {"tick": tick.plain()}))
    engine.listen(control, lambda running: _obey(control, running))
    begin = {"origin": iso(started), "monotonic": origin}
    _tell(control, {"begin": begin})
    engine.run()
    engine.rows.save(folder / "rows")
    summary = _summary(engine, begin, clock.monotonic() - origin)
    (folder / "summary.json").write_text(summary.model_dump_json())
    control.setblocking(True)
    _tell(control, {"end": True})


def _prepare() -> None:
    """Enough descriptors, no pauses for garbage (nothing here makes cycles), and first at the processor if allowed."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    gc.collect()
    gc.disable()
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    with suppress(OSError):  # a busy host must not make sends late; the engine itself needs little
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def _tell(control: socket.socket, message: dict[str, Any]) -> None:
    with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):  # the rows hold all that a lost tick told
        control.send(json.dumps(message).encode())


def _obey(control: socket.socket, engine: Engine) -> None:
    try:
        data = control.recv(65_536)
    except BlockingIOError:
        return
    except ConnectionResetError:
        data = b""
    if not data:
        engine.stop("parent_gone")
        engine.deafen()
        return
    message = json.loads(data)
    for lane, steps in message.get("steps", {}).items():
        engine.follow(lane, tuple(LoadStep(seconds=seconds, rate=rate) for seconds, rate in steps))
    if message.get("stop"):
        engine.stop("asked")


def _summary(engine: Engine, begin: dict[str, Any], seconds: float) -> LoadSummary:
    late = sorted(row.lateness for row in engine.rows if not isnan(row.sent))
    times = os.times()

    def at(share: float) -> float:
        return round(late[min(len(late) - 1, int(share * len(late)))] * 1000, 3) if late else 0.0

    return LoadSummary.model_validate({
        "origin": begin["origin"], "origin_monotonic": begin["monotonic"], "seconds": round(seconds, 6),
        "intended": len(engine.rows), "sent": len(late), "dropped": len(engine.rows) - len(late),
        "late": sum(value > LATE_SECONDS for value in late), "lateness_p50_milliseconds": at(0.5),
        "lateness_p99_milliseconds": at(0.99), "lateness_max_milliseconds": at(1.0), "connections": engine.connections,
        "cpu_seconds": round(times.user + times.system, 3), "stopped": engine.stopped,
    })


if __name__ == "__main__":
    main(Path(sys.argv[1]))
