"""Samples of complete parameter sets: from the priors, and from the shipped posterior.

The posterior is the result of the reference calibration (``experiments/calibration``), and
comes with Uptake as ``posterior.csv``, a line a parameter set. All its sets count the same.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.parameters import PARAMETERS, TIED, parameter_rows, with_tied

__all__ = ["DRAWN", "POSTERIOR_FILE", "UNCERTAIN", "posterior", "prior_sample", "read_sets"]

POSTERIOR_FILE = Path(__file__).with_name("posterior.csv")
"""The shipped posterior sample."""

UNCERTAIN = tuple(name for name, p in PARAMETERS.items() if not p.prior.is_fixed)
"""Parameters that are in doubt: those whose prior is not fixed, in the order declared."""

DRAWN = (*UNCERTAIN, *TIED)
"""Parameters that differ from set to set: those in doubt, and those tied to them."""


def prior_sample(n: int, seed: int = 0) -> NDArray[np.void]:
    """Return complete parameter sets drawn from the priors, all independent.

    Parameters
    ----------
    n : int
    seed : int
        The same seed gives the same sets.

    Returns
    -------
    structured array of ``PARAMETER_DTYPE``, shape (n,)
        Parameters with a fixed prior have their default.

    Examples
    --------
    >>> rows = prior_sample(3)
    >>> rows.shape, bool((rows["b_trust"] >= 0).all())
    ((3,), True)
    """
    luck = np.random.default_rng(seed).random((n, len(UNCERTAIN)))
    columns = {
        name: PARAMETERS[name].prior.quantile(luck[:, k]) for k, name in enumerate(UNCERTAIN)
    }
    return parameter_rows(with_tied(columns), n=n)


def posterior(n: int | None = None, seed: int = 0) -> NDArray[np.void]:
    """Return complete parameter sets of the shipped posterior sample.

    Parameters
    ----------
    n : int, optional
        How many; all of them when None. Up to the sample's size they differ; beyond it
        every set comes equally often, give or take one.
    seed : int
        Which, and in which order; of no effect when ``n`` is None.

    Returns
    -------
    structured array of ``PARAMETER_DTYPE``, shape (n,)

    Raises
    ------
    ValueError
        For ``n`` below 1.

    Examples
    --------
    >>> sets = posterior(3)
    >>> sets.shape
    (3,)
    """
    whole = _shipped().copy()
    if n is None:
        return whole
    if n < 1:
        raise ValueError(f"n is {n}: 1 or more would be right")
    luck = np.random.default_rng(seed)
    rounds = [luck.permutation(len(whole)) for _ in range(-(-n // len(whole)))]
    chosen: NDArray[np.void] = whole[np.concatenate(rounds)[:n]]
    return chosen


@cache
def _shipped() -> NDArray[np.void]:
    return read_sets(POSTERIOR_FILE)


def read_sets(path: Path) -> NDArray[np.void]:
    """Return the parameter sets in a CSV file whose columns are names of parameters.

    Parameters that the file does not name have their default.

    Raises
    ------
    InputError
        Where it cannot be read, names what is no parameter, or leaves a range.
    """
    right = "a file of parameter sets, as uptake calibrate writes it"
    try:
        with path.open(encoding="utf-8") as stream:
            names, *lines = stream.read().splitlines() or [""]
        columns = names.split(",")
        values = np.array([[float(x) for x in line.split(",")] for line in lines], np.float64)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error).splitlines()[0]
        problem = Problem(str(path), "", f"cannot be read: {said}", right)
        raise InputError([problem]) from None
    if values.shape[1:] != (len(columns),):
        raise InputError([Problem(str(path), "", "has no sets, or lines of other lengths", right)])
    return parameter_rows(dict(zip(columns, values.T, strict=True)), n=len(values))
