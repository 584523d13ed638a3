"""The recorded drill as files, and its judgement from nothing but these and the limits that the evidence states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from naru.core.failover_judgement import Judgement, judge_drill
from naru.core.failover_prediction import Clients
from naru.core.failover_samples import Drill, drill_from_lines, event_lines, row_lines
from naru.core.failover_verdict import Rules
from naru.errors import Missing
from naru.model.cloud import CloudConfig, FailoverLimits, GslbRules

ROWS, EVENTS, DIRECTOR_LOG = "requests.jsonl", "events.jsonl", "gslb.log"
AT_LEAST = {"requests_per_second"}
"""Limits of which the larger one is the stricter."""


def drill_files(drill: Drill, log: list[str]) -> dict[str, bytes]:
    """File name → bytes, uncompressed."""
    return {
        ROWS: lines_bytes(list(row_lines(drill.rows))), EVENTS: lines_bytes(list(event_lines(drill))), DIRECTOR_LOG: lines_bytes(log),
    }


def lines_bytes(lines: list[str]) -> bytes:
    """One line each, a line end after the last."""
    return "".join(f"{line}\n" for line in lines).encode()


def judge_files(files: Mapping[str, bytes], limits: Mapping[str, Any]) -> Judgement:
    """Judge a recorded drill; raises Missing where the files are not what a drill writes."""
    try:
        drill = drill_from_lines(files[ROWS].decode().splitlines(), files[EVENTS].decode().splitlines())
    except (KeyError, ValueError, TypeError) as error:
        raise Missing(f"The recorded drill cannot be read: {type(error).__name__}: {error}", hint="Verify again.") from None
    return judge_drill(drill, rules_from_plain(limits))


def strictest(clouds: tuple[CloudConfig, ...]) -> FailoverLimits:
    """One set of limits for a drill over all clouds: the strictest of each."""
    plains = [cloud.limits.failover.plain() for cloud in clouds]
    return FailoverLimits.model_validate({
        name: (max if name in AT_LEAST else min)(plain[name] for plain in plains) for name in plains[0]
    })


def slowest(clouds: tuple[CloudConfig, ...]) -> GslbRules:
    """The rules that detection must wait for: those of the cloud that is watched the least."""
    return max((cloud.gslb for cloud in clouds), key=lambda rules: (rules.interval_seconds * rules.fall, rules.timeout_seconds))


def plain_limits(clouds: tuple[CloudConfig, ...], clients: Clients | None) -> dict[str, Any]:
    """Everything that the judge was given: limits at the top, each cloud's own beside, the directors' settings."""
    return {
        **strictest(clouds).plain(), "gslb": slowest(clouds).plain(),
        "clouds": {cloud.name: cloud.limits.failover.plain() for cloud in clouds},
        "dns_clients": None if clients is None else {
            "number": clients.number, "requests_per_second": clients.requests_per_second, "lost_share": clients.lost_share,
        },
    }


def rules_from_plain(limits: Mapping[str, Any]) -> Rules:
    """Back from the evidence."""
    own = {name: value for name, value in limits.items() if name in FailoverLimits.model_fields}
    clients = limits.get("dns_clients")
    return Rules(
        FailoverLimits.model_validate(own), GslbRules.model_validate(dict(limits.get("gslb") or {})),
        None if clients is None else Clients(int(clients["number"]), float(clients["requests_per_second"]), float(clients["lost_share"])),
    )
