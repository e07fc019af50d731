"""Scores of forecasts of who adopts when; all take simulated times, shape (n, n_people)."""

from __future__ import annotations

import numpy as np

from forecasting.data import Floats, Ints
from sim.contrast import ranked

__all__ = ["SHRINK", "band", "coverage", "log_scores", "ranked_scores"]

SHRINK = 10.0
"""How many simulated times of the whole group a person's own forecast is mixed with."""


def log_scores(simulated: Ints, time: Ints, periods: int) -> Floats:
    """Return each person's log score: the log of the chance forecast for what happened.

    The forecast of a person is the frequency of each period over the simulations, mixed with
    that of the whole group (``SHRINK`` simulations' worth) and half a count in all cells
    together, so that what was never simulated is not impossible.

    Parameters
    ----------
    simulated : int64 array, shape (n, n_people)
        Of one group; periods 1 to ``periods``, and one more for never.
    time : int64 array, shape (n_people,)
    periods : int

    Returns
    -------
    float64 array, shape (n_people,)
        Never above 0; higher is better.

    Examples
    --------
    >>> sure = np.full((1000, 1), 2)
    >>> bool(log_scores(sure, np.array([2]), 3)[0] > -0.01)
    True
    """
    n, people = simulated.shape
    cells = periods + 1
    group = (np.bincount(simulated.ravel(), minlength=cells + 1)[1:] + 0.5 / cells) / (
        simulated.size + 0.5
    )
    own = (simulated == time).sum(axis=0)
    chance = (own + SHRINK * group[time - 1]) / (n + SHRINK)
    result: Floats = np.log(chance).reshape(people)
    return result


def _curves(simulated: Ints, periods: int) -> Floats:
    """Return the share that has adopted by each period; shape (n, periods)."""
    by = np.arange(1, periods + 1)
    result: Floats = (simulated[:, :, None] <= by).mean(axis=1)
    return result


def band(simulated: Ints, periods: int, level: float) -> Floats:
    """Return low end, median and high end of the group's curve by period; shape (3, periods)."""
    edges = [(1 - level) / 2, 0.5, (1 + level) / 2]
    result: Floats = np.quantile(_curves(simulated, periods), edges, axis=0)
    return result


def ranked_scores(simulated: Ints, time: Ints, periods: int) -> float:
    """Return the continuous ranked probability score of the group's curve, mean over periods.

    In shares of the group; 0 is perfect. A point forecast scores its absolute error.

    Examples
    --------
    >>> ranked_scores(np.full((50, 4), 1), np.array([1, 1, 2, 2]), 1)
    0.5
    """
    return float(ranked(_curves(simulated, periods), _curves(time[None], periods)[0]).mean())


def coverage(simulated: Ints, time: Ints, periods: int, level: float) -> Floats:
    """Return whether the group's curve lies in the forecast's central band, by quarter.

    At a quarter, half, three quarters and the whole of the periods; a value on the edge of the
    band counts as inside.

    Returns
    -------
    float64 array, shape (4,)
    """
    at = [max(1, round(periods * k / 4)) - 1 for k in (1, 2, 3, 4)]
    low, high = np.quantile(
        _curves(simulated, periods)[:, at], [(1 - level) / 2, (1 + level) / 2], axis=0
    )
    seen = _curves(time[None], periods)[0, at]
    result: Floats = ((seen >= low - 1e-12) & (seen <= high + 1e-12)).astype(float)
    return result
