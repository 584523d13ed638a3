"""From the joined history to what the page of all releases shows, and the same for machines; pure."""

from __future__ import annotations

from typing import Any

from naru.core.report_words import TEXTS, VERDICTS, Words
from naru.core.site import History, ReleaseRow, SiteFacts, history
from naru.core.site_trends import changes, charts, series_of
from naru.core.site_words import LOOKS, SITE_TEXTS, STATES
from naru.core.trend import NEEDED_NIGHTS
from naru.model.words import Proof


def site_page(facts: SiteFacts) -> dict[str, Any]:
    """Values for the template."""
    joined = history(facts)
    versions = [row.version for row in joined.releases]
    series = series_of(joined.releases)
    found = changes(series)
    newest = versions[-1] if versions else ""
    drawn = charts(series, versions)
    return {
        "product": facts.product, "title": dict(facts.title), "clouds": facts.clouds, "made": facts.made[:19], "text": {**TEXTS, **SITE_TEXTS},
        "now": _now(facts, joined), "releases": [_shown(row, facts) for row in reversed(joined.releases)], "omitted": joined.omitted,
        "newest": [change for change in found if change["version"] == newest],
        "earlier": [change for change in reversed(found) if change["version"] != newest][:50],
        "enough": any(len(points) > NEEDED_NIGHTS for points in series.values()),
        "trends": [chart for chart in drawn if chart["kind"] != "stage"], "stages": [chart for chart in drawn if chart["kind"] == "stage"],
        "faults": facts.faults,
    }


def plain_site(facts: SiteFacts) -> dict[str, Any]:
    """site.json: the same for machines."""
    joined = history(facts)
    return {
        "product": facts.product, "clouds": list(facts.clouds),
        "now": {cloud: entry.record.version or None for cloud, entry in joined.now.items()},
        "releases": [
            {"version": row.version, "at": row.at or None, "clouds": {cloud: cell.state or None for cloud, cell in row.cells.items()},
             "figures": [{"figure": key[0], "of": key[1], "profile": key[2] or None, "seconds": value} for key, value in sorted(row.figures.items())]}
            for row in joined.releases
        ],
        "changes": [{name: change[name] for name in ("version", "figure", "cloud", "before", "now", "noise")} for change in changes(series_of(joined.releases))],
        "faults": list(facts.faults),
    }


def _now(facts: SiteFacts, joined: History) -> list[dict[str, Any]]:
    rows = []
    for cloud in facts.clouds:
        entry = joined.now.get(cloud)
        rows.append({
            "cloud": cloud, "version": entry.record.version if entry else "", "since": entry.record.at[:19] if entry else "",
            "by": entry.record.by if entry else "", "commit": entry.commit[:12] if entry else "", "back_from": entry.record.back_from if entry else "",
        })
    return rows


def _shown(row: ReleaseRow, facts: SiteFacts) -> dict[str, Any]:
    return {
        "version": row.version, "at": row.at, "report": row.report,
        "cells": [{"cloud": cloud, "words": STATES[cell.state], "look": LOOKS[cell.state], "cell": cell} for cloud in facts.clouds
                  for cell in (row.cells[cloud],)],
        "proofs": [_proof(row, proof.value, cloud) for proof in Proof for cloud in ((*facts.clouds,) if proof is not Proof.failover else ("all",))],
    }


def _proof(row: ReleaseRow, proof: str, cloud: str) -> dict[str, Any]:
    verdict = row.verdicts.get((proof, cloud), "missing")
    words: Words = VERDICTS[verdict]
    return {"proof": proof, "cloud": cloud, "verdict": verdict, "words": words}
