"""The Docker daemon: used where one runs, started where none does, stopped only where naru started it.

Resting state: a daemon answers; where naru started it, it runs on after naru ends, its output and its process in a folder
of the state.
"""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from naru.edge.clock import SystemClock
from naru.edge.command import leave_running, start
from naru.edge.docker import Docker
from naru.edge.files import read_capped
from naru.errors import Missing, OutsideDown

START_SECONDS = 60.0
STOP_SECONDS = 60.0
"""dockerd gives its containers 15 s of its own before it ends."""

LOG, STARTED = "log", "started"
"""Files in the daemon's folder: what it printed; process id and start time of one that naru started."""

CAP_SYS_RESOURCE = 24
"""Bit number in the capability sets of /proc (capabilities(7))."""

NEEDED = {12: "CAP_NET_ADMIN", 21: "CAP_SYS_ADMIN"}
"""Without these no daemon can make a network or mount a file system; containers without privileges lack them."""
PRIVILEGES = "Use a virtual or physical machine, or start this container with --privileged."
STATUS, PROC_SYS = Path("/proc/self/status"), Path("/proc/sys")

INOTIFY = {"fs/inotify/max_user_instances": 1024, "fs/inotify/max_user_watches": 524_288}
"""kind's own advice; with the default of 128 instances the sixth cluster fails."""


def ensure_dockerd(docker: Docker, *, folder: Path, wrapper: Path, clock: SystemClock) -> bool:
    """Make a daemon answer; True if one had to be started, which `folder` then remembers.

    `wrapper` is the OCI runtime that leaves out CAP_SYS_RESOURCE, used only where the capability is missing.
    Raises Missing without the program, root or a capability, OutsideDown if the daemon does not come up in time.
    """
    if docker.running():
        return False
    if shutil.which("dockerd") is None:
        raise Missing("The Docker daemon is not installed.", hint="Run ./naru doctor to see what to install.")
    if os.geteuid() != 0:
        raise Missing("No Docker daemon answers, and only root may start one.", hint="Run this as root, or start it (sudo systemctl start docker) and join the group docker, then try again.")
    if lacking := missing_capabilities():
        raise Missing(f"This machine does not let root hold {' and '.join(lacking)}, without which no Docker daemon starts.", hint=PRIVILEGES)
    log = folder / LOG
    process = start(["dockerd", *daemon_options(wrapper)], output=log)
    deadline = clock.monotonic() + START_SECONDS
    what = f"did not come up within {START_SECONDS:g} s"
    while clock.monotonic() < deadline:
        if docker.running():
            leave_running(process)
            (folder / STARTED).write_text(f"{process.pid} {_begun(process.pid)}\n")
            return True
        if process.poll() is not None:
            what = f"ended at once with status {process.returncode}"
            break
        clock.sleep(0.2)
    tail = log.read_text(errors="replace").strip().splitlines()[-1:] or ["no output"]
    raise OutsideDown(f"dockerd {what}; its last line: {tail[0]}", hint=f"Read {log}.")


def stop_dockerd(folder: Path, clock: SystemClock) -> bool:
    """End the daemon that naru started, if it still runs; True if it did. Any other daemon is left alone.

    The start time tells it from a later process that got the same id. Raises OutsideDown if it does not end in time.
    """
    record = folder / STARTED
    pid, _, begun = record.read_text().strip().partition(" ") if record.is_file() else ("", "", "")
    if not pid.isdecimal() or not begun or _begun(int(pid)) != begun:
        return False
    os.kill(int(pid), signal.SIGTERM)
    deadline = clock.monotonic() + STOP_SECONDS
    while _begun(int(pid)) == begun:
        if clock.monotonic() > deadline:
            raise OutsideDown(f"dockerd (process {pid}) did not end within {STOP_SECONDS:g} s.", hint=f"Read {folder / LOG}.")
        clock.sleep(0.1)
    record.unlink()
    return True


def _begun(pid: int) -> str:
    """Start time of a running process in clock ticks since boot (field 22 of proc(5)'s stat), empty where it has ended."""
    path = Path(f"/proc/{pid}/stat")
    try:
        fields = read_capped(path, 4096).decode(errors="replace").rpartition(")")[2].split()
    except (Missing, ProcessLookupError):
        return ""
    return "" if fields[0] == "Z" else fields[19]


def daemon_options(wrapper: Path) -> list[str]:
    """Options for a daemon that naru starts."""
    if has_capability(CAP_SYS_RESOURCE):
        return []
    return ["--add-runtime", f"naru={wrapper}", "--default-runtime", "naru"]


def has_capability(bit: int) -> bool:
    """True if the bounding set of this process holds the capability."""
    text = read_capped(STATUS, 65_536).decode() if STATUS.is_file() else ""
    for line in text.splitlines():
        if line.startswith("CapBnd:"):
            return bool(int(line.split()[1], 16) >> bit & 1)
    return True


def missing_capabilities() -> list[str]:
    """Names of the capabilities that a daemon needs and this process cannot have."""
    return [name for bit, name in NEEDED.items() if not has_capability(bit)]


def raise_inotify_limits() -> list[str]:
    """Raise the kernel's inotify limits where they are too small; gives what was changed."""
    changed = []
    for name, wanted in INOTIFY.items():
        path = PROC_SYS / name
        if not path.is_file() or int(path.read_text()) >= wanted:
            continue
        try:
            path.write_text(str(wanted))
        except OSError as error:
            raise Missing(
                f"{name} is {path.read_text().strip()}, six clusters need {wanted}, and it could not be raised: {error.strerror}.",
                hint=f"Run: sudo sysctl -w {name.replace('/', '.')}={wanted}",
            ) from None
        changed.append(name)
    return changed
