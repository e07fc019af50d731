r"""How well parameter sets and replicates explain one firm's measured use: the one kernel.

What is measured in a firm is one run of chance: the same parameter set gives another curve
next time, high or low for weeks on end. So a set is not asked whether its mean is what was
measured, but whether a run of it could have been. In angles φ = arcsin √share, where chance
varies about alike at every level, measured values φ are taken as normal about the mean of a
set's replicates, with covariance

    C (1 + 1/R) + σ² K + S

- C, chance: the covariance of a set's R replicates about their mean, over weeks and groups,
  pooled over the sets that come near (it needs two replicates a set or more);
- σ² K, what the model may be off by though its parameters are right: alike in neighbouring
  weeks (exp(−weeks/``MEMORY``)), half of it common to all groups. σ is not known: it is one of
  ``SCALES``, each the less likely beforehand the larger it is (exponential, of mean
  ``DISCREPANCY`` [Simpson et al. 2017, doi:10.1214/16-STS576]), and the data weigh them;
- S, sampling: where only some of the people were measured; and rounding.

How to use it::

    observed = read_usage(file, weeks, start, organisation)           # observed.py
    records = run_cases([case], seeds, record=recorded(observed.by, observed.outcomes))
    weighed = weigh(observed, points(records, organisation, observed))  # observed.py
    weighed.weights           # (n_sets, n_replicates), sums to 1
    weighed.effective         # effective sample size, in sets
    weighed.nearest           # above FAR nothing is like what was measured
    weighed.mean(values)      # weighed mean of anything told of every replicate
    weighed.adjusted(values)  # the same values, had each replicate had the firm's own chance
    weighed.forecast(...)     # curves of weeks ahead, equally likely

Weights are of sets, and of replicates inside each set by how near their chance comes; both by
the curve of the whole. The rest of the chance is moved over by ``adjusted``: what varies along
with the measured curves inside a set is moved by their covariance (exact where all is normal;
Matheron's rule). There a group's own curve counts, for what is told of that group. That it
does not count among the weights was found by simulation: curves of many small teams are so far
from normal that bands came out too narrow.

Sources: the synthetic likelihood [Wood 2010, doi:10.1038/nature09319]; a discrepancy of the
model [Kennedy & O'Hagan 2001, doi:10.1111/1467-9868.00294]; regression adjustment [Beaumont,
Zhang & Balding 2002, doi:10.1093/genetics/162.4.2025].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.analysis.calibration.smc import next_temperature
from sim.analysis.firm.observed import WHOLE, Observed
from sim.arrays import Floats, Ints

SCALES = (0.0, 0.025, 0.05, 0.1)
"""How far the model may be off in a share though its parameters are right; an ASSUMPTION."""
DISCREPANCY = 0.05
"""What is expected of it beforehand, and the scale that ``nearest`` counts in."""
MEMORY = 8.0
"""Weeks over which such a discrepancy fades; an ASSUMPTION."""
COMMON = 0.5
"""Share of such a discrepancy that is common to all groups; an ASSUMPTION."""
ROUNDING = 0.01
"""Standard deviation of rounding: neighbouring weeks do not tell a slope exactly."""
FAR = 2.0
"""Distance of the nearest set above which none is like what was measured."""
FEW = 20
"""Effective sample size below which there are few sets like what was measured."""
NEAR = 0.25
"""Effective share of the sets over which chance is pooled."""

_TOP = {"use_days": 7.0}


def angle(values: Floats, top: Floats | float = 1.0) -> Floats:
    """Return arcsin √(value / top): 0 at nobody, π/2 at everybody.

    >>> angle(np.array([0.0, 0.5, 1.0])).round(3).tolist()
    [0.0, 0.785, 1.571]
    """
    return np.arcsin(np.sqrt(np.clip(values / top, 0.0, 1.0)))


def share_of(angles: Floats, top: Floats | float = 1.0) -> Floats:
    """Return the values of angles: the inverse of ``angle``, held between its ends."""
    return top * np.sin(np.clip(angles, 0.0, np.pi / 2)) ** 2


class Place(NamedTuple):
    """Where values of curves stand."""

    outcomes: tuple[str, ...]
    weeks: Ints
    """Shape (n,)."""
    groups: tuple[str, ...]
    """``WHOLE`` for the whole organisation."""

    @classmethod
    def of(cls, observed: Observed) -> Place:
        """Return where measured values stand."""
        groups = observed.groups or (WHOLE,) * len(observed.weeks)
        return cls(observed.outcomes, observed.weeks, groups)

    @property
    def whole(self) -> Ints:
        """Rows of the whole organisation; all of them where there are none."""
        rows = np.flatnonzero(np.array(self.groups) == WHOLE)
        return rows if len(rows) else np.arange(len(self.groups))

    def rows(self, kept: Sequence[int] | Ints) -> Place:
        """Return some of the places."""
        rows = list(kept)
        return Place(
            tuple(self.outcomes[k] for k in rows), self.weeks[rows],
            tuple(self.groups[k] for k in rows),
        )  # fmt: skip

    @property
    def tops(self) -> Floats:
        """The largest value that each can have."""
        return np.array([_TOP.get(name, 1.0) for name in self.outcomes])


def alike(one: Place, other: Place, n_groups: int) -> Floats:
    """Return K: how much the model's discrepancies at two places are alike.

    That of the whole is the mean of its groups'.
    """
    same = np.array(one.outcomes)[:, None] == np.array(other.outcomes)[None]
    apart = np.abs(one.weeks[:, None] - other.weeks[None])
    mine, yours = np.array(one.groups)[:, None], np.array(other.groups)[None]
    part = np.where(mine == yours, 1.0, COMMON)
    if n_groups:
        mean = COMMON + (1 - COMMON) / n_groups
        part = np.where((mine == WHOLE) | (yours == WHOLE), mean, part)
    return np.exp(-apart / MEMORY) * same * part


def sampling(observed: Observed) -> Floats:
    """Return the variance of sampling and rounding of each angle."""
    return 0.25 / observed.people + ROUNDING**2


def _chance(apart: Floats, weights: Floats) -> Floats:
    """Return the covariance of chance: of replicates about the mean of their set.

    - ``apart``, shape (n_sets, n_replicates, k)
    - ``weights``, shape (n_sets,): how much each set counts; they sum to 1.
    """
    scaled = apart * np.sqrt(weights / (apart.shape[1] - 1))[:, None, None]
    flat = scaled.reshape(-1, apart.shape[2])
    return flat.T @ flat


def weigh(observed: Observed, simulated: Floats) -> Weighed:
    """Weigh parameter sets and replicates by how well they explain what was measured.

    - ``simulated``, shape (n_sets, n_replicates, n_values): what every replicate says at the
      measured values, in their units; two replicates a set or more.

    Raises ValueError for a single replicate a set.
    """
    n_sets, n_replicates, _ = simulated.shape
    if n_replicates < 2:
        raise ValueError("chance cannot be told from one replicate a set: needs two or more")
    place = Place.of(observed)
    at, seen = angle(simulated, place.tops), angle(observed.values, place.tops)
    apart = at - at.mean(axis=1, keepdims=True)
    rows = place.whole
    shape = alike(place, place, len(observed.names))[np.ix_(rows, rows)]
    error = np.diag(sampling(observed)[rows])
    off, mine = (seen - at.mean(axis=1))[:, rows], apart[..., rows]
    counted = np.full(n_sets, 1.0 / n_sets)
    for last in (False, True):
        chance = _chance(mine, counted)
        about = [chance * (1 + 1 / n_replicates) + s**2 * shape + error for s in SCALES]
        logs = np.stack(
            [_log_normal(off, one) - s / DISCREPANCY for s, one in zip(SCALES, about, strict=True)]
        )
        over = np.logaddexp.reduce(logs, axis=0)
        if not last:  # chance once more, of the sets that come near
            counted = _normed(next_temperature(over, 0.0, NEAR * n_sets) * over)
    of_sets = _normed(over)
    middle = about[SCALES.index(DISCREPANCY)]
    inside = _squared((seen - at)[..., rows].reshape(n_sets * n_replicates, -1), middle)
    inside = inside.reshape(n_sets, n_replicates)
    inside = np.exp(-0.5 * (inside - inside.min(axis=1, keepdims=True)))
    weights = of_sets[:, None] * inside / inside.sum(axis=1, keepdims=True)
    gaps = (((simulated - observed.values) / place.tops)[..., rows] ** 2).mean(axis=2)
    return Weighed(
        observed, weights, np.exp(logs - over).T, float(1 / (of_sets**2).sum()),
        float(np.sqrt(_squared(off, middle).min() / len(rows))),
        float(np.sqrt((weights * gaps).sum())), at - seen, apart, counted,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Weighed:
    """Parameter sets and replicates, weighed by what was measured in one firm."""

    observed: Observed
    weights: Floats
    """They sum to 1, shape (n_sets, n_replicates)."""
    scales: Floats
    """How likely each scale of the discrepancy is under each set; rows sum to 1. Shape (n_sets,
    len(SCALES))."""
    effective: float
    """Effective sample size, in parameter sets."""
    nearest: float
    """Distance of the nearest set from what was measured, as a multiple of what chance and
    discrepancy explain (root mean square); above ``FAR`` none is like it."""
    off: float
    """How far the weighed replicates are from what was measured (root mean square of shares)."""
    residuals: Floats
    """Replicates less what was measured, in angles, shape (n_sets, n_replicates, n_values)."""
    apart: Floats
    """Replicates less the mean of their set, in angles, of the same shape."""
    counted: Floats
    """How much each set counts where chance is pooled, shape (n_sets,)."""

    @property
    def of_sets(self) -> Floats:
        """Weights of the parameter sets, shape (n_sets,)."""
        return self.weights.sum(axis=1)

    @property
    def discrepancy(self) -> float:
        """How far the model is off in a share, as the data tell it."""
        return float(self.of_sets @ self.scales @ np.array(SCALES))

    @property
    def is_surprise(self) -> bool:
        """Whether what was measured is hardly, or not, like any set."""
        return self.nearest > FAR or self.effective < FEW

    def mean(self, values: Floats) -> Floats:
        """Return the weighed mean of values of every replicate, (n_sets, n_replicates, …)."""
        return np.tensordot(self.weights, values, axes=2)

    def drawn(self, n: int, seed: int) -> tuple[Ints, Ints]:
        """Return n replicates drawn by weight (systematic resampling): their sets, and which."""
        rng = np.random.default_rng([seed, 5])
        marks = (rng.random() + np.arange(n)) / n
        flat = np.minimum(
            np.searchsorted(np.cumsum(self.weights), marks), self.weights.size - 1
        ).astype(np.int64)
        return flat // self.weights.shape[1], flat % self.weights.shape[1]

    def adjusted(self, values: Floats, groups: Sequence[str] = (), seed: int = 0) -> Floats:
        """Return values of every replicate, had it had the observed firm's own chance.

        Inside a set, what varies along with the measured curves is moved by as much as the
        replicate is off them. Weighed as before; values may leave their range.

        - ``values``, shape (n_sets, n_replicates, ...)
        - ``groups``: of which group each is told; of the whole by default.

        Of the same shape as ``values``.
        """
        flat = values.reshape(*self.weights.shape, -1)
        names = tuple(groups) or (WHOLE,)
        whose = names * (flat.shape[2] // len(names))
        sets, replicates = (one.ravel() for one in np.indices(self.weights.shape))
        moved = self._moved(flat, sets, replicates, whose, None, seed)
        return moved.reshape(values.shape)

    def forecast(self, ahead: Floats, where: Place, n: int = 1024, seed: int = 0) -> Floats:
        """Return what may be measured at other weeks, given what was.

        Equally likely, week by week and together over the weeks of a group. Shape (n, n_places).

        - ``ahead``, shape (n_sets, n_replicates, n_places): what every replicate says there, in the
          units of the outcomes.
        - ``where``: where that is: its weeks, groups and outcomes.
        - ``n``: how many draws.
        """
        sets, replicates = self.drawn(n, seed)
        at = angle(ahead, where.tops)
        moved = self._moved(at, sets, replicates, where.groups, where, seed)
        return share_of(moved, where.tops)

    def _moved(
        self, values: Floats, sets: Ints, replicates: Ints, groups: Sequence[str],
        where: Place | None, seed: int,
    ) -> Floats:  # fmt: skip
        """Return values of some replicates, moved to the firm's chance; shape (n, q).

        Group by group, by the curves of the whole and of the group.
        """
        mine, whose = Place.of(self.observed), np.array(groups)
        ends = np.cumsum(self.scales[sets], axis=1)
        drawn = np.random.default_rng([seed, 6]).random((len(sets), 1))
        scale = (drawn > ends[:, :-1]).sum(axis=1)
        found = np.empty((len(sets), values.shape[2]))
        for k, group in enumerate(dict.fromkeys(groups)):
            columns = np.flatnonzero(whose == group)
            rows = np.flatnonzero([one in (WHOLE, group) for one in mine.groups])
            there = None if where is None else where.rows(columns)
            found[:, columns] = self._of_group(
                values[..., columns], rows, sets, replicates, scale, there,
                np.random.default_rng([seed, 7, k]),
            )  # fmt: skip
        return found

    def _of_group(
        self, values: Floats, rows: Ints, sets: Ints, replicates: Ints, scale: Ints,
        where: Place | None, rng: np.random.Generator,
    ) -> Floats:  # fmt: skip
        """Return values moved by Matheron's rule.

        Draws of (values, measured), with discrepancy and sampling as they may be, are moved by
        the regression of values on what is measured times how far the draw is off it.
        """
        n_groups, k = len(self.observed.names), len(rows)
        mine, apart = Place.of(self.observed).rows(rows), self.apart[..., rows]
        chance = _chance(apart, self.counted)
        around = values - values.mean(axis=1, keepdims=True)
        scaled = self.counted / (values.shape[1] - 1)
        cross = np.einsum("s,srq,srk->qk", scaled, around, apart, optimize=True)
        error = sampling(self.observed)[rows]
        joint = mine if where is None else _joined(mine, where)
        like = alike(joint, joint, n_groups)
        root = _root(like)
        found = values[sets, replicates]
        residual = self.residuals[sets, replicates][:, rows]
        for s, size in enumerate(SCALES):
            drawn = np.flatnonzero(scale == s)
            if not len(drawn):
                continue
            off = size * rng.standard_normal((len(drawn), len(root))) @ root.T
            noise = rng.standard_normal((len(drawn), k)) * np.sqrt(error)
            about = chance + size**2 * like[:k, :k] + np.diag(error)
            along = cross
            if where is not None:
                along = cross + size**2 * like[k:, :k]
                found[drawn] += off[:, k:]
            gap = residual[drawn] + off[:, :k] + noise
            found[drawn] -= np.linalg.solve(about, gap.T).T @ along.T
        return found


def _joined(one: Place, other: Place) -> Place:
    return Place(
        one.outcomes + other.outcomes, np.concatenate([one.weeks, other.weeks]),
        one.groups + other.groups,
    )  # fmt: skip


def _root(covariance: Floats) -> Floats:
    """Return a square root of a covariance that may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def _normed(logs: Floats) -> Floats:
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()


def _squared(apart: Floats, covariance: Floats) -> Floats:
    """Return squared Mahalanobis lengths of rows."""
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), apart.T)
    return (whitened**2).sum(axis=0)


def _log_normal(apart: Floats, covariance: Floats) -> Floats:
    half = np.log(np.diag(np.linalg.cholesky(covariance))).sum()
    return -0.5 * _squared(apart, covariance) - half
