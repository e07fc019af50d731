"""What still holds people back, by driver and plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.contrast import bands
from sim.report.labels import DRIVER_LABELS, FIVE_DRIVERS
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
)
from sim.results.verdict import range_note, source_note

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.results import Results

__all__ = ["Drivers", "drivers_of"]

_WIDTH, _LEFT, _RIGHT, _AXIS, _EDGE = 9.0, 2.05, 0.45, 0.55, 0.3
_BETWEEN = 0.45
"""Extra room, in rows, between the five drivers and the others."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Drivers:
    """What the chart of drivers shows.

    Parameters
    ----------
    means, low, high : float64 array, shape (n_scenarios, n_drivers)
        Percentage points: mean over replicates and the middle 80% of replicates.
    """

    names: tuple[str, ...]
    organisation: str
    notes: tuple[str, ...]
    week: int
    means: Floats
    low: Floats
    high: Floats

    def draw(self) -> Figure:
        """Return the chart: a mark is the mean over replicates, its line the middle 80%."""
        row_height = 0.2 + 0.13 * len(self.names)
        top = 0.85 + key_height(self.names, _EDGE, _WIDTH)
        tall = row_height * (len(DRIVER_LABELS) + _BETWEEN)
        bottom = _AXIS + foot(self.notes)
        height = top + tall + bottom
        figure = new_figure(_WIDTH, height)
        axes = figure.add_axes((
            _LEFT / _WIDTH, bottom / height, (_WIDTH - _LEFT - _RIGHT) / _WIDTH, tall / height,
        ))  # fmt: skip
        order = np.arange(len(DRIVER_LABELS))
        rows = order + _BETWEEN * (order >= FIVE_DRIVERS)
        clean(axes)
        _marks(axes, self, rows, 0.13 / row_height)
        _scales(axes, rows)
        title = f"What still holds people back in week {self.week}"
        under = f"{self.organisation}: how far use would rise if this alone were taken away"
        around(figure, title, under, self.notes, _EDGE)
        if len(self.names) > 1:
            key(figure, self.names, _EDGE, 0.86)
        return figure


def drivers_of(results: Results) -> Drivers:
    """Return what the chart of drivers shows of ``results``."""
    shape = (len(results.names), -1, len(DRIVER_LABELS))
    values = 100 * results.organisation_drivers[:, :, :, -1, :].reshape(shape)
    five = "Above the line: the five drivers of the confidence gap."
    return Drivers(
        results.names,
        results.organisation.name,
        (five, range_note(results), source_note(results)),
        results.weeks,
        *bands(values, axis=1),
    )


def _marks(axes: Axes, drivers: Drivers, rows: Floats, step: float) -> None:
    plans = len(drivers.names)
    for plan in range(plans):
        style = look(plan)
        places = rows + step * (plan - (plans - 1) / 2)
        axes.hlines(
            places, drivers.low[plan], drivers.high[plan], color=style.colour, alpha=0.4,
            linewidth=3,
        )  # fmt: skip
        axes.plot(
            drivers.means[plan], places, linestyle="", marker=style.marker, markersize=6.5,
            markeredgewidth=1.6, color=style.colour,
            markerfacecolor="white" if plan == 0 and plans > 1 else style.colour,
        )  # fmt: skip


def _scales(axes: Axes, rows: Floats) -> None:
    axes.set_ylim(rows[-1] + 0.5, -0.5)
    axes.set_yticks(rows, list(DRIVER_LABELS.values()))
    axes.tick_params(axis="y", labelcolor=INK, labelsize=9.5)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.axvline(0, color=MUTED, linewidth=0.8, zorder=0.5)
    axes.axhline(FIVE_DRIVERS - 0.5 + _BETWEEN / 2, color=GRID, linewidth=0.8)
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.0), max(high, 1.0))
    axes.set_xlabel(
        "percentage points on the chance of use on a workday, given access",
        fontsize=9, color=MUTED, labelpad=6, loc="left",
    )  # fmt: skip
