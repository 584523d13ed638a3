"""The Docker daemon: used where one runs, started where none does, never stopped.

Resting state: a daemon answers; where naru started it, it runs on after naru ends, its output in the state folder.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from naru.edge.clock import SystemClock
from naru.edge.command import leave_running, start
from naru.edge.docker import Docker
from naru.edge.files import read_capped
from naru.errors import Missing, OutsideDown

START_SECONDS = 60.0
CAP_SYS_RESOURCE = 24
"""Bit number in the capability sets of /proc (capabilities(7))."""

NEEDED = {12: "CAP_NET_ADMIN", 21: "CAP_SYS_ADMIN"}
"""Without these no daemon can make a network or mount a file system; containers without privileges lack them."""
PRIVILEGES = "Use a virtual or physical machine, or start this container with --privileged."
STATUS, PROC_SYS = Path("/proc/self/status"), Path("/proc/sys")

INOTIFY = {"fs/inotify/max_user_instances": 1024, "fs/inotify/max_user_watches": 524_288}
"""kind's own advice; with the default of 128 instances the sixth cluster fails."""


def ensure_dockerd(docker: Docker, *, log: Path, wrapper: Path, clock: SystemClock) -> bool:
    """Make a daemon answer; True if one had to be started.

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
    log.parent.mkdir(parents=True, exist_ok=True)
    process = start(["dockerd", *daemon_options(wrapper)], output=log)
    deadline = clock.monotonic() + START_SECONDS
    what = f"did not come up within {START_SECONDS:g} s"
    while clock.monotonic() < deadline:
        if docker.running():
            leave_running(process)
            return True
        if process.poll() is not None:
            what = f"ended at once with status {process.returncode}"
            break
        clock.sleep(0.2)
    tail = log.read_text(errors="replace").strip().splitlines()[-1:] or ["no output"]
    raise OutsideDown(f"dockerd {what}; its last line: {tail[0]}", hint=f"Read {log}.")


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
