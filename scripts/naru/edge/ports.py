"""Which TCP ports of this machine something listens on, read from /proc."""

from __future__ import annotations

from pathlib import Path

LISTEN = "0A"
"""State of a listening socket in /proc/net/tcp (proc(5))."""


def taken_ports() -> set[int]:
    """Ports with a listening socket, IPv4 and IPv6."""
    taken = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if table.is_file():
            for line in table.read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == LISTEN:
                    taken.add(int(words[1].rsplit(":", 1)[1], 16))
    return taken
