"""What a machine must have before clouds are brought up: pure checks over what was looked up."""

from __future__ import annotations

from dataclasses import dataclass

GIB = 1024**3

COLD_BYTES = 17 * GIB
"""Free disk for a first build: Go's caches and modules, root file systems, the image, six clusters: at most 17 GB lay there after a demo from nothing."""

WARM_BYTES_PER_CLUSTER = int(1.2 * GIB)


@dataclass(frozen=True)
class Fault:
    """One thing that is missing, and the command or act that mends it."""

    what: str
    mend: str


def system_fault(system: str, machine: str) -> Fault | None:
    """A system or processor on which no cloud can be made; the words are those of uname(1)."""
    if system != "Linux":
        return Fault(f"The clouds are made of Linux containers' nodes, and this system is {system}", "Run clouds and verify-* on a Debian or Ubuntu agent.")
    if machine not in {"x86_64", "amd64"}:
        return Fault(f"Node and base images are built for amd64, and this machine is {machine}", "Run clouds and verify-* on an amd64 agent.")
    return None


def disk_fault(free: int, *, image_there: bool, new_clusters: int) -> Fault | None:
    """Too little disk, checked before anything is built. `free` in bytes."""
    need = new_clusters * WARM_BYTES_PER_CLUSTER if image_there else COLD_BYTES
    if free >= need:
        return None
    return Fault(
        f"There are {free / GIB:.1f} GiB free where Docker and naru keep their data, and this needs {need / GIB:.1f} GiB",
        "Free disk space; ./naru clean removes what naru itself can rebuild.",
    )


def port_faults(wanted: dict[int, str], taken: set[int], owned: set[int]) -> list[Fault]:
    """Ports that something else listens on. `wanted` is port → what for; `owned` are held by our own containers."""
    return [
        Fault(f"Port {port} on 127.0.0.1, which {what} needs, is taken by another program", f"End that program (ss -ltnp 'sport = :{port}' names it), then try again.")
        for port, what in sorted(wanted.items())
        if port in taken and port not in owned
    ]
