"""What answers on a few steps say of where people are: between the steps, not on them.

Who answers 1 on five steps is somewhere from 0 to an eighth, not at 0. Answers are taken as steps
of a normal in logits, as start values are drawn; its middle is found by likelihood, and each
answer is read as the mean of its step.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["middle_of", "steps_of"]

Floats = NDArray[np.float64]

STEPS = (4, 6, 10)
"""Steps of the scales in use: five, seven and eleven answers."""

EDGE = 1e-3
MIDDLES = np.linspace(-4.0, 4.0, 161)
SPREADS = np.linspace(0.3, 2.0, 35)
INSIDE = (np.arange(8) + 0.5) / 8


def steps_of(values: Floats) -> int:
    """Return into how many steps answers from 0 to 1 fall; 0 where they are on no scale.

    Examples
    --------
    >>> steps_of(np.array([0.0, 0.25, 1.0])), steps_of(np.array([0.2, 0.31]))
    (4, 0)
    """
    return next((n for n in STEPS if np.allclose(values * n, np.rint(values * n))), 0)


def middle_of(values: Floats) -> tuple[float, Floats]:
    """Return the median of where people are, and where each is.

    Parameters
    ----------
    values : float64 array, shape (n,)
        Answers from 0 to 1, none missing.

    Returns
    -------
    float
        From 0 to 1, the ends excluded.
    float64 array, shape (n,)
        The answers, read as the means of their steps; as they are where they are on no scale.

    Examples
    --------
    >>> middle, read = middle_of(np.array([0.0] * 6 + [0.25] * 4))
    >>> 0.05 < middle < 0.15, bool(0 < read[0] < read[-1] < 0.25)
    (True, True)
    """
    n = steps_of(values)
    if not n:
        return float(np.clip(np.median(values), EDGE, 1 - EDGE)), values
    from scipy.special import expit, logit, ndtr, ndtri

    answers, at, counts = np.unique(values, return_inverse=True, return_counts=True)
    low = logit(np.clip(answers - 0.5 / n, EDGE, None))
    high = logit(np.clip(answers + 0.5 / n, None, 1 - EDGE))
    middles, spreads = MIDDLES[:, None, None], SPREADS[None, :, None]
    inside = ndtr((high - middles) / spreads) - ndtr((low - middles) / spreads)
    logs = np.log(np.maximum(inside, 1e-12)) @ counts
    row, column = np.unravel_index(logs.argmax(), logs.shape)
    middle, spread = float(MIDDLES[row]), float(SPREADS[column])
    ends = ndtr((np.stack([low, high]) - middle) / spread)
    parts = ends[0] + INSIDE[:, None] * (ends[1] - ends[0])
    means = expit(middle + spread * ndtri(np.clip(parts, 1e-9, 1 - 1e-9))).mean(axis=0)
    means = np.clip(means, np.maximum(answers - 0.5 / n, 0), np.minimum(answers + 0.5 / n, 1))
    return float(expit(middle)), means[at.reshape(-1)]
