"""Draws figures as SVG with matplotlib; text stays text, in a font family that has Korean. Deterministic: no date, fixed ids."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from naru.model.plot import Figure, Panel

FONTS = ["Noto Sans CJK KR", "Noto Sans KR", "Malgun Gothic", "Apple SD Gothic Neo", "NanumGothic", "sans-serif"]
"""Names in the SVG, tried in turn by whoever shows it."""
MEASURED_WITH = [*FONTS[:-1], "Noto Sans CJK JP"]
"""The same glyphs under the name that matplotlib reads from the font collection."""
COLOURS = ("#0b6fa4", "#d9822b", "#b3261e", "#4a8f3c", "#6b4ea0")
BANDS = ("#cfe3f1", "#e2d4f0", "#dcefd3", "#f6e7c8")


class SvgPlots:
    """Implements the Plots port; matplotlib is loaded when first drawn."""

    def svg(self, figure: Figure) -> bytes:
        """The figure as one SVG document."""
        import matplotlib as mpl

        mpl.use("svg")
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "naru", "font.family": _fonts(), "font.size": 9, "axes.unicode_minus": False}):
            return _drawn(figure)


def _fonts() -> list[str]:
    """Those that are installed come first, since matplotlib measures with them; the names in the SVG stay all."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in MEASURED_WITH if name in installed] or ["sans-serif"]


def _drawn(figure: Figure) -> bytes:
    from matplotlib.figure import Figure as Canvas

    count = len(figure.panels)
    canvas = Canvas(figsize=(10, 1.2 + 2.0 * max(count, 1)), layout="constrained")
    canvas.suptitle(figure.title, fontsize=11)
    if count:
        axes = canvas.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
        for number, (axis, panel) in enumerate(zip(axes, figure.panels, strict=True)):
            _panel(axis, panel)
            _behind(axis, figure, first=number == 0)
        axes[-1].set_xlabel(figure.x_label)
    stream = io.BytesIO()
    canvas.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    families = ", ".join(f"'{name}'" if " " in name else name for name in FONTS)
    return stream.getvalue().replace(b"<svg ", f'<svg font-family="{families}" '.encode(), 1)


def _panel(axis: Any, panel: Panel) -> None:
    if panel.stacked and panel.lines:
        axis.stackplot(panel.lines[0].x, *([y or 0.0 for y in line.y] for line in panel.lines), labels=[line.name for line in panel.lines],
                       colors=COLOURS, alpha=0.75)
    for colour, line in zip(COLOURS * 3, () if panel.stacked else panel.lines, strict=False):
        axis.plot(line.x, [float("nan") if y is None else y for y in line.y], label=line.name, color=colour, linewidth=1.2,
                  drawstyle="steps-post" if line.steps else "default")
    for limit in panel.limits:
        axis.axhline(limit.y, color="#555555", linewidth=0.9, linestyle="--", label=limit.name)
    axis.set_yscale(panel.scale)
    if panel.scale == "linear":
        axis.set_ylim(bottom=0)
    axis.set_ylabel(panel.unit)
    axis.set_title(panel.title, fontsize=9, loc="left")
    axis.grid(visible=True, linewidth=0.3)
    axis.legend(loc="upper right", fontsize=7, ncols=5, framealpha=0.8)


def _behind(axis: Any, figure: Figure, *, first: bool) -> None:
    for colour, band in zip(BANDS * 3, figure.bands, strict=False):
        axis.axvspan(band.begin, band.end, color=colour, alpha=0.6, linewidth=0, zorder=0)
        if first and band.end > band.begin:
            axis.text((band.begin + band.end) / 2, 0.02, band.name, transform=axis.get_xaxis_transform(), fontsize=6, rotation=90,
                      ha="center", va="bottom", color="#444444")
    for mark in figure.marks:
        axis.axvline(mark.at, color="#222222", linewidth=0.8, linestyle=":")
        if first:
            axis.text(mark.at, 1.0, mark.name, transform=axis.get_xaxis_transform(), fontsize=7, ha="left", va="bottom")
