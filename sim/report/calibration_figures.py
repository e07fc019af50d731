"""Figures of a calibration: answers to targets, what was learned, what goes together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.numbers import fixed, share
from sim.report.labels import LABELS
from sim.report.style import GRID, INK, MUTED, PLANS, clean, look, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.analysis.calibration.findings import CalibrationAnswer, Learned, Pair, Predicted
    from sim.analysis.calibration.fit import Fit

__all__ = ["draw_answers", "draw_learned", "draw_pairs", "draw_predicted"]


PRIOR, POSTERIOR = GRID, PLANS[3].colour
LIMIT = 5.0
"""Standard errors at which the axis of the answers ends."""


def draw_answers(answers: list[CalibrationAnswer]) -> Figure:
    """Draw how far prior and posterior lie from each target, in the target's standard errors."""
    height = 1.5 + 0.3 * len(answers)
    figure = new_figure(8.6, height)
    axes = figure.add_axes((0.29, 0.75 / height, 0.46, 1 - 1.5 / height))
    clean(axes)
    axes.axvspan(-1, 1, color="#f1f3f5", lw=0)
    axes.axvline(0, color=MUTED, lw=1)
    for row, one in enumerate(answers):
        y = len(answers) - 1 - row
        before, after = (np.clip(x, -LIMIT, LIMIT) for x in (one.prior_apart, one.posterior_apart))
        axes.plot(before[[0, 2]], [y, y], color="#c3c9d0", lw=7, solid_capstyle="butt")
        axes.plot(after[[0, 2]], [y, y], color=POSTERIOR, lw=3, solid_capstyle="butt")
        axes.plot(after[1], y, "D", color=INK, ms=5)
        text = f"{_short(one.posterior[1])} for {_short(one.observed)}, {one.verdict}"
        text += " (reach)" if "reach" in one.why else ""
        axes.text(
            LIMIT + 0.25, y, text, va="center", fontsize=8.5,
            color=INK if one.verdict == "met" else MUTED,
            fontweight="bold" if one.verdict == "not met" else "normal",
        )  # fmt: skip
    axes.set_yticks(range(len(answers)), [one.name for one in answers][::-1], color=INK)
    axes.set_xlim(-LIMIT, LIMIT)
    axes.set_ylim(-0.6, len(answers) - 0.4)
    axes.set_xlabel("standard errors from the published figure", color=MUTED, fontsize=9)
    _title(
        figure, height, "What the model answers to each target",
        "middle 90% of sets: wide grey the prior, narrow blue the posterior, ◆ its median; "
        "shaded: met; (reach): beyond the model",
    )  # fmt: skip
    return figure


def _short(value: float) -> str:
    return fixed(value)


def draw_learned(about: list[Learned]) -> Figure:
    """Draw every fitted unknown as a share of its prior: where its posterior lies."""
    height = 1.4 + 0.19 * len(about)
    figure = new_figure(8.6, height)
    axes = figure.add_axes((0.29, 0.6 / height, 0.6, 1 - 1.3 / height))
    clean(axes)
    for row, one in enumerate(about):
        y = len(about) - 1 - row
        place = one.share
        axes.plot([0.05, 0.95], [y, y], color=GRID, lw=5, solid_capstyle="butt")
        colour = POSTERIOR if one.informed else "#aab2bb"
        axes.plot([place[0], place[2]], [y, y], color=colour, lw=3, solid_capstyle="butt")
        axes.plot(place[1], y, "D", color=INK if one.informed else MUTED, ms=3.5)
        axes.text(1.02, y, fixed(one.moved), fontsize=7, va="center", color=MUTED)
    names = [one.name for one in about][::-1]
    axes.set_yticks(range(len(about)), names, color=INK, fontsize=7.5)
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.8, len(about) - 0.2)
    axes.set_xticks([0.05, 0.5, 0.95], ["5%", "median", "95%"])
    axes.set_xlabel("share of the prior that lies below", color=MUTED, fontsize=9)
    _title(
        figure, height, "What the targets say about each parameter",
        "middle 90% of the posterior, ◆ its median; blue: informed, grey: not; at the right how "
        "far it moved",
    )  # fmt: skip
    return figure


def draw_pairs(found: Fit, pairs: list[Pair]) -> Figure:
    """Draw the six closest pairs, a dot a parameter set, as shares of their priors."""
    shown = pairs[:6]
    figure = new_figure(8.6, 6.2 if len(shown) > 3 else 3.8)
    names = found.study.unknowns
    columns = 3
    rows = 2 if len(shown) > 3 else 1
    points = found.shares
    for k, pair in enumerate(shown):
        left = 0.08 + 0.31 * (k % columns)
        tall = 0.8 / rows
        bottom = 0.06 + (rows - 1 - k // columns) * (tall + 0.01)
        axes = figure.add_axes((left, bottom + 0.02, 0.24, tall - 0.09))
        clean(axes)
        x, y = (points[:, names.index(name)] for name in (pair.one, pair.other))
        axes.plot(x, y, "o", ms=2.2, color=POSTERIOR, alpha=0.55, mew=0)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_xticks([0, 1])
        axes.set_yticks([0, 1])
        axes.set_xlabel(pair.one, fontsize=8, color=INK, labelpad=-6)
        axes.set_ylabel(pair.other, fontsize=8, color=INK, labelpad=-6)
        axes.text(
            0.5, 1.03, fixed(pair.correlation, signed=True), fontsize=9, ha="center",
            color=INK, transform=axes.transAxes,
        )  # fmt: skip
    height = float(figure.get_figheight())
    _title(
        figure, height, "Parameters that the targets tie together",
        "the closest pairs, as shares of their priors; a dot is a parameter set; rank correlation "
        "above",
    )  # fmt: skip
    return figure


def _title(figure: Figure, height: float, title: str, said: str) -> None:
    figure.text(0.03, 1 - 0.32 / height, title, fontsize=13, color=INK, fontweight="bold")
    figure.text(0.03, 1 - 0.54 / height, said, fontsize=8.5, color=MUTED)


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
