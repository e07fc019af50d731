"""Plain models of a curve of use: what a forecast must not be worse than.

Each forecasts from the measured weeks alone, knows nothing of plans or people, and gives draws
(normal quantiles, so that no chance is in them).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["PLAIN", "last_value", "logistic_growth"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST = 0.01
"""Smallest standard deviation of a forecast share."""

ENOUGH = 3
"""Past changes over as many weeks from which their size is taken."""


def last_value(weeks: Ints, values: Floats, ahead: Ints, n: int = 256) -> Floats:
    """Forecast that use stays where it was last; doubt as large as past changes were.

    Parameters
    ----------
    weeks : int64 array, shape (k,)
        Weeks measured, in order.
    values : float64 array, shape (k,)
        Shares.
    ahead : int64 array, shape (m,)
        Later weeks.
    n : int
        How many draws.

    Returns
    -------
    float64 array, shape (n, m)
        Within 0 and 1.
    """
    apart = weeks[:, None] - weeks[None]
    change = (values[:, None] - values[None]) ** 2
    steps = change[apart > 0] / apart[apart > 0]
    each = float(steps.mean()) if len(steps) else LEAST**2
    spread = np.empty(len(ahead))
    for k, far in enumerate((ahead - weeks[-1]).tolist()):
        same = change[apart == far]
        spread[k] = np.sqrt(same.mean() if len(same) >= ENOUGH else each * far)
    return _drawn(np.full(len(ahead), values[-1]), spread, n)


def logistic_growth(weeks: Ints, values: Floats, ahead: Ints, n: int = 256) -> Floats:
    """Forecast by a logistic curve through what was measured: level, middle and speed.

    Fitted by least squares; doubt holds what the curve leaves and how well it is known.
    Parameters and result as in ``last_value``; three weeks or more.
    """
    from scipy.optimize import least_squares

    first = float(weeks[0])

    def curve(x: Floats, at: NDArray[np.number]) -> Floats:
        with np.errstate(over="ignore"):
            result: Floats = x[0] / (1 + np.exp(-(at - x[1]) / x[2]))
        return result

    def off(x: Floats) -> Floats:
        return curve(x, weeks) - values

    highest = float(values.max())
    fits = [
        least_squares(
            off,
            [min(max(level, 1e-3), 1.0), middle, speed],
            bounds=([0, first - 52, 0.2], [1, first + 104, 52]),
        )
        for level, middle, speed in (
            (highest, float(weeks.mean()), 2.0), (1.0, float(weeks[-1]), 4.0),
            (highest, first - 4, 1.0),
        )
    ]  # fmt: skip
    best = min(fits, key=lambda fit: float(fit.cost))
    left = 2 * float(best.cost) / max(len(weeks) - 3, 1)
    jacobian: Floats = np.asarray(best.jac, np.float64)
    known = left * np.linalg.pinv(jacobian.T @ jacobian)
    step = 1e-4
    slopes = np.stack(
        [(curve(best.x + step * e, ahead) - curve(best.x - step * e, ahead)) / (2 * step)
         for e in np.eye(3)], axis=1,
    )  # fmt: skip
    spread = np.sqrt(left + np.einsum("ki,ij,kj->k", slopes, known, slopes))
    return _drawn(curve(best.x, ahead), spread, n)


PLAIN: dict[str, Callable[[Ints, Floats, Ints], Floats]] = {
    "last value": last_value,
    "logistic growth": logistic_growth,
}
"""The plain models by name."""


def _drawn(middle: Floats, spread: Floats, n: int) -> Floats:
    from scipy.special import ndtri

    normal = ndtri((np.arange(n) + 0.5) / n)
    drawn = middle + np.maximum(spread, LEAST) * normal[:, None]
    result: Floats = np.clip(drawn, 0.0, 1.0)
    return result
