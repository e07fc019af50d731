"""What it is worth to know one more thing before deciding: the value of information."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["value_of_knowing"]

Floats = NDArray[np.float64]

SHUFFLES = 8


def value_of_knowing(options: Floats, thing: Floats, weights: Floats, seed: int = 0) -> float:
    """Return how much better the best option is expected to be once a thing is known.

    The expected value of partial perfect information, by regression [Strong, Oakley & Brennan
    2014, doi:10.1177/0272989X13505910]: what each option brings is fitted to the thing (a
    quadratic), and the best of the fitted is taken for each value of it. What
    the same gives of a thing that tells nothing, a shuffled one, is taken off.

    Parameters
    ----------
    options : float64 array, shape (n, n_options)
        What each option brings in each replicate.
    thing : float64 array, shape (n,) or (n, k)
        What would be known; k things together.
    weights : float64 array, shape (n,)
        They sum to 1.

    Returns
    -------
    float
        In units of the options, 0 or more; 0 where the thing does not differ.
    """
    things = thing.reshape(len(thing), -1)
    things = things[:, np.ptp(things, axis=0) > 0]
    if things.shape[1] == 0 or options.shape[1] < 2:
        return 0.0
    rng = np.random.default_rng([seed, 3])
    found = _gain(options, things, weights)
    idle = [_gain(options, rng.permutation(things), weights) for _ in range(SHUFFLES)]
    return max(0.0, found - float(np.mean(idle)))


def _gain(options: Floats, things: Floats, weights: Floats) -> float:
    mean = weights @ things
    z = (things - mean) / np.sqrt(weights @ (things - mean) ** 2)
    design = np.concatenate([np.ones((len(z), 1)), z, z**2], axis=1)
    root = np.sqrt(weights)[:, None]
    fit = np.linalg.lstsq(design * root, options * root, rcond=None)[0]
    best = (design @ fit).max(axis=1)
    return float(weights @ best - (weights @ options).max())
