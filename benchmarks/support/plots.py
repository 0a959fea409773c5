"""Plots of results: a grid of panels, as PNG and SVG. Only this module imports matplotlib."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, FuncFormatter, NullFormatter

from benchmarks.support.result import Bars, Lines, Panel, format_cell
from benchmarks.support.timing import Spread

#: The palette of Okabe and Ito, which colour-blind readers can distinguish. Lines differ in style as well.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9")
_GREY = "#9A9A9A"
_STYLES = ("-", "--", "-.", ":")
_LOOK: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E6E6E6",
    "svg.fonttype": "none",
    # Without this and without `Date` below, the SVG of the same values would differ from run to run.
    "svg.hashsalt": "newsnorm",
}


def draw(panels: Sequence[Panel], stem: Path) -> list[Path]:
    """Draw *panels* next to each other into ``stem.png`` and ``stem.svg``; return both paths."""
    with mpl.rc_context(_LOOK):
        columns = 2 if len(panels) == 4 else min(3, len(panels))
        rows = -(-len(panels) // columns)
        bars = max([len(panel.values) for panel in panels if isinstance(panel, Bars)], default=0)
        figure = Figure(figsize=(4.6 * columns, max(3.0, 1.1 + 0.26 * bars) * rows), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False).flatten()
        for panel, ax in zip(panels, axes, strict=False):
            if isinstance(panel, Bars):
                _bars(panel, ax)
            else:
                _lines(panel, ax)
        for ax in axes[len(panels) :]:
            ax.remove()
        paths = [stem.with_suffix(suffix) for suffix in (".png", ".svg")]
        for path in paths:
            figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
    return paths


def _bars(panel: Bars, ax: Axes) -> None:
    names = list(panel.values)[::-1]  # matplotlib draws the first bar at the bottom
    spreads = [panel.values[name] for name in names]
    values = [one.median if isinstance(one, Spread) else one for one in spreads]
    colours = [_COLOURS[0] if not panel.ours or name in panel.ours else _GREY for name in names]
    ax.barh(names, values, color=colours, height=0.7)
    for name, one, value in zip(names, spreads, values, strict=True):
        end = value
        if isinstance(one, Spread) and one.count > 1:
            ax.errorbar(
                value, name, xerr=[[value - one.low], [one.high - value]], color="black", capsize=2.5, linewidth=1
            )
            end = one.high
        ax.annotate(format_cell(value), (end, name), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8)
    if panel.logarithmic:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(EngFormatter(sep=""))
        ax.xaxis.set_minor_formatter(NullFormatter())
        # Start at a power of ten; by default, the shortest bar would have an arbitrary length.
        ax.set_xlim(10 ** math.floor(math.log10(min(values))), ax.get_xlim()[1] * 2.2)
    else:
        ax.margins(x=0.16, y=0.02)
        ax.set_xlim(0, panel.full * 1.12 if panel.full else None)
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)
    ax.set_title(panel.title)
    ax.set_xlabel(panel.unit)


def _lines(panel: Lines, ax: Axes) -> None:
    for i, (name, points) in enumerate(panel.series.items()):
        xs, ys = zip(*points, strict=True)
        ax.plot(xs, ys, _STYLES[i % len(_STYLES)], color=_COLOURS[i % len(_COLOURS)], marker="o", ms=3.5, label=name)
    if panel.logarithmic:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.set_ylim(bottom=0, top=1.1 * max(y for points in panel.series.values() for _, y in points))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    ax.set_title(panel.title)
    ax.set_xlabel(panel.x_unit)
    ax.set_ylabel(panel.y_unit)
    if len(panel.series) > 1:
        ax.legend(frameon=False)
