"""The night as one self-contained page."""

from __future__ import annotations

import html
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,'Noto Sans CJK KR',sans-serif;margin:2rem;max-width:70rem}table{border-collapse:collapse}"
    "td,th{padding:.3rem .8rem;border:1px solid #ccc;text-align:left}.passed{color:#15702f}.failed{color:#b3261e}.inconclusive{color:#8a5a00}"
)
_TITLES = {"holds": "Holds · 배포 보류", "drift": "Drift", "tags": "Tags", "changes": "Changes beyond the noise"}


def page(plain: dict[str, Any]) -> str:
    """HTML of what steps/nightly.py returns; every text escaped, nothing loaded from elsewhere."""
    rows = "".join(
        f"<tr><td>{_text(r['version'])}</td><td>{_text(r['cloud'])}</td><td>{_text(r['proof'])}</td>"
        f"<td class={_text(r['verdict'])}>{_text(r['verdict'])}</td><td>{_text(r.get('reason', ''))}</td></tr>"
        for r in plain["records"]
    )
    lists = "".join(
        f"<h2>{title}</h2><ul>{''.join(f'<li>{_text(entry)}</li>' for entry in plain[key])}</ul>" for key, title in _TITLES.items() if plain[key]
    )
    body = f"<table><tr><th>release</th><th>cloud</th><th>proof</th><th>verdict</th><th>reason</th></tr>{rows}</table>" if rows else "<p>No cloud runs a release.</p>"
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Nightly {_text(plain['day'])}</title><style>{_STYLE}</style>"
        f"<h1>Nightly {_text(plain['day'])}</h1><p>Faults: {_text(', '.join(plain['faults']))}</p>{body}{lists}</html>\n"
    )


def _text(value: object) -> str:
    return html.escape(str(value))
