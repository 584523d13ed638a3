"""The report as one HTML file: nothing is fetched, everything that is shown is escaped but our own plots."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"

FORBIDDEN = re.compile(r"<\s*(script|foreignObject|iframe|image)\b|\son[a-z]+\s*=|javascript:", re.IGNORECASE)
"""What our plots never contain; a plot with it was not written by us and is left out."""


def render_page(template: str, **values: Any) -> str:
    """Render one template with autoescape."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["plot"] = lambda svg: Markup(inline_svg(svg))  # noqa: S704 (own plots, checked by inline_svg)
    return environment.get_template(template).render(**values)


def inline_svg(svg: str) -> str:
    """The `<svg>` element of a plot, without its XML head; empty where it holds anything that could run."""
    begin = svg.find("<svg")
    return "" if begin < 0 or FORBIDDEN.search(svg) else svg[begin:]
