"""Scores of forecasts that are draws: how far from what came, and how often inside the band."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["inside", "ranked"]

Floats = NDArray[np.float64]

_ROUNDED = 1e-9


def ranked(draws: Floats, seen: Floats) -> Floats:
    """Return continuous ranked probability scores (CRPS), in the units of what is forecast.

    0 is perfect; a forecast that is one point scores its distance [Gneiting & Raftery 2007,
    doi:10.1198/016214506000001437].

    Parameters
    ----------
    draws : float64 array, shape (n, k)
        Equally likely.
    seen : float64 array, shape (k,)

    Returns
    -------
    float64 array, shape (k,)

    Examples
    --------
    >>> ranked(np.array([[0.2], [0.2]]), np.array([0.5])).round(6).tolist()
    [0.3]
    """
    ordered = np.sort(draws, axis=0)
    n = len(ordered)
    error = np.abs(ordered - seen).mean(axis=0)
    weight = 2 * np.arange(1, n + 1) - n - 1
    result: Floats = error - (weight[:, None] * ordered).sum(axis=0) / n**2
    return result


def inside(draws: Floats, seen: Floats, level: float = 0.8) -> NDArray[np.bool_]:
    """Return whether what came lies in the middle band of draws; its edges belong to it.

    Parameters
    ----------
    draws : float64 array, shape (n, k)
    seen : float64 array, shape (k,)
    level : float
        Share of the draws in the band.
    """
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    result: NDArray[np.bool_] = (seen >= low - _ROUNDED) & (seen <= high + _ROUNDED)
    return result
