"""Samples of complete parameter sets: from the priors, and from the shipped posterior.

The posterior is the result of the reference calibration (``experiments/calibration``), and
comes with Uptake as ``posterior.csv``, a line a parameter set. All its sets count the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats
from sim.errors import did_you_mean
from sim.parameters import PARAMETERS, TIED, parameter_rows, with_tied
from sim.tables import MISSING, CsvRow, Problems, Table, between, open_table, texts, two_notations

POSTERIOR_FILE = Path(__file__).with_name("posterior.csv")
"""The shipped posterior sample."""
UNCERTAIN = tuple(name for name, p in PARAMETERS.items() if not p.prior.is_fixed)
"""Parameters that are in doubt: those whose prior is not fixed, in the order declared."""
DRAWN = (*UNCERTAIN, *TIED)
"""Parameters that differ from set to set: those in doubt, and those tied to them."""


OUT_OF_REACH = "out_of_reach"
"""Column of a table of sets that are no posterior."""


def prior_sample(n: int, seed: int = 0) -> NDArray[np.void]:
    """Return complete parameter sets drawn from the priors, all independent.

    The same seed gives the same sets. Parameters with a fixed prior have their default. Structured
    array of ``PARAMETER_DTYPE``, shape (n,).
    """
    rng = np.random.default_rng(seed).random((n, len(UNCERTAIN)))
    columns = {name: PARAMETERS[name].prior.quantile(rng[:, k]) for k, name in enumerate(UNCERTAIN)}
    return parameter_rows(with_tied(columns), n=n)


def posterior(n: int | None = None, seed: int = 0) -> NDArray[np.void]:
    """Return complete parameter sets of the shipped posterior sample (or see ``use``).

    Structured array of ``PARAMETER_DTYPE``, shape (n,). Raises ValueError for ``n`` below 1.

    - ``n``: how many; all of them when None. Up to the sample's size they differ; beyond it every
      set comes equally often, give or take one.
    - ``seed``: which, and in which order; of no effect when ``n`` is None.
    """
    whole = (_in_use[0] if _in_use else _shipped()).copy()
    return whole if n is None else chosen(whole, n, seed)


def chosen(whole: NDArray[np.void], n: int, seed: int = 0) -> NDArray[np.void]:
    """Return some sets of a sample; arguments and result as of ``posterior``."""
    if n < 1:
        raise ValueError(f"n is {n}: 1 or more would be right")
    rng = np.random.default_rng(seed)
    rounds = [rng.permutation(len(whole)) for _ in range(-(-n // len(whole)))]
    return whole[np.concatenate(rounds)[:n]]


def central(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Return the most central set of a sample, shape (1,): a real one, not the medians.

    That with the least mean distance to all others, in normal scores.
    """
    names = [name for name in UNCERTAIN if np.ptp(rows[name]) > 0]
    row = 0
    if names and len(rows) > 2:
        scores = Copula.of(rows, names).scores
        far = np.sqrt(((scores[:, None] - scores[None]) ** 2).sum(axis=2)).mean(axis=1)
        row = int(far.argmin())
    return rows[row : row + 1]


_in_use: list[NDArray[np.void]] = []


def use(rows: NDArray[np.void] | None) -> None:
    """Let ``posterior`` give these sets in this process; the shipped ones again for None.

    For commands that ask the posterior in many places of one result, as the page and the
    report do; what is given a sample takes it as an argument.
    """
    _in_use[:] = [] if rows is None else [rows]


