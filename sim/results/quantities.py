"""What is said about a run: recorded outcomes at chosen weeks, and figures of a whole run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.results.figures import RUN_FIGURES, run_figures
from sim.results.measure import at
from sim.results.series import variables

if TYPE_CHECKING:
    from sim.results.results import Results

__all__ = ["CHECKPOINTS", "Quantity", "checkpoints", "of_the_run", "quantities", "recorded"]

Floats = NDArray[np.float64]

CHECKPOINTS = (13, 26, 52)
"""Weeks at which outcomes are reported, as far as a run reaches; its last week besides."""


@dataclass(frozen=True, eq=False)
class Quantity:
    """One figure a replicate.

    Parameters
    ----------
    week : int
        The week it belongs to; the last week for figures of a whole run.
    values : float64 array, shape (n_scenarios, n_samples, n_seeds)
    """

    name: str
    week: int
    unit: str
    meaning: str
    values: Floats


def checkpoints(weeks: int) -> tuple[int, ...]:
    """Return the weeks reported of a run of ``weeks``.

    Examples
    --------
    >>> checkpoints(52), checkpoints(20)
    ((13, 26, 52), (13, 20))
    """
    return tuple(sorted({week for week in CHECKPOINTS if week < weeks} | {weeks}))


def recorded(results: Results, outcome: str, week: int) -> Quantity:
    """Return an outcome in a week."""
    v, values = variables()[outcome], at(outcome, week).of_weekly(results.records.weekly)
    return Quantity(outcome, week, v.unit, v.meaning, values)


def of_the_run(results: Results) -> dict[str, Quantity]:
    """Return the figures of the whole run, by name."""
    figures = run_figures(results.records.weekly)
    return {
        v.name: Quantity(v.name, results.weeks, v.unit, v.meaning, figures[v.name])
        for v in RUN_FIGURES
    }


def quantities(results: Results) -> tuple[Quantity, ...]:
    """Return every figure that the summary reports, in the order it reports them."""
    of_weeks = (
        recorded(results, name, week) for name in variables() for week in checkpoints(results.weeks)
    )
    return (*of_weeks, *results.of_the_run.values())
