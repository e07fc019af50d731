"""Samples of complete parameter sets: from the priors, and from the shipped posterior.

The posterior is the result of the reference calibration (``experiments/calibration``), and
comes with Uptake as ``posterior.csv``, a line a parameter set. All its sets count the same.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import did_you_mean
from sim.parameters import PARAMETERS, TIED, parameter_rows, with_tied
from sim.tables import (
    MISSING,
    CsvRow,
    Problems,
    Table,
    between,
    open_table,
    texts,
    two_notations,
)

__all__ = [
    "DRAWN", "POSTERIOR_FILE", "UNCERTAIN", "more_sets", "posterior", "prior_sample", "read_sets",
]  # fmt: skip

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
    rng = np.random.default_rng(seed).random((n, len(UNCERTAIN)))
    columns = {name: PARAMETERS[name].prior.quantile(rng[:, k]) for k, name in enumerate(UNCERTAIN)}
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
    rng = np.random.default_rng(seed)
    rounds = [rng.permutation(len(whole)) for _ in range(-(-n // len(whole)))]
    chosen: NDArray[np.void] = whole[np.concatenate(rounds)[:n]]
    return chosen


def more_sets(rows: NDArray[np.void], n: int, seed: int = 0) -> NDArray[np.void]:
    """Return more parameter sets like those of a sample: the same spread, between its sets.

    Each is a set of the sample, moved in normal scores of its parameters by a normal kernel
    of the sample's own correlation, and drawn towards the middle by as much as the kernel
    adds, so that spread and correlation stay (Liu & West 2001, doi:10.1007/978-1-4757-3437-9_10;
    Silverman's width). Parameters that do not differ in the sample keep their value.

    Parameters
    ----------
    rows : structured array of ``PARAMETER_DTYPE``, shape (n_sets,)
        Three or more, or nothing is added.
    n : int
        How many sets in all; those of the sample come first, and all of them stay.

    Returns
    -------
    structured array of ``PARAMETER_DTYPE``, shape (max(n, n_sets),)

    Examples
    --------
    >>> more = more_sets(posterior(), 400)
    >>> len(more), bool((more[:288] == posterior()).all())
    (400, True)
    """
    names = [name for name in UNCERTAIN if len(rows) > 2 and np.ptp(rows[name]) > 0]
    if n <= len(rows) or not names:
        return rows
    from scipy.special import ndtr, ndtri
    from scipy.stats import rankdata

    rng, count = np.random.default_rng([seed, 7]), n - len(rows)
    values = np.stack([rows[name] for name in names], axis=1)
    scores = ndtri((rankdata(values, axis=0) - 0.5) / len(rows))
    d = len(names)
    width = (4 / (d + 2)) ** (1 / (d + 4)) * len(rows) ** (-1 / (d + 4))
    turns = -(-count // len(rows))
    start = np.concatenate([rng.permutation(len(rows)) for _ in range(turns)])[:count]
    spread = np.linalg.eigh(np.atleast_2d(np.cov(scores.T)))
    root = spread[1] * np.sqrt(np.maximum(spread[0], 0.0))
    moved = np.sqrt(1 - width**2) * scores[start]
    moved += width * rng.standard_normal((count, d)) @ root.T
    share = (np.arange(len(rows)) + 0.5) / len(rows)
    columns = {
        name: np.interp(ndtr(moved[:, k]), share, np.sort(values[:, k]))
        for k, name in enumerate(names)
    }
    added = parameter_rows(with_tied(columns), n=count, base=rows[start])
    return np.concatenate([rows, added])


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
    problems, label = Problems(), str(path)
    table = open_table(path, problems, [], known=PARAMETERS, label=label)
    if table is not None:
        for name in table.columns:
            if name not in PARAMETERS:
                right = did_you_mean(name, list(PARAMETERS))
                problems.add(f"{label}:{table.header.line}", name, "is not a parameter", right)
    problems.raise_if_any(label)
    assert table is not None
    rows = list(table.rows(problems))
    values = _values(table, rows, problems)
    if not rows and not problems.count:
        right = "a file of parameter sets, as uptake calibrate writes it"
        problems.add(label, "", "has no sets", right)
    problems.raise_if_any(label)
    return parameter_rows(values, n=len(rows))


def _values(table: Table, rows: list[CsvRow], problems: Problems) -> dict[str, NDArray[np.float64]]:
    """Return the numbers of each column; an empty cell is a problem."""
    columns = []
    for name in table.columns if rows else ():
        low, high = PARAMETERS[name].low, PARAMETERS[name].high
        column = table.numbers(name, between(low, high), f"a number from {low:g} to {high:g}")
        if not column.add_many(texts(rows, name)):
            for row in rows:
                column.add(row)
                if row.cell(name) in MISSING:
                    problems.add(row.where(name), name, "is empty", "a number in every set")
        columns.append(column)
    two_notations(columns, problems)
    return {column.name: column.conclude(problems) for column in columns}
