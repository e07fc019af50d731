"""Team by team: habitual users under each plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.contrast import bands
from sim.numbers import share
from sim.report.style import (
    GRID,
    INK,
    MUTED,
    around,
    clean,
    foot,
    key,
    key_height,
    look,
    new_figure,
    shortened,
)
from sim.results.results import SMALLEST_TEAM
from sim.results.verdict import range_note, source_note

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.results import Results

__all__ = ["MOST_TEAMS", "Teams", "teams_of"]

MOST_TEAMS = 40
"""So many teams are drawn at most: the largest."""

_WIDTH, _LEFT, _RIGHT, _AXIS, _EDGE = 9.0, 2.3, 1.5, 0.55, 0.3

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Teams:
    """What the chart of teams shows.

    Parameters
    ----------
    names, teams : tuple of str
        Plans; teams from the top of the chart.
    means, low, high : float64 array, shape (n_scenarios, n_teams)
        Share of habitual users: mean over replicates and the middle 80% of replicates.
    """

    names: tuple[str, ...]
    teams: tuple[str, ...]
    subtitle: str
    notes: tuple[str, ...]
    week: int
    means: Floats
    low: Floats
    high: Floats

    def draw(self) -> Figure:
        """Return the chart: a mark is the mean over replicates, its line the middle 80%."""
        top = 0.85 + key_height(self.names, _EDGE, _WIDTH)
        tall = (0.18 + 0.075 * min(len(self.names), 6)) * len(self.teams)
        bottom = _AXIS + foot(self.notes)
        height = top + tall + bottom
        figure = new_figure(_WIDTH, height)
        axes = figure.add_axes((
            _LEFT / _WIDTH, bottom / height, (_WIDTH - _LEFT - _RIGHT) / _WIDTH, tall / height,
        ))  # fmt: skip
        clean(axes)
        _marks(axes, self)
        axes.set_ylim(len(self.teams) - 0.5, -0.5)
        axes.set_yticks(range(len(self.teams)), [shortened(name, 26) for name in self.teams])
        axes.tick_params(axis="y", labelcolor=INK, labelsize=9)
        axes.set_xlim(-0.01, 1.01)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
        axes.grid(axis="x", color=GRID, linewidth=0.8)
        axes.set_xlabel(
            "share of people who use it habitually", fontsize=9, color=MUTED, labelpad=6, loc="left"
        )
        title = f"Habitual users by team in week {self.week}"
        around(figure, title, self.subtitle, self.notes, _EDGE)
        if len(self.names) > 1:
            key(figure, self.names, _EDGE, 0.86)
        return figure


def teams_of(results: Results) -> Teams | None:
    """Return what the chart of teams shows of ``results``, sorted by the last plan.

    None where teams were not recorded, or all are too small to be shown.
    """
    rows = _largest(results)
    if results.records.teams is None or not len(rows):
        return None
    values = results.team("habitual")[..., -1, rows]
    values = values.reshape(len(results.names), -1, len(rows))
    order = np.argsort(-values[-1].mean(axis=0), kind="stable")
    rows, values = rows[order], values[:, :, order]
    means, low, high = bands(values, axis=1)
    return Teams(
        names=results.names,
        teams=tuple(results.organisation.teams[row] for row in rows),
        subtitle=_subtitle(results, len(rows)),
        notes=(range_note(results), source_note(results)),
        week=results.weeks,
        means=means,
        low=low,
        high=high,
    )


def _largest(results: Results) -> NDArray[np.intp]:
    shown = results.shown_teams
    by_size = np.argsort(-results.team_sizes[shown], kind="stable")
    return shown[np.sort(by_size[:MOST_TEAMS])]


def _subtitle(results: Results, drawn: int) -> str:
    large = len(results.shown_teams)
    text = f"the {drawn} largest of {large:,} teams" if drawn < large else f"{large:,} teams"
    if small := results.organisation.n_teams - large:
        text += f"; {small:,} under {SMALLEST_TEAM} people not shown"
    return f"{results.organisation.name}: {text}"


def _marks(axes: Axes, teams: Teams) -> None:
    plans, n_teams = teams.means.shape
    rows = np.arange(n_teams)
    step = 0.62 / max(plans, 2)
    for plan in range(plans):
        style = look(plan)
        places = rows + step * (plan - (plans - 1) / 2)
        axes.hlines(
            places, teams.low[plan], teams.high[plan], color=style.colour, alpha=0.3, linewidth=3.5
        )
        axes.plot(
            teams.means[plan], places, linestyle="", marker=style.marker, markersize=5.5,
            markeredgewidth=1.5, color=style.colour,
            markerfacecolor="white" if plan == 0 and plans > 1 else style.colour,
        )  # fmt: skip
    if plans <= 2:
        for row in rows:
            words = " → ".join(share(float(mean)) for mean in teams.means[:, row])
            axes.annotate(
                words, (1.03, row), xycoords=("axes fraction", "data"), fontsize=9, color=MUTED,
                va="center_baseline", annotation_clip=False,
            )  # fmt: skip
