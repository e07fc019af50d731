"""Team by team: habitual users under each plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.contrast import bands
from sim.numbers import share
from sim.report.style import GRID, INK, MUTED, clean, key, key_height, look, new_figure
from sim.results.results import SMALLEST_TEAM
from sim.results.verdict import range_note

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.results import Results

__all__ = ["MOST_TEAMS", "Teams", "teams_of"]

MOST_TEAMS = 40
"""So many teams are drawn at most: the largest."""

_WIDTH, _LEFT, _RIGHT, _BOTTOM, _EDGE = 9.0, 2.3, 1.5, 0.8, 0.3

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
    note: str
    week: int
    means: Floats
    low: Floats
    high: Floats

    def draw(self) -> Figure:
        """Return the chart: a mark is the mean over replicates, its line the middle 80%."""
        top = 0.85 + key_height(self.names, _EDGE, _WIDTH)
        tall = (0.18 + 0.075 * min(len(self.names), 6)) * len(self.teams)
        height = top + tall + _BOTTOM
        figure = new_figure(_WIDTH, height)
        axes = figure.add_axes((
            _LEFT / _WIDTH, _BOTTOM / height, (_WIDTH - _LEFT - _RIGHT) / _WIDTH, tall / height,
        ))  # fmt: skip
        clean(axes)
        _marks(axes, self)
        axes.set_ylim(len(self.teams) - 0.5, -0.5)
        axes.set_yticks(range(len(self.teams)), [_shortened(name) for name in self.teams])
        axes.tick_params(axis="y", labelcolor=INK, labelsize=9)
        axes.set_xlim(-0.01, 1.01)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
        axes.grid(axis="x", color=GRID, linewidth=0.8)
        _around(figure, self, height)
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
        note=range_note(results),
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


def _shortened(name: str) -> str:
    return name if len(name) <= 26 else f"{name[:25]}…"


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


def _around(figure: Figure, teams: Teams, height: float) -> None:
    left = _EDGE / _WIDTH
    figure.text(
        left, 1 - 0.32 / height, f"Habitual users by team in week {teams.week}", fontsize=14,
        fontweight="bold", color=INK, va="center",
    )  # fmt: skip
    figure.text(left, 1 - 0.58 / height, teams.subtitle, fontsize=9, color=MUTED, va="center")
    if len(teams.names) > 1:
        key(figure, teams.names, _EDGE, 0.86)
    figure.text(left, 0.2 / height, teams.note, fontsize=8, color=MUTED, va="center")