def more_sets(rows: NDArray[np.void], n: int, seed: int = 0) -> NDArray[np.void]:
    """Return more parameter sets like those of a sample: the same spread, between its sets.

    Each is a set of the sample, moved in normal scores of its parameters by a normal kernel of the
    sample's own correlation, and drawn towards the middle by as much as the kernel adds, so that
    spread and correlation stay (Liu & West 2001, doi:10.1007/978-1-4757-3437-9_10; Silverman's
    width). Parameters that do not differ in the sample keep their value. Structured array of
    ``PARAMETER_DTYPE``, shape (max(n, n_sets),).

    - ``rows``, shape (n_sets,): three or more, or nothing is added.
    - ``n``: how many sets in all; those of the sample come first, and all of them stay.

    >>> more = more_sets(posterior(), 400)
    >>> len(more), bool((more[:288] == posterior()).all())
    (400, True)
    """
    names = [name for name in UNCERTAIN if len(rows) > 2 and np.ptp(rows[name]) > 0]
    if n <= len(rows) or not names:
        return rows
    rng, count = np.random.default_rng([seed, 7]), n - len(rows)
    like = Copula.of(rows, names)
    d = len(names)
    width = (4 / (d + 2)) ** (1 / (d + 4)) * len(rows) ** (-1 / (d + 4))
    turns = -(-count // len(rows))
    start = np.concatenate([rng.permutation(len(rows)) for _ in range(turns)])[:count]
    moved = np.sqrt(1 - width**2) * like.scores[start]
    moved += width * rng.standard_normal((count, d)) @ like.root.T
    added = parameter_rows(with_tied(like.values_at(moved)), n=count, base=rows[start])
    return np.concatenate([rows, added])


@dataclass(frozen=True, eq=False)
class Copula:
    """A sample as a distribution: its margins, and a normal dependence between them."""

    names: tuple[str, ...]
    ordered: Floats
    """Values of each parameter, rising, shape (n_sets, d)."""
    scores: Floats
    """Normal scores of the sample's sets, shape (n_sets, d)."""
    root: Floats
    """Root of their correlation: root @ root.T. Shape (d, d)."""

    @classmethod
    def of(cls, rows: NDArray[np.void], names: Sequence[str]) -> Copula:
        """Return the distribution of some parameters of a sample."""
        from scipy.special import ndtri
        from scipy.stats import rankdata

        values = np.stack([rows[name] for name in names], axis=1).astype(np.float64)
        scores = ndtri((rankdata(values, axis=0) - 0.5) / len(rows))
        sizes, axes = np.linalg.eigh(np.atleast_2d(np.cov(scores.T)))
        root = axes * np.sqrt(np.maximum(sizes, 0.0))
        return cls(tuple(names), np.sort(values, axis=0), scores, root)

    def values_at(self, scores: Floats) -> dict[str, Floats]:
        """Return the values of normal scores, shape (n, d), by parameter."""
        from scipy.special import ndtr

        share = (np.arange(len(self.ordered)) + 0.5) / len(self.ordered)
        below = ndtr(scores)
        return {
            name: np.interp(below[:, k], share, self.ordered[:, k])
            for k, name in enumerate(self.names)
        }

    def shares(self, points: Floats) -> Floats:
        """Return shares of the margins at points of the unit cube, which are independent."""
        from scipy.special import ndtr, ndtri

        return ndtr(ndtri(np.clip(points, 1e-12, 1 - 1e-12)) @ self.root.T)

    def columns(self, points: Floats) -> dict[str, Floats]:
        """Return values by parameter at points of the unit cube, shape (n, d)."""
        from scipy.special import ndtri

        return self.values_at(ndtri(np.clip(points, 1e-12, 1 - 1e-12)) @ self.root.T)


def sets_of(file: Path | None) -> NDArray[np.void]:
    """Return the parameter sets of a file, or of the shipped posterior where there is none."""
    return posterior() if file is None else read_sets(file)


def said_of(rows: NDArray[np.void]) -> str:
    """Return which parameter sets these are, for a record: the shipped ones, or by their hash.

    >>> said_of(posterior()), said_of(posterior()[:5])[:17]
    ('shipped, 288 sets', 'own, 5 sets, sha2')
    """
    if rows.shape == _shipped().shape and (rows == _shipped()).all():
        return f"shipped, {len(rows):,} sets"
    return f"own, {len(rows):,} sets, sha256 {sha256(rows.tobytes()).hexdigest()[:16]}"


@cache
def _shipped() -> NDArray[np.void]:
    return read_sets(POSTERIOR_FILE)


def read_sets(path: Path) -> NDArray[np.void]:
    """Return the parameter sets in a CSV file whose columns are names of parameters.

    Parameters that the file does not name have their default. Raises InputError where it cannot be
    read, names what is no parameter, or leaves a range.
    """
    problems, label = Problems(), str(path)
    table = open_table(path, problems, [], known=PARAMETERS, label=label)
    if table is not None:
        if OUT_OF_REACH in table.columns:
            what = "holds the sets of a calibration that did not reach what was measured"
            right = "a posterior; see report.md beside it, or uptake calibrate --anyway"
            problems.add(label, "", what, right)
            problems.raise_if_any(label)
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


def _values(table: Table, rows: list[CsvRow], problems: Problems) -> dict[str, Floats]:
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
