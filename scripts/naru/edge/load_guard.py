"""Which hosts may be loaded: loopback, and others only where the plan (the cloud's own config) names them."""

from __future__ import annotations

import ipaddress


def permitted(host: str, allowed: tuple[str, ...]) -> bool:
    """True for a loopback address or an allowed host; a name other than `localhost` is never taken for loopback."""
    if host in allowed or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
