"""Posterior predictive curves over what was measured in a firm, a panel a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.numbers import share
from sim.report.labels import LABELS
from sim.report.style import GRID, INK, clean, look, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.analysis.calibration.predictive import Predicted

__all__ = ["draw_predicted"]

_MOST = 12


def draw_predicted(ahead: list[Predicted]) -> Figure:
    """Draw bands of one firm's replicates over the measured points."""
    panels = []
    for one in ahead:
        outcomes, weeks, groups = one.curve.place
        for key in dict.fromkeys(zip(outcomes, groups, strict=True)):
            rows = [k for k, pair in enumerate(zip(outcomes, groups, strict=True)) if pair == key]
            panels.append((key, weeks[rows], one.curve.observed.values[rows], one.draws[:, rows]))
    shown = panels[:_MOST]
    columns = min(3, len(shown))
    rows_ = -(-len(shown) // columns)
    width, height = max(2.9 * columns + 0.4, 6.4), 2.1 * rows_ + 0.95
    figure = new_figure(width, height)
    colour = look(1).colour
    for k, ((outcome, group), weeks, values, draws) in enumerate(shown):
        axes = figure.add_subplot(rows_, columns, k + 1)
        clean(axes)
        outer, inner = np.quantile(draws, [0.05, 0.95], 0), np.quantile(draws, [0.1, 0.9], 0)
        axes.fill_between(weeks, *outer, color=colour, alpha=0.15, linewidth=0)
        axes.fill_between(weeks, *inner, color=colour, alpha=0.25, linewidth=0)
        axes.plot(weeks, np.median(draws, axis=0), color=colour, linewidth=1.6)
        axes.plot(weeks, values, linestyle="", marker="o", color=INK, markersize=4)
        name = LABELS.get(outcome, outcome.replace("_", " "))
        axes.set_title((group or "everybody")[:24] + f": {name}", fontsize=9, loc="left", color=INK)
        top = 1.0 if outcome != "use_days" else float(max(draws.max(), values.max(), 1.0))
        axes.set_ylim(-0.01 * top, 1.01 * top)
        axes.grid(axis="y", color=GRID, linewidth=0.8)
        if outcome != "use_days":
            axes.yaxis.set_major_formatter(lambda value, _: share(value))
    title = "Measured use, and what the posterior predicts of one firm"
    figure.text(0.02, 1 - 0.27 / height, title, fontsize=11, fontweight="bold", color=INK)
    more = f"; the first {_MOST} of {len(panels)} curves" if len(panels) > _MOST else ""
    note = f"points: measured; line: median; shades: middle 80% and 90% of replicates{more}"
    figure.text(0.02, 1 - 0.48 / height, note, fontsize=8, color=INK)
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.55 / height))
    return figure
