"""How long a container may take until it is ready, by its own probes."""

from __future__ import annotations

from typing import Any

MARGIN = 5.0
"""Seconds for the kubelet to act on the last answer."""


def start_allowance(container: dict[str, Any]) -> float:
    """Seconds from a container's start within which it must be ready, from its startup and readiness probes."""
    startup, readiness = container.get("startupProbe"), container.get("readinessProbe")
    return (_span(startup) if startup else 0.0) + (_span(readiness) if readiness else 0.0) + MARGIN


def _span(probe: dict[str, Any]) -> float:
    initial = float(probe.get("initialDelaySeconds") or 0)
    period = float(probe.get("periodSeconds") or 10)
    return initial + period * float(probe.get("failureThreshold") or 3) + float(probe.get("timeoutSeconds") or 1)
